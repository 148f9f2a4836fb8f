import express, { type ErrorRequestHandler, type RequestHandler, type Response, Router } from "express";
import { z } from "zod";
import { isSigned } from "../quickbooks/webhooks.js";
import { formatError, publicError } from "../schema/errors.js";
import { rateLimited, withRetryAfter } from "./cost.js";
import type { GuardedServices } from "./services.js";

/** Intuit names no limit; bodies of several companies have been seen to be large. */
const mostBytes = 2 * 1024 * 1024;
/**
 * Of an address that has sent many unsigned bodies, so much is read: enough for a true delivery, which is never refused for what others
 * behind the same proxy did.
 */
const mostBytesOfSuspects = 64 * 1024;

type WebhookServices = Pick<GuardedServices, "inbox" | "log" | "strangers"> & {
  readonly settings: Pick<GuardedServices["settings"], "quickbooks">;
};

/**
 * POST: the change notices of Intuit, signed with the app's verifier token. Answered 200 once they are committed and not before:
 * Intuit repeats what is not acknowledged within 3 seconds, and withholds whatever comes after it.
 */
export function webhookRoutes({ inbox, settings, log, strangers }: WebhookServices): Router {
  const { webhookVerifierTokens } = settings.quickbooks;
  const whole = readBytes(mostBytes);
  const little = readBytes(mostBytesOfSuspects);
  const read: RequestHandler = (request, response, next) =>
    (strangers.waitMs("WEBHOOK", request.ip) > 0 ? little : whole)(request, response, next);
  const receive: RequestHandler = async ({ body, headers, ip }, response) => {
    const bytes: unknown = body;
    // The parser leaves an empty body out.
    const signed = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
    if (!isSigned(signed, headers["intuit-signature"], webhookVerifierTokens)) {
      refuse(ip, response);
      return;
    }
    await inbox.keep(signed);
    response.status(200).json({});
  };
  const refuse = (ip: string | undefined, response: Response): void => {
    const waitMs = strangers.waitMs("WEBHOOK", ip);
    if (waitMs > 0) {
      const error = rateLimited("Too many webhooks without a valid signature came from your address.", waitMs);
      withRetryAfter(response.status(429), error).json({ errors: [formatError(error)] });
      return;
    }
    strangers.note("WEBHOOK", ip);
    log.warn("A webhook was refused: its signature is missing or wrong. Compare the verifier token with Intuit's.");
    const message = "The header intuit-signature is missing, or is not the signature of this body.";
    response.status(401).json({ errors: [publicError("UNAUTHENTICATED", message).toJSON()] });
  };
  const routes = Router();
  routes.post("/", read, receive, unreadable);
  return routes;
}

/** The very bytes, for these are signed. */
function readBytes(limit: number): RequestHandler {
  return express.raw({ type: () => true, limit, inflate: false });
}

const tooLarge = z.object({ type: z.literal("entity.too.large"), limit: z.number() });

const unreadable: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const { data } = tooLarge.safeParse(error);
  if (data === undefined) {
    next(error);
    return;
  }
  const message = `The body is too large: ${data.limit} bytes are taken.`;
  response.status(413).json({ errors: [publicError("BAD_REQUEST", message).toJSON()] });
};
