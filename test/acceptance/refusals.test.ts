import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildSchema, isNonNullType, type GraphQLField } from "graphql";
import { z } from "zod";
import { projectPath } from "../../src/foundation/project.js";
import { codesOf, send, socketClient, type Answer } from "../http/client.js";
import { newAdmin } from "../support/gateway.js";
import { newWorld, type World } from "./world.js";

let world: World;
let ids: { readonly connectionId: string; readonly syncRunId: string };
let foreigner: string;

beforeAll(async () => {
  world = await newWorld({ size: 40, store: "server" });
  ids = await world.connect();
  foreigner = await newAdmin(world.gateway);
}, 120_000);

afterAll(() => world.remove());

const schema = buildSchema(readFileSync(projectPath("schema.graphql"), "utf8"));

type RootField = GraphQLField<unknown, unknown>;

const takes = ({ args }: RootField, name: string): boolean => args.some((arg) => arg.name === name);

/** Every list of the API. */
const lists = Object.values(schema.getQueryType()?.getFields() ?? {}).filter((field) => takes(field, "first"));
const subscriptions = Object.values(schema.getSubscriptionType()?.getFields() ?? {});

/** A field with what it cannot be asked without, and more. */
function ask(field: RootField, more: Readonly<Record<string, unknown>>, selection: string): string {
  const needed = field.args.filter(({ type, name }) => isNonNullType(type) && !(name in more));
  const values = [
    ...needed.map(({ name }) => `${name}: ${JSON.stringify(name === "syncRunId" ? ids.syncRunId : ids.connectionId)}`),
    ...Object.entries(more).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
  ];
  return `${field.name}${values.length === 0 ? "" : `(${values.join(", ")})`} { ${selection} }`;
}

const overHttp = (query: string, token = world.token) => send(world.gateway, query, { token });

/** The errors of the first answer of a subscription. */
async function overSocket(query: string, token = world.token): Promise<Answer["errors"]> {
  const client = socketClient(world.gateway, token);
  try {
    for await (const answer of client.iterate({ query })) return errorsOf(answer.errors ?? []);
    return [];
  } catch (error) {
    return errorsOf(error);
  } finally {
    await client.dispose();
  }
}

const errorList = z.array(
  z.looseObject({ message: z.string(), extensions: z.record(z.string(), z.unknown()).default({}) }),
);
const errorsOf = (errors: unknown): Answer["errors"] => errorList.parse(errors);

const refused = (field: string, reason: string) => ({ code: "BAD_USER_INPUT", field, reason });
const extensionsOf = (errors: Answer["errors"]) => errors?.map(({ extensions }) => extensions);

test("the lists and subscriptions of the API are found", () => {
  expect(lists.length).toBeGreaterThanOrEqual(8);
  expect(subscriptions.length).toBeGreaterThanOrEqual(2);
});

