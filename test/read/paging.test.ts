import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { encodeCursor } from "../../src/schema/relay.js";
import type { Company, Values } from "./company.js";
import { createWorld, type World } from "./world.js";

let world: World;
let company: Company;

beforeAll(async () => {
  world = await createWorld();
  company = await world.addCompany();
});

afterEach(() => world.pool.query("TRUNCATE invoices"));

afterAll(() => world.close());

const orders = ["TXN_DATE", "DUE_DATE", "DOC_NUMBER", "BALANCE", "UPDATED_IN_QUICKBOOKS_AT", "MIRRORED_AT"];

const add = (values: Values = {}) =>
  company.insert("invoices", { txn_date: "2026-01-01", customer_ref: "1", total_amount: "1", balance: "1", ...values });

const page = (args: string, variables: Values = {}) =>
  world.list(
    company,
    "invoices",
    "edges { cursor node { docNumber } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }",
    {
      args,
      variables,
    },
  );

const refusal = async (args: string): Promise<unknown> => {
  const { errors } = await world.ask(
    company,
    `{ invoices(connectionId: "${company.globalId}", ${args}) { nodes { id } } }`,
  );
  return errors?.[0]?.extensions;
};

test("a page has 20 entries unless 1 to 100 are asked for", async () => {
  for (let count = 0; count < 101; count += 1) await add();
  for (const [args, length] of [
    ["", 20],
    ["first: null", 20],
    ["first: 1", 1],
    ["first: 100", 100],
  ] as const) {
    expect((await page(args)).edges).toHaveLength(length);
  }
  for (const first of [0, -1, 101]) {
    expect(await refusal(`first: ${first}`)).toEqual({ code: "BAD_USER_INPUT", field: "first", reason: "PAGE_SIZE" });
  }
});

test("a page says where it lies in its list", async () => {
  for (const doc_number of ["1", "2", "3"]) await add({ doc_number });
  const order = "orderBy: { field: DOC_NUMBER, direction: ASC }";
  const first = await page(`first: 2, ${order}`);
  expect(first.pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: first.edges?.[0]?.["cursor"],
    endCursor: first.edges?.[1]?.["cursor"],
  });
  const second = await page(`first: 2, ${order}, after: "${String(first.pageInfo?.["endCursor"])}"`);
  expect(second.edges?.map(({ node }) => node)).toEqual([{ docNumber: "3" }]);
  expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  await world.pool.query("TRUNCATE invoices");
  const nothing = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
  expect((await page("")).pageInfo).toEqual(nothing);
});

/** A cursor's parts, and a cursor of such parts. */
const parts = z.tuple([z.number(), z.string()], z.unknown());
const partsOf = (cursor: string) => parts.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
const cursorOf = (values: readonly unknown[]) => Buffer.from(JSON.stringify(values)).toString("base64url");

test("a cursor of another list, order, filter or company is refused, and so is a malformed one", async () => {
  await add();
  const other = await world.addCompany({ organization_id: company.organizationId });
  await other.insert("invoices", { txn_date: "2026-01-01", customer_ref: "1", total_amount: "1", balance: "1" });
  const foreign = await world.list(other, "invoices", "pageInfo { endCursor }");
  const own = String((await page("")).pageInfo?.["endCursor"]);
  const [version, binding, ...position] = partsOf(own);
  const refused = [
    `after: "${own}", orderBy: { field: TXN_DATE, direction: ASC }`,
    `after: "${own}", filter: { docNumber: { eq: "x" } }`,
    `after: "${String(foreign.pageInfo?.["endCursor"])}"`,
    'after: ""',
    'after: "!"',
    `after: "${own}A"`,
    `after: "${own}="`,
    ...[
      ["2026-02-30", position[1]],
      ["x", position[1]],
      [position[0], "x"],
      [position[0], null],
      [position[0]],
      [...position, "1"],
      [1, position[1]],
      [[], {}],
    ].map((values) => `after: "${cursorOf([version, binding, ...values])}"`),
    `after: "${cursorOf([version + 1, binding, ...position])}"`,
  ];
  for (const args of refused) {
    expect([args, await refusal(args)]).toEqual([
      args,
      { code: "BAD_USER_INPUT", field: "after", reason: "INVALID_CURSOR" },
    ]);
  }
  expect(await refusal(`after: "${own}", first: 5`)).toBeUndefined();
});

