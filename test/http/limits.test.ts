import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { limits } from "../../src/http/limits.js";
import { codesOf, send, socketClient } from "./client.js";
import { type Gateway, startGateway } from "./gateway.js";

let gateway: Gateway;
let token: string;

beforeAll(async () => {
  gateway = await startGateway();
  token = await (await gateway.newFirm()).token("VIEWER");
});

afterAll(() => gateway.stop());

const refused = async (query: string, variables?: object) => {
  const answer = await send(gateway, query, { token, ...(variables && { variables }) });
  return { status: answer.status, codes: codesOf(answer) };
};
const tooComplex = { status: 400, codes: ["QUERY_TOO_COMPLEX"] };

const nested =
  "query ($n: Int!) { connections(first: $n) { nodes { syncRuns(first: $n) { nodes { failures(first: $n) { nodes { id } } } } } } }";

test("page sizes multiply, written out or in variables", async () => {
  expect(await refused(nested.replace("query ($n: Int!)", "").replaceAll("$n", "100"))).toEqual(tooComplex);
  expect(await refused(nested, { n: 100 })).toEqual(tooComplex);
  expect(await refused(nested.replace("$n: Int!", "$n: Int = 100"))).toEqual(tooComplex);
  expect(await refused(nested, { n: 10 })).toEqual({ status: 200, codes: [] });
});

test("a refusal says what was asked for and what is allowed", async () => {
  const { errors } = await send(gateway, nested, { token, variables: { n: 100 } });
  expect(errors?.[0]?.extensions).toMatchObject({ limit: limits.objects, cost: 1_020_201 });
});

test("fragments and the same list under several names count as often as they are used", async () => {
  const list = "connections(first: 100) { nodes { syncRuns(first: 100) { nodes { id } } } }";
  expect(await refused(`{ ${list} }`)).toEqual({ status: 200, codes: [] });
  const many = ["a", "b", "c", "d", "e"];
  expect(await refused(`{ ${many.map((name) => `${name}: ${list}`).join(" ")} }`)).toEqual(tooComplex);
  const fragments = many.map((name) => `${name}: connections(first: 100) { ...Page }`).join(" ");
  expect(
    await refused(
      `{ ${fragments} } fragment Page on ConnectedCompanyConnection { nodes { syncRuns(first: 100) { nodes { id } } } }`,
    ),
  ).toEqual(tooComplex);
});

test("fragments of fragments are weighed at once however often they multiply", async () => {
  const levels = Array.from(
    { length: 60 },
    (_, level) => `fragment F${level} on Query { ...F${level + 1} ...F${level + 1} }`,
  );
  const { codes } = await refused(`{ ...F0 } ${levels.join(" ")} fragment F60 on Query { connections { totalCount } }`);
  expect(codes).not.toContain("INTERNAL_SERVER_ERROR");
});

test("fields inside fields go twelve deep", async () => {
  const into = (levels: number): string => (levels === 0 ? "id" : `connection { currentRun { ${into(levels - 1)} } }`);
  expect(await refused(`query ($id: ID!) { syncRun(id: $id) { ${into(5)} } }`, { id: "x" })).toEqual({
    status: 200,
    codes: [],
  });
  expect(await refused(`query ($id: ID!) { syncRun(id: $id) { ${into(6)} } }`, { id: "x" })).toEqual(tooComplex);
});

test("aliases and directives are counted", async () => {
  const aliases = Array.from({ length: limits.aliases + 1 }, (_, index) => `a${index}: __typename`).join(" ");
  expect(await refused(`{ ${aliases} }`)).toEqual(tooComplex);
  const directives = Array.from(
    { length: limits.directives + 1 },
    () => `... on Query @include(if: true) { __typename }`,
  );
  expect(await refused(`{ ${directives.join(" ")} }`)).toEqual(tooComplex);
});

test("of many unknown directives only a few are told", async () => {
  const { errors = [] } = await send(gateway, `{ __typename ${"@nonsense ".repeat(40)} }`, { token });
  expect(errors.length).toBeLessThanOrEqual(limits.validationErrors + 1);
});

