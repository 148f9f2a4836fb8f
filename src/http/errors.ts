import type { ErrorRequestHandler, RequestHandler } from "express";
import { z } from "zod";
import { type ErrorCode, publicError } from "../schema/errors.js";
import { requestIdOf } from "./request-id.js";
import type { HttpServices } from "./services.js";

/** What Express and its body parser throw for a request they cannot take. */
const requestError = z.object({ status: z.int().min(400).max(499), type: z.string().optional() });

const remedies: Readonly<Record<string, string>> = {
  "entity.parse.failed": "The body is not JSON.",
  "entity.too.large": "The body is too large: 100 kB are taken. Split the operation.",
  "encoding.unsupported": "The body's encoding is not known. Send it plain or with gzip.",
  "charset.unsupported": "The body must be UTF-8.",
};

/** No such path: JSON, in the shape that clients of GraphQL know. */
export const unknownPath: RequestHandler = (_request, response) => {
  response.status(404).json(failure("NOT_FOUND", "Nothing is here. The API is at /graphql."));
};

/** Whatever went wrong outside GraphQL: JSON, and only what the caller can mend. */
export function failures({ log }: HttpServices): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = requestError.safeParse(error);
    if (known.success) {
      const { status, type = "" } = known.data;
      response.status(status).json(failure("BAD_REQUEST", remedies[type] ?? "The request cannot be read."));
      return;
    }
    const requestId = requestIdOf(response);
    log.error({ err: error, requestId }, "A request failed unexpectedly.");
    response.status(500).json(failure("INTERNAL_SERVER_ERROR", "Internal server error.", { requestId }));
  };
}

function failure(code: ErrorCode, message: string, extensions: Readonly<Record<string, unknown>> = {}) {
  return { errors: [publicError(code, message, extensions).toJSON()] };
}
