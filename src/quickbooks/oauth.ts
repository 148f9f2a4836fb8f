import OAuthClient from "intuit-oauth";
import type { QuickbooksSettings } from "../foundation/settings.js";
import type { Discovery, Endpoints } from "./discovery.js";
import { type CallLog, exchangeLogged, logged, type ServiceCall } from "./call-log.js";
import { type Fetch, NoAnswer, type Reply } from "./http.js";
import {
  failure,
  libraryAnswer,
  libraryFailure,
  oauthError,
  parsed,
  readTokens,
  type Tokens,
} from "./oauth-answers.js";

export { GrantRefused, type Tokens } from "./oauth-answers.js";

/** Intuit's OAuth 2.0. Throws GrantRefused, RequestRejected (wrong client id or secret …) or RetryLater; no message carries a token. */
export interface OAuth {
  authorizationUrl(request: { readonly state: string; readonly redirectUri: string }): Promise<string>;
  /** A code serves once: "multiple requests may invalidate tokens", so exactly one request is sent. */
  exchangeCode(callback: {
    readonly code: string;
    readonly realmId: string;
    readonly redirectUri: string;
  }): Promise<Tokens>;
  /** Exactly one HTTP request: Intuit may have rotated the token even if its answer is lost (I11). `connectionId` is for the log. */
  refresh(refreshToken: string, connectionId?: string): Promise<Tokens>;
  /** Either token of a grant ends the whole grant. */
  revoke(token: string, connectionId?: string): Promise<{ readonly intuitTid: string | undefined }>;
}

export interface OAuthOptions extends CallLog {
  readonly settings: Pick<QuickbooksSettings, "clientId" | "clientSecret" | "environment">;
  readonly discovery: Discovery;
  readonly fetch?: Fetch;
}

const scope = "com.intuit.quickbooks.accounting";
const timeoutMs = 30_000;

export function createOAuth({ settings, discovery, clock, log, fetch = globalThis.fetch }: OAuthOptions): OAuth {
  const parts = { clock, log, fetch };
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
      const exchanged = () => withinTime(client.createToken(callback));
      const answer = await logged(parts, { path: "oauth/token" }, exchanged, {
        of: (given) => ({ status: given.status(), intuitTid: given.getIntuitTid() }),
        ofError: libraryAnswer,
      }).catch((error: unknown) => {
        throw libraryFailure(error);
      });
      return readTokens(answer.getJson(), requestedAt, answer.getIntuitTid());
    },

    async refresh(refreshToken, connectionId) {
      const { token } = await discovery.endpoints();
      const requestedAt = clock.now();
      const reply = await post(parts, { path: "oauth/token", connectionId }, token, {
        headers: {
          ...headers,
          "content-type": "application/x-www-form-urlencoded",
          "x-include-refresh-token-hard-expires-in": "true",
        },
        body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }).toString(),
      });
      return readTokens(parsed(reply), requestedAt, reply.intuitTid);
    },

    async revoke(token, connectionId) {
      const { revocation } = await discovery.endpoints();
      const json = { ...headers, "content-type": "application/json" };
      const request = { headers: json, body: JSON.stringify({ token }) };
      const { intuitTid } = await post(parts, { path: "oauth/revoke", connectionId }, revocation, request);
      return { intuitTid };
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

async function post(
  parts: CallLog & { readonly fetch: Fetch },
  call: ServiceCall,
  url: string,
  request: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Reply> {
  const reply = await exchangeLogged(parts, call, url, { method: "POST", timeoutMs, ...request }).catch(
    (cause: unknown) => {
      if (cause instanceof NoAnswer) throw failure(undefined, { cause });
      throw cause;
    },
  );
  if (reply.status >= 200 && reply.status < 300) return reply;
  const { intuitTid } = reply;
  const isRefusal = reply.status >= 400 && reply.status < 500 && reply.status !== 429;
  throw failure(isRefusal ? oauthError.safeParse(parsed(reply)).data?.error : undefined, { intuitTid });
}
