import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { connectCompany, consent, dataOf, send } from "./client.js";
import { type Firm, type Gateway, publicUrl, realmId, startGateway, trustedOrigin } from "./gateway.js";

let gateway: Gateway;
let firm: Firm;
let admin: string;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  admin = await firm.token("ADMIN");
});

afterEach(() => gateway.database.prisma.connection.deleteMany());

afterAll(() => gateway.stop());

const complete = (token: string, handle: string | null) =>
  dataOf(
    gateway,
    `mutation ($handle: String!) {
      completeConnection(input: { handle: $handle }) {
        connection { companyName status realmId isConnected authorization { accessTokenExpiresAt refreshTokenExpiresAt } }
        syncRun { mode trigger status }
        userErrors { field code }
      }
    }`,
    { token, variables: { handle } },
  );

const nothing = (code: string, field: string[]) => ({
  completeConnection: { connection: null, syncRun: null, userErrors: [{ field, code }] },
});

test("a company is connected by consent, callback and completion, and its first sync is queued", async () => {
  const redirect = await consent(gateway, admin, { returnTo: "/connections" });
  expect(`${redirect.origin}${redirect.pathname}`).toBe(`${publicUrl}/connections`);
  expect(await complete(admin, redirect.searchParams.get("connect"))).toEqual({
    completeConnection: {
      connection: {
        companyName: "Hillside",
        status: "CONNECTED",
        realmId: "9130000000000001",
        isConnected: true,
        authorization: { accessTokenExpiresAt: expect.any(String), refreshTokenExpiresAt: expect.any(String) },
      },
      syncRun: { mode: "FULL", trigger: "CONNECT", status: "QUEUED" },
      userErrors: [],
    },
  });
});

test("a handle is good once, and only for the member and the organization that began", async () => {
  const handle = (await consent(gateway, admin, { returnTo: "/" })).searchParams.get("connect");
  const other = await (await gateway.newFirm()).token("ADMIN");
  const invalid = nothing("HANDLE_INVALID", ["input", "handle"]);
  expect(await complete(other, handle)).toEqual(invalid);
  expect(await complete(admin, "made-up")).toEqual(invalid);
  expect(await complete(admin, handle)).toMatchObject({ completeConnection: { userErrors: [] } });
  expect(await complete(admin, handle)).toEqual(invalid);
});

test("a company that another organization has connected is refused after consent", async () => {
  await connectCompany(gateway, admin);
  const other = await (await gateway.newFirm()).token("ADMIN");
  const handle = (await consent(gateway, other, { returnTo: "/" })).searchParams.get("connect");
  expect(await complete(other, handle)).toMatchObject({
    completeConnection: { connection: null, userErrors: [{ code: "COMPANY_ALREADY_CONNECTED" }] },
  });
});

test("a callback that nobody asked for leads back to the gateway with an error, is kept by nobody and told to nobody", async () => {
  for (const search of ["", "?state=made-up&code=c&realmId=1", "?state=a&state=b", "?error=access_denied"]) {
    const { status, headers } = await fetch(`${gateway.url}/api/auth/quickbooks/callback${search}`, {
      redirect: "manual",
    });
    expect(status).toBe(302);
    expect(headers.get("location")).toBe(`${publicUrl}/?connect_error=invalid_state`);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  }
});

/** What a browser that Intuit sends gets: nothing but a redirect. */
async function redirectFrom(path: string) {
  const { status, headers } = await fetch(`${gateway.url}/api/auth/quickbooks/${path}`, { redirect: "manual" });
  return { status, location: headers.get("location"), cached: headers.get("cache-control") };
}

const leadsTo = (search: string) => ({ status: 302, location: `${publicUrl}/?${search}`, cached: "no-store" });

/** The only connection, with its tokens. */
async function stored() {
  const { prisma } = gateway.database;
  const connection = await prisma.connection.findFirstOrThrow();
  const tokens = await prisma.quickBooksToken.findUniqueOrThrow({ where: { connectionId: connection.id } });
  return { connection, tokens };
}

test("Intuit's reconnect address leads to the frontend, which begins; no company is named, and nothing changes", async () => {
  await connectCompany(gateway, admin);
  const before = await stored();
  for (const search of ["", `?realmId=${realmId}`, "?realmId=1&reconnect=evil&returnTo=https://evil.example.com"]) {
    expect(await redirectFrom(`connect${search}`)).toEqual(leadsTo("reconnect=1"));
  }
  expect(await stored()).toEqual(before);
});

test("Intuit's disconnect address has the authorization checked, answers all companies alike, and disconnects none", async () => {
  await connectCompany(gateway, admin);
  for (const search of ["", "?realmId=1", `?realmId=${realmId}`, "?realmId=%00", "?realmId=1&realmId=2"]) {
    expect(await redirectFrom(`disconnected${search}`)).toEqual(leadsTo("disconnected=1"));
  }
  expect(await stored()).toMatchObject({ connection: { status: "CONNECTED" }, tokens: { checkAt: expect.any(Date) } });
  expect(gateway.logged()).not.toContain(realmId);
});

