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
import type { Request, RequestHandler, Response } from "express";
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from "graphql";
import type { Server } from "node:http";
import { Unauthenticated } from "../access/errors.js";
import { createContext, type GatewayContext } from "../schema/context.js";
import { formatError, logUnexpected, publicError, unauthenticated, withRequestId } from "../schema/errors.js";
import { limits, parseOptions, refusalOf } from "./limits.js";
import type { Metrics } from "./metrics.js";
import { requestIdOf } from "./request-id.js";
import type { HttpServices } from "./services.js";

const drainMs = 10_000;

/** GraphQL over HTTP, by https://graphql.github.io/graphql-over-http/. */
export interface GraphqlOverHttp {
  readonly handler: RequestHandler;
  /** Waits for the requests that are being answered, then closes the HTTP server. */
  stop(): Promise<void>;
}

export async function startGraphqlOverHttp(
  services: HttpServices,
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

/** A wrong token is refused before anything is read of the operation; without any, only a public schema can be read. */
async function contextOf(services: HttpServices, request: Request, response: Response): Promise<GatewayContext> {
  const requestId = requestIdOf(response);
  const leaving = new AbortController();
  response.once("close", () => leaving.abort());
  const caller = { requestId, signal: leaving.signal };
  const { authorization } = request.headers;
  if (authorization === undefined && services.isSchemaPublic)
    return createContext(services, { ...caller, actor: undefined });
  try {
    const { actor } = await services.authenticator.authenticate(authorization);
    return createContext(services, { ...caller, actor });
  } catch (error) {
    if (error instanceof Unauthenticated) {
      response.set("WWW-Authenticate", "Bearer");
      throw unauthenticated(error);
    }
    services.log.error({ err: error, requestId }, "It could not be told who sends a request.");
    throw publicError("INTERNAL_SERVER_ERROR", "The gateway cannot tell who you are.", { status: 500 });
  }
}

function overWebSocket(): GraphQLError {
  return publicError("BAD_REQUEST", "Subscriptions go over WebSocket, to this same address.", { status: 400 });
}

/** Limits, the log and the figures of each operation. */
function gatewayPlugin({ log }: HttpServices, metrics: Metrics): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart() {
      const stopTimer = metrics.operationSeconds.startTimer();
      return Promise.resolve({
        didResolveOperation({ schema, document, operation, request: { variables } }) {
          const isSubscription = operation?.operation === OperationTypeNode.SUBSCRIPTION;
          const refusal = isSubscription
            ? overWebSocket()
            : operation && refusalOf({ schema, document, operation, variables });
          return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
        },
        didEncounterErrors({ errors, contextValue: { requestId } }) {
          logUnexpected(errors, { log, requestId });
          return Promise.resolve();
        },
        willSendResponse({ response: { body }, operation, contextValue: { requestId } }) {
          const kind = operation?.operation ?? "none";
          const errors = body.kind === "single" ? body.singleResult.errors : undefined;
          if (body.kind === "single" && errors !== undefined) {
            body.singleResult.errors = errors.map((error) => withRequestId(error, requestId));
          }
          metrics.operations.inc({ operation: kind, outcome: errors === undefined ? "success" : "error" });
          stopTimer({ operation: kind });
          return Promise.resolve();
        },
      });
    },
  };
}
