import OAuthClient from "intuit-oauth";
import { z } from "zod";
import type { Clock } from "../foundation/clock.js";
import type { QuickbooksSettings } from "../foundation/settings.js";
import type { Discovery, Endpoints } from "./discovery.js";
import { QuickBooksError, type QuickBooksErrorOptions, RequestRejected, RetryLater } from "./errors.js";
import { exchange, type Fetch, NoAnswer, type Reply } from "./http.js";

/** A grant of one person for one company. Never logged, never shown, stored encrypted. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessTokenExpiresAt: Date;
  /** Moves with every refresh; 100 days without one end it. */
  readonly refreshTokenExpiresAt: Date;
  /** The end of Intuit's five-year window, which no refresh moves; not every answer tells it. */
  readonly refreshTokenEndsAt: Date | undefined;
}

/** `invalid_grant`: the code or refresh token was used, rotated, revoked, or is too old. */
export class GrantRefused extends QuickBooksError {
  override readonly name = "GrantRefused";
}

/** Intuit's OAuth 2.0. Throws GrantRefused, RequestRejected (wrong client id or secret …) or RetryLater; no message carries a token. */
export interface OAuth {
  authorizationUrl(request: { readonly state: string; readonly redirectUri: string }): Promise<string>;
  /** A code serves once: "multiple requests may invalidate tokens", so exactly one request is sent. */
  exchangeCode(callback: {
    readonly code: string;
    readonly realmId: string;
    readonly redirectUri: string;
  }): Promise<Tokens>;
  /** Exactly one HTTP request: Intuit may have rotated the token even if its answer is lost (I11). */
  refresh(refreshToken: string): Promise<Tokens>;
  /** Either token of a grant ends the whole grant. */
  revoke(token: string): Promise<void>;
}

export interface OAuthOptions {
  readonly settings: Pick<QuickbooksSettings, "clientId" | "clientSecret" | "environment">;
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly fetch?: Fetch;
}

const scope = "com.intuit.quickbooks.accounting";
const timeoutMs = 30_000;

export function createOAuth({ settings, discovery, clock, fetch = globalThis.fetch }: OAuthOptions): OAuth {
  const credentials = Buffer.from(`${settings.clientId}:${settings.clientSecret}`).toString("base64");
  const headers = { authorization: `Basic ${credentials}`, accept: "application/json" };
  return {
    async authorizationUrl({ state, redirectUri }) {
      return libraryClient(settings, await discovery.endpoints(), redirectUri).authorizeUri({ scope, state });
    },

    async exchangeCode({ code, realmId, redirectUri }) {
      const client = libraryClient(settings, await discovery.endpoints(), redirectUri);
      const requestedAt = clock.now();
      const callback = `${redirectUri}?${new URLSearchParams({ code, realmId }).toString()}`;
      const answer = await withinTime(client.createToken(callback)).catch((error: unknown) => {
        throw libraryFailure(error);
      });
      return readTokens(answer.getJson(), requestedAt, answer.getIntuitTid());
    },

    async refresh(refreshToken) {
      const { token } = await discovery.endpoints();
      const requestedAt = clock.now();
      const reply = await post(fetch, token, {
        headers: {
          ...headers,
          "content-type": "application/x-www-form-urlencoded",
          "x-include-refresh-token-hard-expires-in": "true",
        },
        body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }).toString(),
      });
      return readTokens(parsed(reply), requestedAt, reply.intuitTid);
    },

    async revoke(token) {
      const { revocation } = await discovery.endpoints();
      const json = { ...headers, "content-type": "application/json" };
      await post(fetch, revocation, { headers: json, body: JSON.stringify({ token }) });
    },
  };
}

/**
 * A client keeps the last token as its state, so each call has its own. The endpoints and the retries are statics that all of
 * them share; set right before use they are always those of this deployment.
 */
function libraryClient(settings: OAuthOptions["settings"], endpoints: Endpoints, redirectUri: string): OAuthClient {
  const client = new OAuthClient({
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    environment: settings.environment === "PRODUCTION" ? "production" : "sandbox",
    redirectUri,
    includeRefreshTokenHardExpiresIn: true,
  });
  client.setAuthorizeURLs({
    authorizeEndpoint: endpoints.authorization,
    tokenEndpoint: endpoints.token,
    revokeEndpoint: endpoints.revocation,
    userInfoEndpoint: endpoints.userinfo,
  });
  OAuthClient.retryConfig = { ...OAuthClient.retryConfig, maxRetries: 0 };
  return client;
}

async function withinTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new NoAnswer(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([answer, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

const oauthError = z.object({ error: z.string() });
const thrownByLibrary = oauthError.extend({ intuit_tid: z.string().catch("") });

/** The library's error holds the token and the whole response, so only its code and transaction id are taken from it. */
function libraryFailure(error: unknown): QuickBooksError {
  const thrown = thrownByLibrary.safeParse(error).data;
  return failure(thrown?.error, thrown === undefined ? {} : { intuitTid: thrown.intuit_tid });
}

async function post(
  fetch: Fetch,
  url: string,
  request: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Reply> {
  const reply = await exchange(fetch, url, { method: "POST", timeoutMs, ...request }).catch((cause: unknown) => {
    if (cause instanceof NoAnswer) throw failure(undefined, { cause });
    throw cause;
  });
  if (reply.status >= 200 && reply.status < 300) return reply;
  const { intuitTid } = reply;
  const isRefusal = reply.status >= 400 && reply.status < 500 && reply.status !== 429;
  throw failure(isRefusal ? oauthError.safeParse(parsed(reply)).data?.error : undefined, { intuitTid });
}

/** The codes of RFC 6749, 5.2; whatever else came is no verdict on the grant, and must not end it. */
function failure(code: string | undefined, options: QuickBooksErrorOptions): QuickBooksError {
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
function parsed(reply: Reply): unknown {
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
function readTokens(json: unknown, requestedAt: Date, intuitTid: string | undefined): Tokens {
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
  };
}
