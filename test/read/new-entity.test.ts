import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { boolean, computed, decimal, integer, reference, text, timestamp } from "../../src/plugins/fields.js";
import { defineEntity } from "../../src/plugins/plugin.js";
import { encodeId } from "../../src/schema/relay.js";
import type { Company } from "./company.js";
import { createWorld, plugins, type World } from "./world.js";

const described = (label: string) => ({ label, description: `${label}.` });

/** A made-up entity: a box that belongs to a customer or another box, and holds things. */
const box = defineEntity({
  name: "StorageBox",
  plural: "storageBoxes",
  label: "Box",
  description: "A box.",
  table: "storage_boxes",
  mappingVersion: 1,
  quickbooks: { kind: "NAME_LIST", removals: [], variesByReading: [] },
  fields: {
    name: text({ ...described("Name"), required: true, filter: true, order: true, search: true }),
    isFull: boolean({ ...described("Full"), filter: true, order: true }),
    capacity: integer({ ...described("Capacity"), filter: true, order: true }),
    weight: decimal({ ...described("Weight"), filter: true, order: true }),
    sealedAt: timestamp({ ...described("Sealed"), filter: true, order: true }),
    ownerType: text(described("Owner's type")),
    owner: reference({
      ...described("Owner"),
      target: { typeField: "ownerType" },
      strength: "soft",
      inverse: { field: "storageBoxes", description: "The boxes.", on: ["Customer", "StorageBox"] },
    }),
    volume: computed({
      ...described("Volume"),
      kind: "INTEGER",
      expression: (row) => `${row}.capacity * 2`,
      filter: true,
    }),
  },
  children: {
    contents: {
      table: "storage_box_contents",
      type: "BoxContent",
      description: "What is in it.",
      fields: {
        item: reference({
          ...described("Item"),
          target: "Item",
          strength: "hard",
          inverse: { field: "storageBoxes", description: "The boxes that hold it." },
        }),
        count: integer(described("Count")),
      },
    },
  },
  defaultOrder: { field: "name", direction: "ASC" },
  validate: (payload) => payload,
  map: () => ({
    row: { name: "", isFull: null, capacity: null, weight: null, sealedAt: null, ownerType: null, owner: null },
    children: { contents: [] },
  }),
  stateOf: () => "ACTIVE",
});

const tables = `
  CREATE TABLE storage_boxes (LIKE accounts INCLUDING ALL);
  ALTER TABLE storage_boxes DROP account_type, DROP category,
    ADD is_full boolean, ADD capacity integer, ADD weight numeric(28, 8), ADD sealed_at timestamptz,
    ADD owner_type text, ADD owner_ref text;
  CREATE TABLE storage_box_contents (record_id uuid, connection_id uuid, epoch integer, position integer, item_ref text, count integer)`;

let world: World;
let company: Company;
const ids = new Map<string, string>();

beforeAll(async () => {
  world = await createWorld([...plugins, box]);
  await world.pool.query(tables);
  company = await world.addCompany();
  const add = async (name: string, values = {}) => {
    const id = await company.insert("storage_boxes", { name, ...values });
    ids.set(name, encodeId("StorageBox", id));
    return id;
  };
  await company.insert("customers", { quickbooks_id: "1", display_name: "Ada" });
  await company.insert("items", { quickbooks_id: "5", name: "Chair", type: "SERVICE" });
  const big = await add("big", {
    quickbooks_id: "1",
    is_full: true,
    capacity: 9,
    weight: "1.50",
    owner_type: "Customer",
    owner_ref: "1",
  });
  await company.insertChildren("storage_box_contents", big, [
    { item_ref: "5", count: 1 },
    { item_ref: "5", count: 2 },
  ]);
  await add("small", {
    quickbooks_id: "2",
    is_full: false,
    capacity: 1,
    sealed_at: now,
    owner_type: "StorageBox",
    owner_ref: "1",
  });
  await add("lost", { quickbooks_id: "3", owner_type: "Vendor", owner_ref: "1" });
});

const now = "2026-03-15T12:00:00Z";

afterAll(() => world.close());

const names = (args: string) =>
  world.list(company, "storageBoxes", "nodes { name }", { args }).then(({ nodes }) => nodes?.map(({ name }) => name));

test("one more plugin is one more type with its lists, filters and orders", async () => {
  expect(await names("")).toEqual(["big", "lost", "small"]);
  expect(await names("filter: { isFull: { eq: false } }")).toEqual(["small"]);
  expect(await names("filter: { capacity: { gt: 1 } }")).toEqual(["big"]);
  expect(await names('filter: { weight: { eq: "1.5" } }')).toEqual(["big"]);
  expect(await names("filter: { volume: { in: [2] } }")).toEqual(["small"]);
  expect(await names(`filter: { sealedAt: { eq: "${now}" } }`)).toEqual(["small"]);
  expect(await names('filter: { search: "LOST" }')).toEqual(["lost"]);
});

test("cursors hold values of every kind that a list can be ordered by", async () => {
  for (const field of ["NAME", "IS_FULL", "CAPACITY", "WEIGHT", "SEALED_AT", "UPDATED_IN_QUICKBOOKS_AT"]) {
    for (const direction of ["ASC", "DESC"]) {
      const order = `orderBy: { field: ${field}, direction: ${direction} }`;
      const all = await names(order);
      const paged: unknown[] = [];
      for (let after = ""; paged.length < 3;) {
        const page = await world.list(company, "storageBoxes", "nodes { name } pageInfo { endCursor }", {
          args: `first: 1, ${order}${after}`,
        });
        paged.push(page.nodes?.[0]?.["name"]);
        after = `, after: "${String(page.pageInfo?.["endCursor"])}"`;
      }
      expect(paged).toEqual(all);
    }
  }
});

test("its references give lists to the types they lead to, also where they are polymorphic", async () => {
  const { nodes } = await world.list(
    company,
    "storageBoxes",
    "nodes { name owner { ... on Customer { displayName } ... on StorageBox { name } } storageBoxes { totalCount nodes { name } } }",
  );
  expect(nodes).toEqual([
    { name: "big", owner: { displayName: "Ada" }, storageBoxes: { totalCount: 1, nodes: [{ name: "small" }] } },
    { name: "lost", owner: null, storageBoxes: { totalCount: 0, nodes: [] } },
    { name: "small", owner: { name: "big" }, storageBoxes: { totalCount: 0, nodes: [] } },
  ]);
  const customers = await world.list(
    company,
    "customers",
    "nodes { storageBoxes(filter: { isFull: { eq: true } }) { nodes { name } } }",
  );
  expect(customers.nodes).toEqual([{ storageBoxes: { nodes: [{ name: "big" }] } }]);
});

test("a list through children without fields on its edges shows each record once", async () => {
  const { nodes } = await world.list(
    company,
    "items",
    "nodes { storageBoxes { totalCount edges { node { name contents { count item { name } } } } } }",
  );
  const contents = [1, 2].map((count) => ({ count, item: { name: "Chair" } }));
  expect(nodes).toEqual([{ storageBoxes: { totalCount: 1, edges: [{ node: { name: "big", contents } }] } }]);
});

test("it is a node and an entity like any other", async () => {
  const id = ids.get("big");
  const source =
    "query ($id: ID!) { node(id: $id) { ... on MirroredRecord { entity } } storageBox(id: $id) { name } entityTypes { plural } }";
  expect((await world.ask(company, source, { variables: { id } })).data).toMatchObject({
    node: { entity: "STORAGE_BOX" },
    storageBox: { name: "big" },
    entityTypes: expect.arrayContaining([{ plural: "storageBoxes" }]),
  });
});
