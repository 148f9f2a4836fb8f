import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginDrainHttpServer } from "@apollo/server/plugin/drainHttpServer";
import { expressMiddleware } from "@as-integrations/express5";
import type { RequestHandler } from "express";
import { type FormattedExecutionResult, GraphQLError, type GraphQLSchema, OperationTypeNode } from "graphql";
import type { Server } from "node:http";
import type { GatewayContext } from "../schema/context.js";
import { formatError, logUnexpected, publicError, withRequestId } from "../schema/errors.js";
import { contextOf } from "./caller.js";
import { charge, type Cost, costOf, operationPoints, overBudget, secondsOf } from "./cost.js";
import { limits, objectsOf, parseOptions } from "./limits.js";
import type { Metrics } from "./metrics.js";
import type { GuardedServices } from "./services.js";

const drainMs = 10_000;

/** GraphQL over HTTP, by https://graphql.github.io/graphql-over-http/. */
export interface GraphqlOverHttp {
  readonly handler: RequestHandler;
  /** Waits for the requests that are being answered, then closes the HTTP server. */
  stop(): Promise<void>;
}

export async function startGraphqlOverHttp(
  services: GuardedServices,
  schema: GraphQLSchema,
  { server, metrics }: { readonly server: Server; readonly metrics: Metrics },
): Promise<GraphqlOverHttp> {
  const apollo = new ApolloServer<GatewayContext>({
    schema,
    // Whoever gets as far as the schema may read it: see contextOf.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    maxRecursiveSelections: true,
    parseOptions,
    validationOptions: { maxErrors: limits.validationErrors },
    logger: services.log,
    stringifyResult: (result) => Promise.resolve(JSON.stringify(result)),
    formatError: (formatted, error) => (error instanceof GraphQLError ? formatError(error) : formatted),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer: server, stopGracePeriodMillis: drainMs }),
      gatewayPlugin(services, metrics),
    ],
  });
  await apollo.start();
  const handler = expressMiddleware(apollo, { context: ({ req, res }) => contextOf(services, req, res) });
  return { handler, stop: () => apollo.stop() };
}

function overWebSocket(): GraphQLError {
  return publicError("BAD_REQUEST", "Subscriptions go over WebSocket, to this same address.", { status: 400 });
}

/** Limits, costs, the log and the figures of each operation. */
function gatewayPlugin({ log, budgets }: GuardedServices, metrics: Metrics): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart({ contextValue: { actor, requestId } }) {
      const stopTimer = metrics.operationSeconds.startTimer();
      // What could not be read has cost no more than that.
      let requested = operationPoints;
      let refused: Cost | undefined;
      return Promise.resolve({
        didResolveOperation({ schema, document, operation, request: { variables } }) {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return Promise.reject(overWebSocket());
          const objects = operation ? objectsOf({ schema, document, operation, variables }) : 0;
          if (objects instanceof GraphQLError) return Promise.reject(objects);
          requested += objects;
          const excess = actor && charge(budgets, actor, requested, objects);
          refused = excess;
          return excess === undefined ? Promise.resolve() : Promise.reject(overBudget(excess));
        },
        didEncounterErrors({ errors }) {
          logUnexpected(errors, { log, requestId });
          return Promise.resolve();
        },
        willSendResponse({ response: { body, http }, operation }) {
          const kind = operation?.operation ?? "none";
          const result: FormattedExecutionResult = body.kind === "single" ? body.singleResult : {};
          const { errors } = result;
          if (errors !== undefined) result.errors = errors.map((error) => withRequestId(error, requestId));
          if (actor !== undefined) result.extensions = { cost: refused ?? costOf(budgets, actor, requested) };
          if (refused?.retryAfterMs !== undefined) http.headers.set("retry-after", secondsOf(refused.retryAfterMs));
          metrics.operations.inc({ operation: kind, outcome: errors === undefined ? "success" : "error" });
          stopTimer({ operation: kind });
          return Promise.resolve();
        },
      });
    },
  };
}
