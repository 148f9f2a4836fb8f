import { z } from "zod";
import { QuickBooksError, type QuickBooksErrorOptions, RequestRejected, RetryLater } from "./errors.js";
import type { Reply } from "./http.js";

/** A grant of one person for one company. Never logged, never shown, stored encrypted. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessTokenExpiresAt: Date;
  /** Moves with every refresh; 100 days without one end it. */
  readonly refreshTokenExpiresAt: Date;
  /** The end of Intuit's five-year window, which no refresh moves; not every answer tells it. */
  readonly refreshTokenEndsAt: Date | undefined;
  /** Of the answer that gave them. */
  readonly intuitTid?: string | undefined;
}

/** `invalid_grant`: the code or refresh token was used, rotated, revoked, or is too old. */
export class GrantRefused extends QuickBooksError {
  override readonly name = "GrantRefused";
}

export const oauthError = z.object({ error: z.string() });
const thrownByLibrary = oauthError.extend({ intuit_tid: z.string().min(1).optional().catch(undefined) });
const answeredToLibrary = z.object({ authResponse: z.object({ response: z.object({ status: z.number() }) }) });

/** The library's error holds the token and the whole response, so only its code and transaction id are taken from it. */
export function libraryFailure(error: unknown): QuickBooksError {
  const thrown = thrownByLibrary.safeParse(error).data;
  return failure(thrown?.error, { intuitTid: thrown?.intuit_tid });
}

/** What Intuit answered, for the log, where it did. */
export function libraryAnswer(error: unknown): { readonly status?: number; readonly intuitTid?: string | undefined } {
  const status = answeredToLibrary.safeParse(error).data?.authResponse.response.status;
  return { ...(status !== undefined && { status }), intuitTid: thrownByLibrary.safeParse(error).data?.intuit_tid };
}

/** The codes of RFC 6749, 5.2; whatever else came is no verdict on the grant, and must not end it. */
export function failure(code: string | undefined, options: QuickBooksErrorOptions): QuickBooksError {
  switch (code) {
    case "invalid_grant":
      return new GrantRefused("Intuit refused the grant (invalid_grant). Connect the company again.", options);
    case "invalid_client":
    case "unauthorized_client":
      return new RequestRejected(
        `Intuit refused this gateway's credentials (${code}). Check QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET.`,
        { ...options, code },
      );
    case "invalid_request":
    case "invalid_scope":
    case "unsupported_grant_type":
      return new RequestRejected(`Intuit refused the OAuth request (${code}).`, { ...options, code });
    default:
      return new RetryLater("Intuit's OAuth service gave no usable answer. It is tried again later.", options);
  }
}

/** Undefined for what is not JSON: such an answer may quote a token, so nothing of it is kept, not even an error. */
export function parsed(reply: Reply): unknown {
  try {
    return JSON.parse(reply.body.toString("utf8"));
  } catch {
    return undefined;
  }
}

const seconds = z.coerce.number().int().positive();
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: seconds,
  x_refresh_token_expires_in: seconds,
  x_refresh_token_hard_expires_in: seconds.optional().catch(undefined),
});

/** An answer that lacks a token is none: stored tokens are never replaced by blanks. */
export function readTokens(json: unknown, requestedAt: Date, intuitTid: string | undefined): Tokens {
  const answer = tokenAnswer.safeParse(json).data;
  if (answer === undefined) throw failure(undefined, { intuitTid });
  const after = (lifetimeSeconds: number): Date => new Date(requestedAt.getTime() + lifetimeSeconds * 1000);
  const hardExpiresIn = answer.x_refresh_token_hard_expires_in;
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    accessTokenExpiresAt: after(answer.expires_in),
    refreshTokenExpiresAt: after(answer.x_refresh_token_expires_in),
    refreshTokenEndsAt: hardExpiresIn === undefined ? undefined : after(hardExpiresIn),
    intuitTid,
  };
}
