import { registerEnumType } from "type-graphql";
import { z } from "zod";
import type { Services } from "./context.js";

export const ApiHealth = { UP: "UP", DEGRADED: "DEGRADED", DOWN: "DOWN" } as const;
export type ApiHealth = keyof typeof ApiHealth;

registerEnumType(ApiHealth, {
  name: "ApiHealth",
  description: "Whether QuickBooks answers.",
  valuesConfig: {
    UP: { description: "It answers." },
    DEGRADED: { description: "It answered some requests of the last five minutes, and failed others." },
    DOWN: { description: "It does not answer." },
  },
});

const traffic = z.object({ isAnswered: z.boolean(), isFailed: z.boolean() });
const trafficMinutes = 5;

/** By the requests of the last five minutes; where there were none, by whether Intuit's discovery document can be read. */
export async function apiHealth(
  { database, quickbooks, clock }: Services,
  connectionIds: readonly string[],
): Promise<ApiHealth> {
  const since = new Date(clock.now().getTime() - trafficMinutes * 60_000);
  const { rows } = await database.pool.query(
    `SELECT coalesce(bool_or(answered_at >= $2), false) AS "isAnswered", coalesce(bool_or(failed_at >= $2), false) AS "isFailed"
     FROM api_usage WHERE connection_id = ANY($1)`,
    [connectionIds, since],
  );
  const { isAnswered, isFailed } = traffic.parse(rows[0]);
  if (isAnswered) return isFailed ? "DEGRADED" : "UP";
  if (isFailed) return "DOWN";
  return (await quickbooks.isReachable()) ? "UP" : "DOWN";
}
