import type { RequestHandler } from "express";
import { timingSafeEqual } from "node:crypto";
import { collectDefaultMetrics, Counter, Histogram, type Registry } from "prom-client";
import { sha256Bytes } from "../foundation/ids.js";
import type { HttpServices } from "./services.js";

/** Figures of GraphQL over HTTP, named by https://prometheus.io/docs/practices/naming/. */
export interface Metrics {
  readonly operations: Counter<"operation" | "outcome">;
  readonly operationSeconds: Histogram<"operation">;
}

export function createMetrics(registry: Registry): Metrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    operations: new Counter({
      name: "gateway_graphql_operations_total",
      help: "GraphQL operations over HTTP.",
      labelNames: ["operation", "outcome"],
      registers,
    }),
    operationSeconds: new Histogram({
      name: "gateway_graphql_operation_duration_seconds",
      help: "Time to answer a GraphQL operation over HTTP.",
      labelNames: ["operation"],
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
  };
}

/** GET /metrics: with METRICS_TOKEN only for who sends it, without it only in a demo. */
export function metricsHandler({ metrics, settings: { metricsToken, mode } }: HttpServices): RequestHandler {
  return async ({ headers }, response) => {
    const isAllowed =
      metricsToken === undefined ? mode === "demo" : isSame(headers.authorization, `Bearer ${metricsToken}`);
    if (!isAllowed) {
      const remedy = metricsToken === undefined ? "Set METRICS_TOKEN" : "Send METRICS_TOKEN as a Bearer token";
      response
        .status(401)
        .set("WWW-Authenticate", "Bearer")
        .json({ error: `${remedy} to read the metrics.` });
      return;
    }
    response.type(metrics.contentType).send(await metrics.metrics());
  };
}

/** Compared by hash, so that neither content nor length can be guessed by the time it takes. */
function isSame(given: string | undefined, expected: string): boolean {
  return timingSafeEqual(sha256Bytes(given ?? ""), sha256Bytes(expected));
}
