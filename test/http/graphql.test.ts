import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { codesOf, send } from "./client.js";
import { type Firm, type Gateway, publicUrl, startGateway, trustedOrigin } from "./gateway.js";

const leak = "SELECT refresh_token FROM quickbooks_tokens -- secret-of-the-test";
let gateway: Gateway;
let firm: Firm;
let viewer: string;

beforeAll(async () => {
  // A part of the gateway that fails as nobody foresaw.
  gateway = await startGateway(({ connectFlow }) => ({
    connectFlow: {
      begin: () => Promise.reject(new Error(leak)),
      callback: (parameters) => connectFlow.callback(parameters),
      disconnected: (parameters) => connectFlow.disconnected(parameters),
      complete: (input, onConnected) => connectFlow.complete(input, onConnected),
      disconnect: (input) => connectFlow.disconnect(input),
    },
  }));
  firm = await gateway.newFirm();
  viewer = await firm.token("VIEWER");
});

afterAll(() => gateway.stop());

const viewerQuery = "{ viewer { name role organization { name } } }";

test("a caller with a token is told who they are", async () => {
  const { status, data } = await send(gateway, viewerQuery, { token: viewer });
  expect({ status, data }).toEqual({
    status: 200,
    data: { viewer: { name: "VIEWER", role: "VIEWER", organization: { name: "Firm" } } },
  });
});

test("without a token, or with a wrong one, the answer is 401 UNAUTHENTICATED before anything is read of the operation", async () => {
  for (const options of [{}, { token: "not.a.token" }, { token: `${viewer}x` }]) {
    const answer = await send(gateway, "{ nonsense", options);
    expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 401, codes: ["UNAUTHENTICATED"] });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
});

test("a syntax error is 400 GRAPHQL_PARSE_FAILED and an unknown field 400 GRAPHQL_VALIDATION_FAILED", async () => {
  const headers = { accept: "application/graphql-response+json" };
  const syntax = await send(gateway, "{ viewer", { token: viewer, headers });
  expect({ status: syntax.status, codes: codesOf(syntax) }).toEqual({ status: 400, codes: ["GRAPHQL_PARSE_FAILED"] });
  const field = await send(gateway, "{ nonsense }", { token: viewer, headers });
  expect({ status: field.status, codes: codesOf(field) }).toEqual({
    status: 400,
    codes: ["GRAPHQL_VALIDATION_FAILED"],
  });
});

test("variables that do not fit are 400 BAD_USER_INPUT", async () => {
  const answer = await send(gateway, "query ($id: ID!) { connection(id: $id) { id } }", {
    token: viewer,
    variables: {},
  });
  expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 400, codes: ["BAD_USER_INPUT"] });
});

test("page sizes outside 1 to 100 and cursors of another list are BAD_USER_INPUT with the field and the reason", async () => {
  const cases = [
    ["{ connections(first: 0) { totalCount } }", { field: "first", reason: "PAGE_SIZE" }],
    ["{ connections(first: 101) { totalCount } }", { field: "first", reason: "PAGE_SIZE" }],
    ['{ connections(after: "rubbish") { totalCount } }', { field: "after", reason: "INVALID_CURSOR" }],
    ['{ syncRuns(after: "WzEsImFiYyJd") { totalCount } }', { field: "after", reason: "INVALID_CURSOR" }],
  ] as const;
  for (const [query, place] of cases) {
    const { errors } = await send(gateway, query, { token: viewer });
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: "BAD_USER_INPUT", ...place }]);
  }
});

test("a viewer who would connect a company is FORBIDDEN, with the role that may", async () => {
  const answer = await send(gateway, 'mutation { connectQuickBooks(input: { returnTo: "/" }) { expiresAt } }', {
    token: viewer,
  });
  expect(codesOf(answer)).toEqual(["FORBIDDEN"]);
  expect(answer.errors?.[0]?.message).toContain("ADMIN");
});

test("an error that nobody foresaw is masked with a requestId, by which the log has it", async () => {
  const token = await firm.token("ADMIN");
  const answer = await send(gateway, 'mutation { connectQuickBooks(input: { returnTo: "/" }) { expiresAt } }', {
    token,
  });
  expect(codesOf(answer)).toEqual(["INTERNAL_SERVER_ERROR"]);
  expect(JSON.stringify(answer)).not.toContain("secret-of-the-test");
  const requestId = String(answer.errors?.[0]?.extensions["requestId"]);
  expect(answer.headers.get("x-request-id")).toBe(requestId);
  expect(gateway.logged()).toContain(requestId);
});

test("requests that a foreign page could send without asking are refused", async () => {
  const simple = await fetch(`${gateway.url}/graphql?query={__typename}`, {
    headers: { authorization: `Bearer ${viewer}` },
  });
  expect(simple.status).toBe(400);
  const form = await fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "text/plain", authorization: `Bearer ${viewer}` },
    body: JSON.stringify({ query: "{ __typename }" }),
  });
  expect(form.status).toBe(400);
});

test("a subscription over HTTP is told where to go", async () => {
  const answer = await send(gateway, "subscription { connectionEvents { kind } }", { token: viewer });
  expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 400, codes: ["BAD_REQUEST"] });
  expect(answer.errors?.[0]?.message).toContain("WebSocket");
});

test("several operations in one request are refused", async () => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${viewer}` },
    body: JSON.stringify([{ query: "{ __typename }" }, { query: "{ __typename }" }]),
  });
  expect(response.status).toBe(400);
});

test("a body that is not JSON is 400 and one of more than 100 kB is 413, both told in JSON", async () => {
  const post = (body: string) =>
    fetch(`${gateway.url}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const broken = await post("{");
  expect(broken.status).toBe(400);
  expect(await broken.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  const large = await post(JSON.stringify({ query: `{ viewer { name } } # ${"x".repeat(100_001)}` }));
  expect(large.status).toBe(413);
  expect(await large.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
});

test("an unknown path is a 404 in JSON", async () => {
  expect((await fetch(`${gateway.url}/graphql/elsewhere`)).status).toBe(404);
  const response = await fetch(`${gateway.url}/wp-admin`);
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
});

test("answers may not be kept, framed or run, and do not say what made them", async () => {
  const { headers } = await send(gateway, viewerQuery, { token: viewer });
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("content-security-policy")).toBe("default-src 'none';frame-ancestors 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("x-powered-by")).toBeNull();
});

test("pages of trusted origins may read the answers, others may not", async () => {
  const allowed = async (origin: string) =>
    (await fetch(`${gateway.url}/graphql`, { method: "OPTIONS", headers: { origin } })).headers.get(
      "access-control-allow-origin",
    );
  expect(await allowed(trustedOrigin)).toBe(trustedOrigin);
  expect(await allowed(publicUrl)).toBe(publicUrl);
  expect(await allowed("https://evil.example.com")).toBeNull();
});

test("the schema can be read with a token", async () => {
  const { data } = await send(gateway, '{ __type(name: "SyncRun") { name } }', { token: viewer });
  expect(data).toEqual({ __type: { name: "SyncRun" } });
});
