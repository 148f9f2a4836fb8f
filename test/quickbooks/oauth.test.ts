import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { createDiscovery, type DiscoveryOptions } from "../../src/quickbooks/discovery.js";
import { RequestRejected, RetryLater, RunStopped } from "../../src/quickbooks/errors.js";
import type { Fetch } from "../../src/quickbooks/http.js";
import { createOAuth, GrantRefused, type OAuth, type Tokens } from "../../src/quickbooks/oauth.js";
import { callsIn } from "./call-lines.js";
import { consentAt, type QuickBooksParts, startQuickBooks, StoppedClock } from "./support.js";

const redirectUri = "http://localhost:3000/callback";
const tokenPath = "/oauth2/v1/tokens/bearer";
const clock = new StoppedClock();

let parts: QuickBooksParts;

beforeAll(async () => {
  parts = await startQuickBooks();
});

afterAll(() => parts.stop());

afterEach(() => {
  parts.simulator.faults.clear();
});

function oauthWith(fetch: Fetch, settings: Partial<QuickBooksParts["settings"]["quickbooks"]> = {}): OAuth {
  const { quickbooks } = parts.settings;
  return createOAuth({
    settings: { ...quickbooks, ...settings },
    discovery: createDiscovery({ settings: quickbooks, clock, log: parts.log }),
    clock,
    log: parts.log,
    fetch,
  });
}

async function newTokens(): Promise<Tokens> {
  const { code = "", realmId = "" } = await consentAt(await parts.oauth.authorizationUrl({ state: "s", redirectUri }));
  return parts.oauth.exchangeCode({ code, realmId, redirectUri });
}

function answering(status: number, body: string): Fetch {
  return () => Promise.resolve(new Response(body, { status, headers: { intuit_tid: "1-tid" } }));
}

function tokenRequests(): number {
  return parts.simulator.requests.filter(({ path }) => path === tokenPath).length;
}

async function thrownBy(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("the authorization URL asks for the accounting scope with our state and address", async () => {
  const url = new URL(await parts.oauth.authorizationUrl({ state: "s+/ 1", redirectUri }));
  expect(url.origin).toBe(parts.simulator.url);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: parts.simulator.clientId,
    response_type: "code",
    scope: "com.intuit.quickbooks.accounting",
    redirect_uri: redirectUri,
    state: "s+/ 1",
  });
});

test("a code is exchanged for tokens with all their ends", async () => {
  const tokens = await newTokens();
  const now = parts.clock.now().getTime();
  expect(tokens.accessTokenExpiresAt.getTime()).toBe(now + 3600 * 1000);
  // What is left of these has been counted by the simulator's own clock.
  const leftMs = [tokens.refreshTokenExpiresAt, tokens.refreshTokenEndsAt].map((end) => (end?.getTime() ?? 0) - now);
  expect(leftMs.map((ms) => Math.round(ms / 86_400_000))).toEqual([101, 1825]);
});

test("a code that was used is refused", async () => {
  const { code = "", realmId = "" } = await consentAt(await parts.oauth.authorizationUrl({ state: "s", redirectUri }));
  await parts.oauth.exchangeCode({ code, realmId, redirectUri });
  await expect(parts.oauth.exchangeCode({ code, realmId, redirectUri })).rejects.toThrow(GrantRefused);
});

test("an exchange that fails is not repeated, for a code serves once", async () => {
  const { code = "", realmId = "" } = await consentAt(await parts.oauth.authorizationUrl({ state: "s", redirectUri }));
  const before = tokenRequests();
  parts.simulator.faults.inject({ kind: "503", path: tokenPath, times: 10 });
  const error = await thrownBy(parts.oauth.exchangeCode({ code, realmId, redirectUri }));
  expect(error).toBeInstanceOf(RetryLater);
  expect(JSON.stringify(error) + String(error)).not.toContain(code);
  expect(tokenRequests()).toBe(before + 1);
});

