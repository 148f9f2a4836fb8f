import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { type Budgets, createBudgets } from "../../src/access/budgets.js";
import { connectionStream } from "../../src/sync/run-view.js";
import { codesOf, dataOf, send, socketClient } from "./client.js";
import { type Firm, type Gateway, startGateway } from "./gateway.js";

let gateway: Gateway;
let budgets: Budgets;
let firm: Firm;
let token: string;

beforeAll(async () => {
  gateway = await startGateway(({ database, log }) => {
    // Nothing comes back while the tests run.
    budgets = createBudgets({ pool: database.pool, log, pointsPerSecond: 1, nowMs: () => 0 });
    return { budgets };
  });
});

beforeEach(async () => {
  firm = await gateway.newFirm();
  token = await firm.token("VIEWER");
});

afterAll(async () => {
  await budgets.close();
  await gateway.stop();
});

const most = 100_020;
const cost = z.object({
  requested: z.number(),
  scope: z.string(),
  maximum: z.number(),
  available: z.number(),
  restoreRate: z.number(),
  retryAfterMs: z.number().optional(),
});
const answer = z.object({
  errors: z.array(z.object({ message: z.string(), extensions: z.record(z.string(), z.unknown()) })).optional(),
  extensions: z.object({ cost }).optional(),
});

