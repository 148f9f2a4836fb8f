import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { dataOf } from "../http/client.js";
import { countingStatements } from "../support/statements.js";
import { type ConflictsWorld, createConflictsWorld } from "./conflicts-world.js";

/** The versions of a record: what it was before each change. */

let world: ConflictsWorld;
let customer: string;

const version = z.looseObject({ id: z.string(), version: z.number(), validFrom: z.string(), validTo: z.string() });
const page = z.object({
  version: z.number(),
  mirroredAt: z.string(),
  versions: z.object({
    totalCount: z.number(),
    nodes: z.array(version),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

beforeAll(async () => {
  world = await createConflictsWorld();
  ({ customer } = await world.conflict());
  for (const DisplayName of ["Second", "Third", "Fourth"]) await world.change(customer, { DisplayName });
});

afterAll(() => world.stop());

async function read(args: string, token = world.tokens.OPERATOR) {
  const query = `query ($id: ID!) { customer(id: $id) { version mirroredAt versions(${args}) { totalCount
    nodes { __typename id entity recordId version state validFrom validTo raw } pageInfo { hasNextPage endCursor } } } }`;
  return page.parse((await dataOf(world.gateway, query, { token, variables: { id: customer } }))["customer"]);
}

test("a record's versions are all that it was, the latest first, one ending where the next begins", async () => {
  const { versions, version: present, mirroredAt } = await read("first: 100");
  expect(versions.totalCount).toBe(present - 1);
  expect(versions.nodes.map((node) => node.version)).toEqual(
    Array.from({ length: present - 1 }, (_, index) => present - 1 - index),
  );
  expect(versions.nodes.map(({ validTo }) => validTo)).toEqual([
    mirroredAt,
    ...versions.nodes.slice(0, -1).map(({ validFrom }) => validFrom),
  ]);
  expect(versions.nodes[0]).toMatchObject({
    ...{ __typename: "RecordVersion", entity: "CUSTOMER", recordId: customer, state: "ACTIVE" },
    raw: { DisplayName: "Third" },
  });
});

test("they come in pages", async () => {
  const { nodes } = (await read("first: 100")).versions;
  const seen: unknown[] = [];
  for (let after = "", hasNext = true; hasNext && seen.length <= nodes.length;) {
    const { versions } = await read(`first: 1 ${after}`);
    seen.push(...versions.nodes);
    hasNext = versions.pageInfo.hasNextPage;
    after = `after: "${versions.pageInfo.endCursor ?? ""}"`;
  }
  expect(seen).toEqual(nodes);
});

test("a version is found by its id, by its own organization alone", async () => {
  const [first] = (await read("first: 1")).versions.nodes;
  const query = "query ($id: ID!) { node(id: $id) { __typename id ... on RecordVersion { version } } }";
  const find = async (token: string) =>
    (await dataOf(world.gateway, query, { token, variables: { id: first?.id } }))["node"];
  expect(await find(world.tokens.VIEWER)).toEqual({
    __typename: "RecordVersion",
    id: first?.id,
    version: first?.version,
  });
  expect(await find(await (await world.gateway.newFirm()).token("ADMIN"))).toBeNull();
});

test("the versions of many records are read with as few statements as those of one", async () => {
  const { pool } = world.gateway.database;
  const query = (ids: string) =>
    `query ($c: ID!) { customers(connectionId: $c, first: 50, filter: { quickbooksId: { in: [${ids}] } }) { nodes { versions { totalCount nodes { version raw } } } } }`;
  for (const Id of ["1", "2"]) {
    const MetaData = { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime: "2026-07-01T00:00:00Z" };
    await world.mirror("Customer", { Id, DisplayName: `New ${Id}`, SyncToken: "1", MetaData });
  }
  const count = (ids: string) => countingStatements(pool, () => world.ask(query(ids), { c: world.connectionId }));
  const [one, many] = [await count('"1"'), await count('"1", "2"')];
  expect(JSON.stringify(many.answer).length).toBeGreaterThan(JSON.stringify(one.answer).length);
  expect(many.statements).toBe(one.statements);
});