test("a refresh gives new tokens, and their old refresh token is refused from then on", async () => {
  const { refreshToken } = await newTokens();
  const refreshed = await parts.oauth.refresh(refreshToken);
  expect(refreshed.refreshToken).not.toBe(refreshToken);
  expect(refreshed.refreshTokenEndsAt).toBeInstanceOf(Date);
  await expect(parts.oauth.refresh(refreshToken)).rejects.toThrow(GrantRefused);
});

test.each(["502", "503", "drop", "drop-after"] as const)(
  "a refresh that meets %s sends exactly one request",
  async (kind) => {
    const { refreshToken } = await newTokens();
    const before = tokenRequests();
    parts.simulator.faults.inject({ kind, path: tokenPath, times: 10 });
    await expect(parts.oauth.refresh(refreshToken)).rejects.toThrow(RetryLater);
    expect(tokenRequests()).toBe(before + 1);
  },
);

test("a wrong client secret is told as what it is, and ends no grant", async () => {
  const { refreshToken } = await newTokens();
  const error = await thrownBy(oauthWith(fetch, { clientSecret: "wrong" }).refresh(refreshToken));
  expect(error).toBeInstanceOf(RequestRejected);
  expect(String(error)).toContain("QUICKBOOKS_CLIENT_SECRET");
});

test.each([
  ["no tokens", 200, "{}"],
  [
    "an empty access token",
    200,
    '{"access_token":"","refresh_token":"r","expires_in":3600,"x_refresh_token_expires_in":9}',
  ],
  ["no refresh token", 200, '{"access_token":"a","expires_in":3600,"x_refresh_token_expires_in":9}'],
  ["no lifetime", 200, '{"access_token":"a","refresh_token":"r"}'],
  ["HTML", 200, "<html>invalid_grant</html>"],
  ["invalid_grant of a failing server", 500, '{"error":"invalid_grant"}'],
  ["throttling", 429, '{"error":"invalid_grant"}'],
  ["a 400 that is not OAuth's", 400, '{"Fault":{}}'],
])("an answer with %s is no verdict on the grant", async (_name, status, body) => {
  const error = await thrownBy(oauthWith(answering(status, body)).refresh("r1"));
  expect(error).toMatchObject({ name: "RetryLater", intuitTid: "1-tid" });
});

test("either token of a grant revokes it", async () => {
  const { accessToken, refreshToken } = await newTokens();
  await parts.oauth.revoke(accessToken);
  await expect(parts.oauth.refresh(refreshToken)).rejects.toThrow(GrantRefused);
});

test("every call of the OAuth services is one line of the log: connection, path, status, duration, transaction, and no secret", async () => {
  const before = parts.lines.length;
  const { accessToken, refreshToken } = await newTokens();
  const refreshed = await parts.oauth.refresh(refreshToken, "a-connection");
  await thrownBy(parts.oauth.exchangeCode({ code: "used-code", realmId: "9130", redirectUri }));
  parts.simulator.faults.inject({ kind: "drop", path: tokenPath });
  await thrownBy(parts.oauth.refresh(refreshed.refreshToken, "a-connection"));
  await parts.oauth.revoke(refreshed.refreshToken, "a-connection");
  const lines = parts.lines.slice(before);
  const transaction = expect.stringMatching(/./);
  const of = (path: string, told: object) => expect.objectContaining({ path, durationMs: expect.any(Number), ...told });
  expect(callsIn(lines).filter(({ path }) => path !== "discovery")).toEqual([
    of("oauth/token", { status: 200, intuitTid: transaction }),
    of("oauth/token", { status: 200, intuitTid: transaction, connectionId: "a-connection" }),
    of("oauth/token", { status: 400, intuitTid: transaction }),
    of("oauth/token", { connectionId: "a-connection" }),
    of("oauth/revoke", { status: 200, intuitTid: transaction, connectionId: "a-connection" }),
  ]);
  for (const secret of [accessToken, refreshToken, refreshed.refreshToken, "used-code", parts.simulator.clientSecret]) {
    expect(lines.join("")).not.toContain(secret);
  }
});

