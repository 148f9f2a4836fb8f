import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { Client } from "pg";
import { z } from "zod";
import { createConflictsWorld, type ConflictsWorld } from "./conflicts-world.js";

let world: ConflictsWorld;

beforeAll(async () => {
  world = await createConflictsWorld();
});

afterEach(() => world.forget());

afterAll(() => world.stop());

const value = "{ text value record { id } }";
const whole = `id version kind status entity note detectedAt resolvedAt connection { id } record { id ... on Customer { notes } }
  localChange { status operation conflict { id } fields { path } } assignee { id } resolution { kind } resolvedBy { name }
  fields { path label base ${value} platform ${value} quickbooks ${value} choices choice chosen ${value} meanwhile { path } }`;

test("a conflict shows what the field held, what was edited here and what QuickBooks has, with the edit and the record", async () => {
  const { customer, id } = await world.conflict();
  const shown = { text: "Theirs", value: "Theirs", record: null };
  expect(
    await world.ask(`query ($id: ID!) { conflict(id: $id) { ${whole} } node(id: $id) { id __typename } }`, { id }),
  ).toEqual({
    node: { id, __typename: "Conflict" },
    conflict: {
      ...{ id, version: 1, kind: "FIELDS", status: "OPEN", entity: "CUSTOMER", note: null },
      ...{ detectedAt: expect.any(String), resolvedAt: null, assignee: null, resolution: null, resolvedBy: null },
      connection: { id: world.connectionId },
      record: { id: customer, notes: "Theirs" },
      localChange: { status: "CONFLICT", operation: "UPDATE", conflict: { id }, fields: [{ path: "notes" }] },
      fields: [
        {
          ...{
            path: "notes",
            label: "Notes",
            choices: ["QUICKBOOKS", "PLATFORM", "VALUE"],
            choice: null,
            chosen: null,
          },
          ...{
            base: { ...shown, text: "Before", value: "Before" },
            platform: { ...shown, text: "Ours", value: "Ours" },
          },
          ...{ quickbooks: shown, meanwhile: [] },
        },
      ],
    },
  });
});

test("a reference in conflict is shown by name, by global id and as the record", async () => {
  const bob = await world.idOf("customers", "2");
  const ada = await world.idOf("customers", "1");
  const theirs = { ParentRef: { value: "1" }, Job: true };
  const { id } = await world.conflict({ parentId: bob }, theirs);
  const { conflict } = await world.ask(`query ($id: ID!) { conflict(id: $id) { ${whole} } }`, { id });
  const { fields } = z.object({ fields: z.array(z.record(z.string(), z.unknown())) }).parse(conflict);
  expect(fields.find(({ path }) => path === "parent")).toMatchObject({
    base: null,
    platform: { text: "Bob", value: bob, record: { id: bob } },
    quickbooks: { text: "Ada", value: ada, record: { id: ada } },
  });
});

const page = z.object({
  totalCount: z.number(),
  nodes: z.array(z.object({ id: z.string() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});
const list = async (args = "", token?: string) => {
  const query = `{ conflicts${args} { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }`;
  return page.parse((await world.ask(query, {}, token))["conflicts"]);
};

test("conflicts page without gaps, the latest first, with how many there are", async () => {
  const made = [];
  for (let count = 0; count < 5; count += 1) made.unshift((await world.conflict()).id);
  const first = await list("(first: 2)");
  const second = await list(`(first: 2, after: "${first.pageInfo.endCursor ?? ""}")`);
  const third = await list(`(first: 2, after: "${second.pageInfo.endCursor ?? ""}")`);
  expect([first, second, third].flatMap(({ nodes }) => nodes.map(({ id }) => id))).toEqual(made);
  expect([first.totalCount, first.pageInfo.hasNextPage, third.pageInfo.hasNextPage]).toEqual([5, true, false]);
});

test("conflicts are found by status, kind, entity, assignee and time, and a cursor is good for its own filter", async () => {
  const [one, two] = [await world.conflict(), await world.conflict()];
  const ids = async (filter: string) => (await list(`(filter: ${filter})`)).nodes.map(({ id }) => id);
  expect(await ids("{ status: { eq: OPEN }, kind: { in: [FIELDS] }, entity: { eq: CUSTOMER } }")).toEqual([
    two.id,
    one.id,
  ]);
  expect(await ids("{ status: { in: [] } }")).toEqual([]);
  expect(await ids("{ kind: { eq: DELETED_IN_QUICKBOOKS } }")).toEqual([]);
  expect(await ids("{ entity: { eq: INVOICE } }")).toEqual([]);
  expect(await ids('{ detectedAt: { lt: "2020-01-01T00:00:00Z" } }')).toEqual([]);
  const member = Buffer.from(`Member:${world.firm.memberId("OPERATOR")}`).toString("base64url");
  await world.decide("assignConflict", { conflictId: one.id, assigneeId: member });
  expect(await ids(`{ assigneeId: { eq: "${member}" } }`)).toEqual([one.id]);
  expect(await ids(`{ assigneeId: { in: ["nobody"] } }`)).toEqual([]);
  expect(await ids(`{ assigneeId: {} }`)).toEqual([two.id, one.id]);
  const { pageInfo } = await list("(first: 1)");
  const query = `{ conflicts(after: "${pageInfo.endCursor ?? ""}", filter: { status: { eq: OPEN } }) { totalCount } }`;
  await expect(world.ask(query)).rejects.toThrow();
});

test("open conflicts are counted for a company and on the dashboard; those put aside and those resolved are not", async () => {
  const counts = async () =>
    world.ask(
      "query ($id: ID!) { connection(id: $id) { openConflicts } dashboard { openConflicts } one: dashboard(connectionId: $id) { openConflicts } }",
      {
        id: world.connectionId,
      },
    );
  const all = (openConflicts: number) => ({
    connection: { openConflicts },
    dashboard: { openConflicts },
    one: { openConflicts },
  });
  const [one] = [await world.conflict(), await world.conflict(), await world.conflict()];
  expect(await counts()).toEqual(all(3));
  await world.decide("ignoreConflict", { conflictId: one.id });
  expect(await counts()).toEqual(all(2));
});

test("another organization sees no conflict, whatever it asks", async () => {
  const { id, customer } = await world.conflict();
  const foreign = await (await world.gateway.newFirm()).token("ADMIN");
  const query = `query ($id: ID!, $c: ID!, $r: ID!) { conflict(id: $id) { id } node(id: $id) { id }
    conflicts(connectionId: $c) { totalCount } all: conflicts { totalCount nodes { id } } record: node(id: $r) { id }
    dashboard { openConflicts } }`;
  expect(await world.ask(query, { id, c: world.connectionId, r: customer }, foreign)).toEqual({
    ...{ conflict: null, node: null, conflicts: null, record: null },
    all: { totalCount: 0, nodes: [] },
    dashboard: { openConflicts: 0 },
  });
});

test("a page of conflicts with records and values takes as many statements for twenty as for two", async () => {
  const bob = await world.idOf("customers", "2");
  const query = `{ conflicts(first: 50) { totalCount nodes { ${whole} } } }`;
  const count = async (): Promise<number> => {
    const told = jest.spyOn(Client.prototype, "query");
    await world.ask(query);
    const statements = told.mock.calls.length;
    told.mockRestore();
    return statements;
  };
  const conflicting = () => world.conflict({ parentId: bob }, { ParentRef: { value: "1" }, Job: true });
  await conflicting();
  await conflicting();
  const forTwo = await count();
  for (let made = 2; made < 20; made += 1) await conflicting();
  expect([await count(), forTwo > 3]).toEqual([forTwo, true]);
});
