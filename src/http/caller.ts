import type { Request, Response } from "express";
import { GraphQLError } from "graphql";
import type { Actor } from "../access/actor.js";
import { Unauthenticated } from "../access/errors.js";
import { createContext, type GatewayContext } from "../schema/context.js";
import { publicError, unauthenticated } from "../schema/errors.js";
import { charge, operationPoints, overBudget, rateLimited, withRetryAfter } from "./cost.js";
import { requestIdOf } from "./request-id.js";
import type { GuardedServices } from "./services.js";

/**
 * Who sends a request over HTTP. Whoever brings a wrong token, or has not enough left for any operation, is refused before anything is read of
 * theirs; without a token, only a public schema can be read.
 */
export async function contextOf(
  services: GuardedServices,
  request: Request,
  response: Response,
): Promise<GatewayContext> {
  const leaving = new AbortController();
  response.once("close", () => leaving.abort());
  try {
    const actor = await admit(services, request);
    return createContext(services, { actor, requestId: requestIdOf(response), signal: leaving.signal });
  } catch (error) {
    throw refusalOf(error, services, response);
  }
}

async function admit(
  { door, strangers, budgets, isSchemaPublic }: GuardedServices,
  request: Request,
): Promise<Actor | undefined> {
  const { authorization } = request.headers;
  if (authorization === undefined && isSchemaPublic) {
    const waitMs = strangers.waitMs("ANONYMOUS", request.ip);
    if (waitMs > 0) throw rateLimited("Too many requests without a token came from your address.", waitMs);
    strangers.note("ANONYMOUS", request.ip);
    return undefined;
  }
  const { actor } = await door(authorization, request.ip);
  const excess = charge(budgets, actor, operationPoints);
  if (excess !== undefined) throw overBudget(excess);
  return actor;
}

/** What the caller is told, in the headers too, where nothing is known of what they ask. */
function refusalOf(error: unknown, { log }: GuardedServices, response: Response): GraphQLError {
  if (error instanceof Unauthenticated) {
    response.set("WWW-Authenticate", "Bearer");
    return unauthenticated(error);
  }
  if (error instanceof GraphQLError) {
    withRetryAfter(response, error);
    return error;
  }
  log.error({ err: error, requestId: requestIdOf(response) }, "It could not be told who sends a request.");
  return publicError("INTERNAL_SERVER_ERROR", "The gateway cannot tell who you are.", { status: 500 });
}