test("a document of too many tokens is not parsed to its end", async () => {
  expect(await refused(`{ ${"__typename ".repeat(limits.tokens)} }`)).toEqual({
    status: 400,
    codes: ["GRAPHQL_PARSE_FAILED"],
  });
});

test("the reading of the whole schema, as tools do it, is allowed", async () => {
  const { getIntrospectionQuery } = await import("graphql");
  expect(await refused(getIntrospectionQuery())).toEqual({ status: 200, codes: [] });
});

test("null for an argument that must be there is the caller's mistake", async () => {
  const answer = await refused('query ($id: ID = "x") { syncRun(id: $id) { id } }', { id: null });
  expect(answer).toEqual({ status: 400, codes: ["BAD_USER_INPUT"] });
});

/** The codes by which a subscription is refused. */
async function refusedOverSocket(query: string, variables: Record<string, unknown> = {}): Promise<unknown[]> {
  const client = socketClient(gateway, token);
  const errors = await new Promise<unknown>((resolve) => {
    client.subscribe({ query, variables }, { next: resolve, error: resolve, complete: () => resolve(undefined) });
  });
  await client.dispose();
  return Array.isArray(errors)
    ? errors.map((error: { extensions?: { code?: unknown } }) => error.extensions?.code)
    : [errors];
}

const events = (selection: string, declared = "") =>
  `subscription ${declared} { syncRunEvents(syncRunId: "x") { ${selection} } }`;

test("the same limits hold over WebSocket", async () => {
  const aliases = Array.from({ length: limits.aliases + 1 }, (_, index) => `a${index}: __typename`).join(" ");
  expect(await refusedOverSocket(events(aliases))).toEqual(["QUERY_TOO_COMPLEX"]);
  const directives = "... on SyncRunEvent @include(if: true) { __typename } ".repeat(limits.directives + 1);
  expect(await refusedOverSocket(events(directives))).toEqual(["QUERY_TOO_COMPLEX"]);
  const deep = `run { ${"connection { currentRun { ".repeat(6)}id${" }".repeat(13)}`;
  expect(await refusedOverSocket(events(deep))).toEqual(["QUERY_TOO_COMPLEX"]);
  const pages = `run { connection { syncRuns(first: $n) { nodes { failures(first: $n) { nodes { connection { syncRuns(first: $n) { nodes { id } } } } } } } } }`;
  expect(await refusedOverSocket(events(pages.replaceAll("$n", "100")))).toEqual(["QUERY_TOO_COMPLEX"]);
  expect(await refusedOverSocket(events(pages, "($n: Int!)"), { n: 100 })).toEqual(["QUERY_TOO_COMPLEX"]);
  expect(await refusedOverSocket(events(pages, "($n: Int!)"), { n: "many" })).toEqual(["BAD_USER_INPUT"]);
  expect(await refusedOverSocket(events("__typename ".repeat(limits.tokens)))).toEqual(["GRAPHQL_PARSE_FAILED"]);
  expect(await refusedOverSocket(events("nonsense"))).toEqual(["GRAPHQL_VALIDATION_FAILED"]);
});

test("over WebSocket only subscriptions are answered, neither queries nor the schema", async () => {
  expect(await refusedOverSocket("{ viewer { name } }")).toEqual(["BAD_REQUEST"]);
  expect(await refusedOverSocket("{ __schema { types { name } } }")).toEqual(["BAD_REQUEST"]);
});

test("a text that no database can keep is refused, written out or in a variable, and costs no internal error", async () => {
  const query = "query ($id: ID!) { node(id: $id) { id } }";
  for (const id of ["a\0b", "a\ud800b"]) {
    const answer = await send(gateway, query, { token, variables: { id } });
    expect([answer.status, codesOf(answer)]).toEqual([400, ["BAD_USER_INPUT"]]);
  }
  const written = await send(gateway, '{ node(id: "a\\u0000b") { id } }', { token });
  expect([written.status, codesOf(written)]).toEqual([400, ["BAD_USER_INPUT"]]);
});