/** The whole answer, and what its headers say. */
async function ask(query: string, { as = token, variables = {} } = {}) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${as}` };
  const body = JSON.stringify({ query, variables });
  const response = await fetch(`${gateway.url}/graphql`, { method: "POST", headers, body });
  const { errors = [], extensions } = answer.parse(await response.json());
  const codes = errors.map((error) => error.extensions["code"]);
  return { status: response.status, codes, errors, cost: extensions?.cost, wait: response.headers.get("retry-after") };
}

/** Leaves a member of the firm so many points. */
function leave(points: number, id = firm.memberId("VIEWER")): void {
  const payer = { kind: "MEMBER", id, organizationId: firm.organizationId } as const;
  budgets.drain(payer, (budgets.of(payer)[0]?.available ?? 0) - points);
}

test("every answer over HTTP says what was asked for, what is left, and how fast it comes back", async () => {
  const own = { scope: "MEMBER", maximum: most, restoreRate: 1 };
  const told = async (query: string) => (await ask(query)).cost;
  expect(await told("{ viewer { name } }")).toEqual({ ...own, requested: 11, available: most - 11 });
  expect(await told("{ connections(first: 50) { nodes { id } } }")).toMatchObject({ requested: 10 + 51 });
  expect(await told('mutation { cancelSync(input: { syncRunId: "x" }) { userErrors { code } } }')).toMatchObject({
    requested: 10 + 50 + 1 + 10,
  });
  expect(await told("{ __schema { queryType { name } } }")).toMatchObject({ requested: 1_010 });
});

test("what cannot be read, is unknown, or asks for too much costs what every operation costs, and says so", async () => {
  const deep =
    "connections(first: 100) { nodes { syncRuns(first: 100) { nodes { failures(first: 100) { nodes { id } } } } } }";
  for (const query of ["{", "{ nonsense }", `{ ${deep} }`, "subscription { connectionEvents { kind } }"]) {
    const before = budgets.of({ kind: "MEMBER", id: firm.memberId("VIEWER"), organizationId: firm.organizationId });
    const { status, cost: told } = await ask(query);
    expect({ status, told }).toMatchObject({
      status: 400,
      told: { requested: 10, available: (before[0]?.available ?? 0) - 10 },
    });
  }
});

test("over the budget an operation is refused with RATE_LIMITED and when to try again, and nothing of it is done", async () => {
  leave(1_000);
  const { status, codes, errors, cost: told, wait } = await ask("{ __schema { queryType { name } } }");
  expect({ status, codes, wait }).toEqual({ status: 429, codes: ["RATE_LIMITED"], wait: "10" });
  expect(told).toMatchObject({ requested: 1_010, available: 990, retryAfterMs: 10_000 });
  expect(errors[0]?.extensions).toMatchObject({ retryAfterMs: 10_000, cost: told });
  expect((await ask("{ viewer { name } }")).codes).toEqual([]);
});

test("who has nothing left is refused before anything is read of the operation", async () => {
  leave(9);
  const { status, codes, errors, wait } = await ask("{ nonsense");
  expect({ status, codes, wait }).toEqual({ status: 429, codes: ["RATE_LIMITED"], wait: "1" });
  expect(errors[0]?.extensions).toMatchObject({ retryAfterMs: 1_000, cost: { requested: 10, available: 9 } });
  expect(JSON.stringify(errors)).not.toContain("http");
});

test("one caller's budget is not another's, and one organization's not another's", async () => {
  leave(0);
  expect((await ask("{ viewer { name } }")).codes).toEqual(["RATE_LIMITED"]);
  expect((await ask("{ viewer { name } }", { as: await firm.token("OPERATOR") })).codes).toEqual([]);
  const key = await gateway.services.apiKeys.create({ kind: "SYSTEM", name: "operator" }, firm.organizationId, {
    name: "Program",
    role: "VIEWER",
  });
  expect((await ask("{ viewer { name } }", { as: key.key })).cost).toMatchObject({ scope: "API_KEY" });
  for (let caller = 0; caller < 4; caller += 1) leave(0, `00000000-0000-4000-8000-00000000000${caller}`);
  const { codes, cost: told } = await ask("{ __typename }", { as: await firm.token("ADMIN") });
  expect(codes).toEqual(["RATE_LIMITED"]);
  expect(told).toBeUndefined();
  const other = await gateway.newFirm();
  expect((await ask("{ viewer { name } }", { as: await other.token("VIEWER") })).codes).toEqual([]);
});

test("viewer { budgets } tells the caller's own budget and the organization's", async () => {
  const { viewer } = await dataOf(gateway, "{ viewer { budgets { scope maximum available restoreRate } } }", { token });
  expect(viewer).toEqual({
    budgets: [
      { scope: "MEMBER", maximum: most, available: most - 21, restoreRate: 1 },
      { scope: "ORGANIZATION", maximum: 4 * most, available: 4 * most - 21, restoreRate: 4 },
    ],
  });
});

const events = "subscription { connectionEvents { kind } }";
const extended = z.object({ extensions: z.object({ cost }) });
const costOf = (value: unknown) => extended.parse(value).extensions.cost;

test("a subscription costs what an operation does, its usual events nothing, and each says what is left", async () => {
  const client = socketClient(gateway, token);
  const told = client.iterate({ query: events });
  const first: unknown = (await told.next()).value;
  expect(costOf(first)).toEqual({ scope: "MEMBER", maximum: most, restoreRate: 1, requested: 0, available: most - 11 });
  await client.dispose();
});

test("events that ask for much are paid for as far as something is left, and none is held back", async () => {
  const client = socketClient(gateway, token);
  const much = "subscription { connectionEvents { kind connections { syncRuns(first: 20) { nodes { id } } } } }";
  const told = client.iterate({ query: much });
  expect(costOf((await told.next()).value)).toMatchObject({ requested: 221, available: most - 10 - 2 * 221 });
  leave(100);
  const { streams, database } = gateway;
  await database.transaction((tx) => streams.append(tx, connectionStream(firm.organizationId), "QUOTA_WARNING", {}));
  const { value } = await told.next();
  expect(value).toMatchObject({ data: { connectionEvents: { kind: "QUOTA_WARNING" } } });
  expect(costOf(value)).toMatchObject({ requested: 221, available: 0 });
  await client.dispose();
});

test("a subscription over the budget is refused as over HTTP", async () => {
  leave(10);
  const client = socketClient(gateway, token);
  const refused = (available: number, requested: number, retryAfterMs: number) => [
    {
      extensions: { code: "RATE_LIMITED", retryAfterMs, cost: { available, requested, retryAfterMs, scope: "MEMBER" } },
    },
  ];
  await expect(client.iterate({ query: events }).next()).rejects.toMatchObject(refused(0, 11, 1_000));
  await expect(client.iterate({ query: "subscription {" }).next()).rejects.toMatchObject(refused(0, 10, 10_000));
  await client.dispose();
});

test("what is wrong with a subscription is told with what it cost", async () => {
  const client = socketClient(gateway, token);
  await expect(client.iterate({ query: "subscription { nonsense }" }).next()).rejects.toMatchObject([
    { extensions: { code: "GRAPHQL_VALIDATION_FAILED", cost: { requested: 10, available: most - 10 } } },
  ]);
  await client.dispose();
});

test("without a token there is no budget to tell of", async () => {
  const refused = await send(gateway, "{ __typename }");
  expect({ status: refused.status, codes: codesOf(refused) }).toEqual({ status: 401, codes: ["UNAUTHENTICATED"] });
});