test.each([
  ["no token", undefined],
  ["no token's text", "nonsense"],
  ["a token signed by somebody else", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEiLCJyb2xlIjoiQURNSU4ifQ.c2lnbmF0dXJl"],
  ["a token without a signature", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJyb2xlIjoiQURNSU4ifQ."],
])("%s is UNAUTHENTICATED with 401 over HTTP, and closes a socket with 4403", async (_what, token) => {
  const answer = await send(world.gateway, "{ viewer { name } }", token === undefined ? {} : { token });
  expect([answer.status, codesOf(answer)]).toEqual([401, ["UNAUTHENTICATED"]]);
  const client = socketClient(world.gateway, token);
  await expect(client.iterate({ query: "subscription { connectionEvents { cursor } }" }).next()).rejects.toMatchObject({
    code: 4403,
  });
});

test.each(lists.map((list) => [list.name, list] as const))(
  "%s refuses a malformed cursor and every page size outside of 1 to 100, over HTTP",
  async (_name, list) => {
    for (const after of ["", "nonsense", "bm9uc2Vuc2U=", "W10=", "x".repeat(5_000)]) {
      const { status, errors } = await overHttp(`{ ${ask(list, { after }, "pageInfo { hasNextPage }")} }`);
      expect([after.slice(0, 10), status, extensionsOf(errors)]).toEqual([
        after.slice(0, 10),
        200,
        [refused("after", "INVALID_CURSOR")],
      ]);
    }
    for (const first of [0, -1, 101, 1_000_000, 2_147_483_647]) {
      const { status, errors } = await overHttp(`{ ${ask(list, { first }, "pageInfo { hasNextPage }")} }`);
      expect([first, status, extensionsOf(errors)]).toEqual([first, 200, [refused("first", "PAGE_SIZE")]]);
    }
  },
);

test("an unknown field, a text that is no operation, and a number no Int can hold are refused with 400 over HTTP", async () => {
  const codes = async (query: string) => {
    const answer = await overHttp(query);
    return [answer.status, codesOf(answer)];
  };
  expect(await codes("{ nothing }")).toEqual([400, ["GRAPHQL_VALIDATION_FAILED"]]);
  expect(await codes("{ viewer { nothing } }")).toEqual([400, ["GRAPHQL_VALIDATION_FAILED"]]);
  expect(await codes("{ viewer { ")).toEqual([400, ["GRAPHQL_PARSE_FAILED"]]);
  expect(await codes("{ connections(first: 99999999999) { totalCount } }")).toEqual([
    400,
    ["GRAPHQL_VALIDATION_FAILED"],
  ]);
});

test("the ids of another organization are null in queries and NOT_FOUND in mutations, as ids of nothing are", async () => {
  const { connectionId, syncRunId } = ids;
  for (const list of lists.filter((field) => takes(field, "connectionId"))) {
    const { status, data, errors } = await overHttp(
      `{ ${ask(list, { connectionId }, "pageInfo { hasNextPage }")} }`,
      foreigner,
    );
    expect([list.name, status, errors, data?.[list.name]]).toEqual([list.name, 200, undefined, null]);
  }
  const single = `{ connection(id: "${connectionId}") { id } syncRun(id: "${syncRunId}") { id } node(id: "${connectionId}") { id }
    nodes(ids: ["${connectionId}", "${syncRunId}"]) { id } }`;
  expect((await overHttp(single, foreigner)).data).toEqual({
    connection: null,
    syncRun: null,
    node: null,
    nodes: [null, null],
  });
  const change = await overHttp(
    `mutation {
      startSync(input: { connectionId: "${connectionId}", mode: FULL }) { userErrors { code } }
      cancelSync(input: { syncRunId: "${syncRunId}" }) { userErrors { code } }
      disconnectQuickBooks(input: { connectionId: "${connectionId}" }) { userErrors { code } }
      testConnection(input: { connectionId: "${connectionId}" }) { userErrors { code } }
    }`,
    foreigner,
  );
  const notFound = { userErrors: [{ code: "NOT_FOUND" }] };
  expect(change.data).toEqual({
    startSync: notFound,
    cancelSync: notFound,
    disconnectQuickBooks: notFound,
    testConnection: notFound,
  });
});

test.each(subscriptions.map((field) => [field.name, field] as const))(
  "%s over WebSocket refuses a malformed cursor, an unknown field, and ids of another organization",
  async (_name, field) => {
    for (const after of ["nonsense", "", "W10="]) {
      const errors = await overSocket(`subscription { ${ask(field, { after }, "cursor")} }`);
      expect(extensionsOf(errors)).toEqual([refused("after", "INVALID_CURSOR")]);
    }
    const unknown = await overSocket(`subscription { ${ask(field, {}, "nothing")} }`);
    expect(extensionsOf(unknown)).toMatchObject([{ code: "GRAPHQL_VALIDATION_FAILED" }]);
    const named = takes(field, "connectionId") ? { connectionId: ids.connectionId } : {};
    const foreign = await overSocket(`subscription { ${ask(field, named, "cursor")} }`, foreigner);
    expect(extensionsOf(foreign)).toEqual([{ code: "NOT_FOUND" }]);
  },
);

test.each([0, 1_000_000])("a page of %i within a subscription is PAGE_SIZE", async (first) => {
  const errors = await overSocket(
    `subscription { syncRunEvents(syncRunId: "${ids.syncRunId}") { run { failures(first: ${first}) { totalCount } } } }`,
  );
  expect(extensionsOf(errors)).toEqual([refused("first", "PAGE_SIZE")]);
});