test("reading the discovery document is a line of the log too", async () => {
  const before = parts.lines.length;
  await discoveryOf(intuit, "PRODUCTION").endpoints();
  expect(callsIn(parts.lines.slice(before))).toMatchObject([{ path: "discovery", status: 200 }]);
});

test("no error of OAuth carries a token or the client secret, even to its last cause", async () => {
  const secret = "secret-refresh-token";
  const failing: Fetch = () => Promise.reject(new TypeError("fetch failed"));
  const attempts = [answering(400, '{"error":"invalid_grant"}'), answering(200, secret), failing];
  for (const fetch of attempts) {
    for (let error = await thrownBy(oauthWith(fetch).refresh(secret)); error instanceof Error; error = error.cause) {
      const told = `${JSON.stringify(error)}${error.message}${error.stack ?? ""}`;
      expect(told).not.toContain(secret);
      expect(told).not.toContain(parts.simulator.clientSecret);
    }
  }
});

const intuit = {
  authorization_endpoint: "https://appcenter.intuit.com/connect/oauth2",
  token_endpoint: "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
  revocation_endpoint: "https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
  userinfo_endpoint: "https://accounts.platform.intuit.com/v1/openid_connect/userinfo",
};

function discoveryOf(
  document: unknown,
  environment: DiscoveryOptions["settings"]["environment"],
  asked = { times: 0 },
) {
  const fetch: Fetch = () => {
    asked.times++;
    return Promise.resolve(Response.json(document));
  };
  const settings = {
    discoveryDocument: "https://developer.api.intuit.com/.well-known/openid_configuration",
    environment,
  };
  return createDiscovery({ settings, clock, log: parts.log, fetch, sleep: () => Promise.resolve() });
}

test("the discovery document is read once a day", async () => {
  const asked = { times: 0 };
  const discovery = discoveryOf(intuit, "PRODUCTION", asked);
  await Promise.all([discovery.endpoints(), discovery.endpoints()]);
  expect((await discovery.endpoints()).token).toBe(intuit.token_endpoint);
  expect(asked.times).toBe(1);
  clock.advance(24 * 60 * 60 * 1000);
  await discovery.endpoints();
  expect(asked.times).toBe(2);
});

test.each([
  ["of another host", "https://intuit.com.evil.test/token", "PRODUCTION"],
  ["of a host that ends alike", "https://evilintuit.com/token", "SANDBOX"],
  ["without encryption", "http://oauth.platform.intuit.com/token", "PRODUCTION"],
  ["on this machine", "http://127.0.0.1:9/token", "PRODUCTION"],
  ["of Intuit for a simulator", "https://oauth.platform.intuit.com/token", "SIMULATOR"],
] as const)("an endpoint %s is never trusted with credentials", async (_name, address, environment) => {
  const local = Object.fromEntries(Object.keys(intuit).map((name) => [name, "http://127.0.0.1:9/x"]));
  const document = { ...(environment === "SIMULATOR" ? local : intuit), token_endpoint: address };
  await expect(discoveryOf(document, environment).endpoints()).rejects.toThrow(RunStopped);
});

test("a discovery document that cannot be read is tried again, and asked for anew the next time", async () => {
  const answers = [
    answering(503, ""),
    answering(200, "<html>"),
    answering(200, "{}"),
    answering(200, JSON.stringify(intuit)),
  ];
  const fetch: Fetch = (...request) => (answers.shift() ?? answering(500, ""))(...request);
  const settings = { discoveryDocument: "https://developer.api.intuit.com/x", environment: "SANDBOX" } as const;
  const discovery = createDiscovery({ settings, clock, log: parts.log, fetch, sleep: () => Promise.resolve() });
  await expect(discovery.endpoints()).rejects.toThrow(RetryLater);
  expect((await discovery.endpoints()).token).toBe(intuit.token_endpoint);
});