test("a company whose authorization ends soon, or has ended, says what to do", async () => {
  const { connectionId } = await connectCompany(gateway, admin);
  const warning = async (ends: object) => {
    await gateway.database.prisma.quickBooksToken.updateMany({ data: ends });
    const query = "query ($id: ID!) { connection(id: $id) { authorization { warning } } }";
    const { connection } = await dataOf(gateway, query, { token: admin, variables: { id: connectionId } });
    return connection;
  };
  const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * 60_000);
  const warned = (text: RegExp) => ({ authorization: { warning: expect.stringMatching(text) } });
  expect(await warning({ refreshTokenEndsAt: inDays(31) })).toEqual({ authorization: { warning: null } });
  expect(await warning({ refreshTokenEndsAt: inDays(29) })).toEqual(
    warned(/five years.*Connect the same company again/),
  );
  expect(await warning({ refreshTokenExpiresAt: inDays(13) })).toEqual(warned(/could not be renewed/));
  await gateway.database.prisma.connection.updateMany({ data: { status: "REAUTHORIZATION_REQUIRED" } });
  expect(await warning({})).toEqual(warned(/no longer accepts.*Connect the same company again/));
});

test("the browser returns to trusted places only", async () => {
  const begin = (returnTo: string) =>
    dataOf(
      gateway,
      "mutation ($returnTo: String!) { connectQuickBooks(input: { returnTo: $returnTo }) { expiresAt userErrors { field code } } }",
      { token: admin, variables: { returnTo } },
    );
  expect(await begin("https://evil.example.com/")).toEqual({
    connectQuickBooks: { expiresAt: null, userErrors: [{ field: ["input", "returnTo"], code: "INVALID" }] },
  });
  expect(await begin(`${trustedOrigin}/done`)).toEqual({
    connectQuickBooks: { expiresAt: expect.any(String), userErrors: [] },
  });
});

test("disconnecting forgets the authorization, and another organization's connection is NOT_FOUND", async () => {
  const { connectionId } = await connectCompany(gateway, admin);
  const disconnect = (token: string) =>
    dataOf(
      gateway,
      `mutation ($connectionId: ID!) {
        disconnectQuickBooks(input: { connectionId: $connectionId }) {
          connection { status authorization { lastRefreshedAt } currentRun { id } }
          userErrors { field code }
        }
      }`,
      { token, variables: { connectionId } },
    );
  const other = await (await gateway.newFirm()).token("ADMIN");
  expect(await disconnect(other)).toEqual({
    disconnectQuickBooks: { connection: null, userErrors: [{ field: ["input", "connectionId"], code: "NOT_FOUND" }] },
  });
  expect(await disconnect(admin)).toEqual({
    disconnectQuickBooks: {
      connection: { status: "DISCONNECTED", authorization: null, currentRun: null },
      userErrors: [],
    },
  });
});

test("an OPERATOR tries a connection and sees what the gateway makes of its records; a VIEWER may not", async () => {
  const { connectionId } = await connectCompany(gateway, admin);
  const query = `mutation ($id: ID!) {
    testConnection(input: { connectionId: $id }) { success companyName error userErrors { code } }
    testEntitySync(input: { connectionId: $id, entity: ACCOUNT, limit: 3 }) { success count samples { raw mapped problems } error }
  }`;
  const data = await dataOf(gateway, query, { token: await firm.token("OPERATOR"), variables: { id: connectionId } });
  expect(data["testConnection"]).toEqual({ success: true, companyName: "Hillside", error: null, userErrors: [] });
  const sample = {
    raw: expect.objectContaining({ Id: expect.any(String) }),
    mapped: expect.objectContaining({ state: "ACTIVE" }),
    problems: [],
  };
  expect(data["testEntitySync"]).toEqual({ success: true, count: 3, samples: [sample, sample, sample], error: null });
  const { errors } = await send(gateway, query, { token: await firm.token("VIEWER"), variables: { id: connectionId } });
  expect(errors?.map(({ extensions }) => extensions["code"])).toEqual(["FORBIDDEN", "FORBIDDEN"]);
});

test("what QuickBooks complains of is told by the try, with Intuit's id", async () => {
  const { connectionId } = await connectCompany(gateway, admin);
  gateway.simulator.disconnect("9130000000000001");
  const { testConnection } = await dataOf(
    gateway,
    "mutation ($id: ID!) { testConnection(input: { connectionId: $id }) { success error userErrors { code } } }",
    { token: admin, variables: { id: connectionId } },
  );
  expect(testConnection).toEqual({ success: false, error: expect.stringMatching(/connect/i), userErrors: [] });
});

test("no secret of a connection is ever logged", async () => {
  const redirect = await consent(gateway, admin, { returnTo: "/" });
  const handle = redirect.searchParams.get("connect") ?? "";
  await complete(admin, handle);
  for (const secret of [handle, admin, "9130000000000001"]) expect(gateway.logged()).not.toContain(secret);
});