test("whatever is given as a cursor, the answer is a page or a refusal", async () => {
  await add();
  const bindings = new Map<string, string>();
  for (const field of orders) {
    const { pageInfo } = await page(`orderBy: { field: ${field}, direction: DESC }`);
    bindings.set(field, partsOf(String(pageInfo?.["endCursor"]))[1]);
  }
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(null, "2026-01-01", "1"), fc.uuid());
  const given = fc.oneof(fc.string(), fc.base64String(), fc.array(value, { maxLength: 3 }), fc.tuple(value, fc.uuid()));
  await fc.assert(
    fc.asyncProperty(given, fc.constantFrom(...orders), async (cursor, field) => {
      const after = typeof cursor === "string" ? cursor : encodeCursor(bindings.get(field) ?? "", cursor);
      const source = `query ($c: ID!, $after: String, $by: InvoiceOrder) {
        invoices(connectionId: $c, after: $after, orderBy: $by) { nodes { id } } }`;
      const variables = { c: company.globalId, after, by: { field, direction: "DESC" } };
      const { errors = [] } = await world.ask(company, source, { variables });
      return errors.every(({ extensions }) => extensions["reason"] === "INVALID_CURSOR");
    }),
    { numRuns: 300 },
  );
});

const row = fc.record({
  txn_date: fc.constantFrom("2026-01-01", "2026-01-02", "2025-12-31"),
  due_date: fc.constantFrom(null, "2026-01-01", "2026-02-01"),
  doc_number: fc.constantFrom(null, "", "a", "B", "ä", "10", "9"),
  balance: fc.constantFrom("0", "1", "1.5", "-1", "10"),
  updated_in_quickbooks_at: fc.constantFrom(null, "2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.010Z"),
});

/** Reads to the end by pages of `first`, doing something between them; gives the numbers seen. */
async function readAll(order: string, first: number, between: () => Promise<unknown>): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let after = ""; ;) {
    const { nodes = [], pageInfo } = await world.list(
      company,
      "invoices",
      "nodes { quickbooksId } pageInfo { hasNextPage endCursor }",
      {
        args: `first: ${first}, orderBy: ${order} ${after}`,
      },
    );
    seen.push(...nodes.map(({ quickbooksId }) => String(quickbooksId)));
    if (pageInfo?.["hasNextPage"] !== true) return seen;
    after = `, after: "${String(pageInfo["endCursor"])}"`;
    await between();
  }
}

test("no record that stays is skipped or repeated, whatever comes and goes between the pages", async () => {
  const order = fc.record({ field: fc.constantFrom(...orders), direction: fc.constantFrom("ASC", "DESC") });
  const rows = fc.array(row, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      order,
      fc.integer({ min: 1, max: 5 }),
      rows,
      rows,
      async ({ field, direction }, first, staying, passing) => {
        await world.pool.query("TRUNCATE invoices");
        for (const [index, values] of staying.entries()) await add({ ...values, quickbooks_id: `stays ${index}` });
        const others = [...passing];
        const seen = await readAll(`{ field: ${field}, direction: ${direction} }`, first, async () => {
          const oldest = "SELECT min(quickbooks_id) FROM invoices WHERE quickbooks_id LIKE 'passes%'";
          await world.pool.query(`DELETE FROM invoices WHERE quickbooks_id = (${oldest})`);
          const values = others.pop();
          if (values !== undefined) await add({ ...values, quickbooks_id: `passes ${others.length}` });
        });
        const stayed = seen.filter((id) => id.startsWith("stays"));
        expect([...stayed].sort()).toEqual(staying.map((_, index) => `stays ${index}`).sort());
        expect(new Set(seen).size).toBe(seen.length);
      },
    ),
    { numRuns: 60 },
  );
});

test("missing values come last going up and first going down", async () => {
  await add({ quickbooks_id: "none" });
  await add({ quickbooks_id: "early", due_date: "2026-01-01" });
  await add({ quickbooks_id: "late", due_date: "2026-02-01" });
  const nothing = () => Promise.resolve();
  expect(await readAll("{ field: DUE_DATE, direction: ASC }", 1, nothing)).toEqual(["early", "late", "none"]);
  expect(await readAll("{ field: DUE_DATE, direction: DESC }", 1, nothing)).toEqual(["none", "late", "early"]);
});
