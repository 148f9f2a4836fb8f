import { expect, test } from "@jest/globals";
import { accountingScope, authorize, connect, redirectUri, requestTokens, tokensOf, withSimulator } from "./support.js";

const companies = [
  { seed: "one", size: 0 },
  { seed: "two", size: 0 },
];
const refresh = (token: string): Record<string, string> => ({ grant_type: "refresh_token", refresh_token: token });

test("discovery names this simulator's endpoints and Intuit's issuer", async () => {
  await withSimulator({ companies }, async ({ url, discoveryUrl }) => {
    for (const address of [discoveryUrl, `${url}/.well-known/openid_configuration/`]) {
      const document = await (await fetch(address)).json();
      expect(document).toMatchObject({
        issuer: "https://oauth.platform.intuit.com/op/v1",
        token_endpoint: `${url}/oauth2/v1/tokens/bearer`,
      });
    }
  });
});

test("a person chooses the company on a page, or cancels", async () => {
  await withSimulator({ companies, autoConsent: false }, async (simulator) => {
    const parameters = {
      client_id: simulator.clientId,
      response_type: "code",
      scope: accountingScope,
      redirect_uri: redirectUri,
      state: "<s>",
    };
    const page = await (
      await fetch(`${simulator.url}/connect/oauth2?${new URLSearchParams(parameters).toString()}`)
    ).text();
    for (const realmId of simulator.companies.keys()) expect(page).toContain(realmId);
    expect(page).not.toContain("<s>");
    const [, second = ""] = simulator.companies.keys();
    const connected = await authorize(simulator, { decision: "connect", realmId: second });
    expect(connected.searchParams.get("realmId")).toBe(second);
    const cancelled = await authorize(simulator, { decision: "cancel" });
    expect(Object.fromEntries(cancelled.searchParams)).toEqual({ error: "access_denied", state: "s1" });
    expect((await authorize(simulator, { scope: "everything" })).searchParams.get("error")).toBe("invalid_scope");
  });
});

test("a code is good once, for ten minutes, and for its own redirect URI", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const form = async (): Promise<Record<string, string>> => {
      const code = (await authorize(simulator)).searchParams.get("code") ?? "";
      return { grant_type: "authorization_code", code, redirect_uri: redirectUri };
    };
    const once = await form();
    expect((await requestTokens(simulator, once)).status).toBe(200);
    expect((await requestTokens(simulator, once)).status).toBe(400);
    expect(
      (await requestTokens(simulator, { ...(await form()), redirect_uri: "http://localhost/elsewhere" })).status,
    ).toBe(400);
    const late = await form();
    simulator.clock.advance(600_000);
    const refused = await requestTokens(simulator, late);
    expect(await refused.json()).toMatchObject({ error: "invalid_grant" });
  });
});

test("wrong client credentials are an invalid client, an unknown grant type is named so", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const refused = await requestTokens(simulator, refresh("x"), "wrong");
    expect([refused.status, await refused.json()]).toEqual([401, { error: "invalid_client" }]);
    expect(await (await requestTokens(simulator, { grant_type: "password" })).json()).toEqual({
      error: "unsupported_grant_type",
    });
  });
});

test("a refresh token used twice is refused when rotation is immediate", async () => {
  await withSimulator({ companies, refreshMode: "rotate-immediately" }, async (simulator) => {
    const { refreshToken } = await connect(simulator);
    const next = await tokensOf(await requestTokens(simulator, refresh(refreshToken)));
    expect(next.refresh_token).not.toBe(refreshToken);
    expect((await requestTokens(simulator, refresh(refreshToken))).status).toBe(400);
    expect((await requestTokens(simulator, refresh(next.refresh_token))).status).toBe(200);
  });
});

test("with a day of grace the old refresh token works for 24 hours more", async () => {
  await withSimulator({ companies, refreshMode: "rotate-with-24h-grace" }, async (simulator) => {
    const { refreshToken } = await connect(simulator);
    await tokensOf(await requestTokens(simulator, refresh(refreshToken)));
    simulator.clock.advance(23 * 3_600_000);
    expect((await requestTokens(simulator, refresh(refreshToken))).status).toBe(200);
    simulator.clock.advance(2 * 3_600_000);
    expect((await requestTokens(simulator, refresh(refreshToken))).status).toBe(400);
  });
});

test("the refresh token stays the same for a day when set so, and its remaining life shrinks", async () => {
  await withSimulator({ companies, refreshMode: "same-until-24h" }, async (simulator) => {
    const { refreshToken } = await connect(simulator);
    simulator.clock.advance(3_600_000);
    const same = await (await requestTokens(simulator, refresh(refreshToken))).json();
    expect(same).toMatchObject({ refresh_token: refreshToken });
    expect((same as { x_refresh_token_expires_in: number }).x_refresh_token_expires_in).toBeLessThanOrEqual(
      8_726_400 - 3600,
    );
    simulator.clock.advance(24 * 3_600_000);
    expect((await tokensOf(await requestTokens(simulator, refresh(refreshToken)))).refresh_token).not.toBe(
      refreshToken,
    );
  });
});

test("access tokens expire after an hour, refresh tokens after 101 idle days, grants after five years", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    simulator.clock.advance(3_599_000);
    expect((await connection.get("preferences")).status).toBe(200);
    simulator.clock.advance(2_000);
    const expired = await connection.get("preferences");
    expect(expired.status).toBe(401);
    expect(expired.headers.get("intuit_tid")).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(await expired.json()).toMatchObject({
      fault: { type: "AUTHENTICATION", error: [{ code: "3200" }] },
      cdcresponse: [],
    });
    let token = connection.refreshToken;
    for (let year = 0; year < 5 * 4; year += 1) {
      simulator.clock.advance(91 * 86_400_000);
      token = (await tokensOf(await requestTokens(simulator, refresh(token)))).refresh_token;
    }
    simulator.clock.advance(10 * 86_400_000);
    expect((await requestTokens(simulator, refresh(token))).status).toBe(400);
  });
});

test("revoking either token ends the whole grant", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const { accessToken, refreshToken, get } = await connect(simulator);
    const authorization = `Basic ${Buffer.from(`${simulator.clientId}:${simulator.clientSecret}`).toString("base64")}`;
    const revoke = (token: string): Promise<Response> =>
      fetch(`${simulator.url}/v2/oauth2/tokens/revoke`, {
        method: "POST",
        headers: { authorization },
        body: JSON.stringify({ token }),
      });
    expect((await revoke(accessToken)).status).toBe(200);
    expect((await requestTokens(simulator, refresh(refreshToken))).status).toBe(400);
    expect((await get("preferences")).status).toBe(401);
    expect((await revoke(accessToken)).status).toBe(400);
  });
});

test("a token for one company is refused by another with 403/3100", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const [first = "", second = ""] = simulator.companies.keys();
    const { accessToken } = await connect(simulator, first);
    const address = `${simulator.apiBaseUrl}/v3/company/${second}/preferences`;
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${accessToken}`, accept: "application/json" },
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      fault: { type: "SERVICE", error: [{ code: "3100", detail: null }] },
    });
  });
});
