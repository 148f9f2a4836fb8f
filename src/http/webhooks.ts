import express, { type ErrorRequestHandler, type RequestHandler, Router } from "express";
import { z } from "zod";
import { isSigned } from "../quickbooks/webhooks.js";
import { publicError } from "../schema/errors.js";
import type { HttpServices } from "./services.js";

/** Intuit names no limit; bodies of several companies have been seen to be large. */
const mostBytes = 2 * 1024 * 1024;

type WebhookServices = Pick<HttpServices, "inbox" | "log"> & {
  readonly settings: Pick<HttpServices["settings"], "quickbooks">;
};

/**
 * POST: the change notices of Intuit, signed with the app's verifier token. Answered 200 once they are committed and not before:
 * Intuit repeats what is not acknowledged within 3 seconds, and withholds whatever comes after it.
 */
export function webhookRoutes({ inbox, settings, log }: WebhookServices): Router {
  const { webhookVerifierTokens } = settings.quickbooks;
  const receive: RequestHandler = async ({ body, headers }, response) => {
    const bytes: unknown = body;
    // The parser leaves an empty body out.
    const signed = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
    if (!isSigned(signed, headers["intuit-signature"], webhookVerifierTokens)) {
      log.warn("A webhook was refused: its signature is missing or wrong. Compare the verifier token with Intuit's.");
      const message = "The header intuit-signature is missing, or is not the signature of this body.";
      response.status(401).json({ errors: [publicError("UNAUTHENTICATED", message).toJSON()] });
      return;
    }
    await inbox.keep(signed);
    response.status(200).json({});
  };
  const routes = Router();
  routes.post("/", express.raw({ type: () => true, limit: mostBytes, inflate: false }), receive, unreadable);
  return routes;
}

const tooLarge = z.object({ type: z.literal("entity.too.large") });

const unreadable: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!tooLarge.safeParse(error).success) {
    next(error);
    return;
  }
  const message = `The body is too large: ${mostBytes} bytes are taken.`;
  response.status(413).json({ errors: [publicError("BAD_REQUEST", message).toJSON()] });
};
