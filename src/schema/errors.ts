import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { Forbidden, Unauthenticated } from "../access/errors.js";
import type { Log } from "../foundation/log.js";
import { QuickBooksError } from "../quickbooks/errors.js";

/** Every `extensions.code` a client may meet. */
export const errorCodes = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "BAD_USER_INPUT",
  "BAD_REQUEST",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "NOT_FOUND",
  "RATE_LIMITED",
  "QUERY_TOO_COMPLEX",
  "UPSTREAM_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** An error that the client may read as it stands. `status` is the HTTP status where the whole request fails by it. */
export function publicError(
  code: ErrorCode,
  message: string,
  { status, ...extensions }: { readonly status?: number; readonly [extension: string]: unknown } = {},
): GraphQLError {
  return new GraphQLError(message, {
    extensions: { ...extensions, code, ...(status === undefined ? {} : { http: { status } }) },
  });
}

/** An argument that cannot be taken: which one, and why. */
export function badUserInput(message: string, { field, reason }: { field: string; reason: string }): GraphQLError {
  return publicError("BAD_USER_INPUT", message, { field, reason });
}

/** What a subscription follows is not there, or is another organization's: nobody can tell which. */
export function notFound(what: string): GraphQLError {
  return publicError("NOT_FOUND", `There is no ${what} with this id.`);
}

/** Nobody, or nobody known: HTTP 401 where the whole request fails by it. */
export function unauthenticated({ message } = new Unauthenticated()): GraphQLError {
  return publicError("UNAUTHENTICATED", message, { status: 401 });
}

/**
 * What the client sees of an error. Everything not thrown on purpose is masked: its text may hold SQL, payloads or
 * secrets.
 */
export function formatError(error: GraphQLError): GraphQLFormattedError {
  const { message, extensions } = meantFor(error) ?? masked;
  const { http: _http, ...shown } = extensions;
  return {
    message,
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: shown,
  };
}

const masked = publicError("INTERNAL_SERVER_ERROR", "Internal server error. Quote the requestId when you report it.");

/** Tells the request that a masked error belongs to, by which it is found in the log. */
export function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  const { extensions } = error;
  return extensions?.["code"] === "INTERNAL_SERVER_ERROR"
    ? { ...error, extensions: { ...extensions, requestId } }
    : error;
}

/** Notes what the client is not told. */
export function logUnexpected(
  errors: readonly GraphQLError[],
  { log, requestId }: { log: Log; requestId: string },
): void {
  for (const error of errors) {
    if (meantFor(error) !== undefined) continue;
    log.error({ err: error.originalError ?? error, requestId, path: error.path }, "An operation failed unexpectedly.");
  }
}

/** The error in a form fit for clients, or undefined where it was not thrown on purpose. */
export function meantFor(error: GraphQLError): GraphQLError | undefined {
  const original = error.originalError ?? error;
  if (original instanceof Unauthenticated) return unauthenticated(original);
  if (original instanceof Forbidden) return publicError("FORBIDDEN", original.message);
  if (original instanceof QuickBooksError) return upstreamUnavailable(original);
  return errorCodes.some((code) => code !== "INTERNAL_SERVER_ERROR" && code === error.extensions["code"])
    ? error
    : undefined;
}

function upstreamUnavailable({ message, intuitTid }: QuickBooksError): GraphQLError {
  return publicError("UPSTREAM_UNAVAILABLE", message, intuitTid === undefined ? {} : { intuitTid });
}
