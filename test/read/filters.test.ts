import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { encodeId } from "../../src/schema/relay.js";
import type { Company, Values } from "./company.js";
import { createWorld, type World } from "./world.js";

let world: World;
let company: Company;
const customerIds = new Map<string, string>();

beforeAll(async () => {
  world = await createWorld();
  company = await world.addCompany();
  const addCustomer = async (id: string, values: Values) => {
    customerIds.set(id, await company.insert("customers", { quickbooks_id: id, ...values }));
  };
  await addCustomer("1", {
    display_name: "Ada 100%",
    primary_contact_email: "ada@example.com",
    balance: "10.00",
    notes: "likes_tea",
  });
  await addCustomer("2", {
    display_name: "Bo",
    company_name: "ADA & Sons",
    balance: "-1",
    parent_ref: "1",
    state: "INACTIVE",
  });
  await addCustomer("3", { display_name: "Cy", state: "DELETED", balance: "3" });
  await addCustomer("4", {
    display_name: "Di",
    mirrored_at: "2026-03-01T00:00:00Z",
    updated_in_quickbooks_at: "2026-02-01T00:00:00Z",
  });
  const invoice = { total_amount: "5", currency: "USD" };
  await company.insert("invoices", {
    ...invoice,
    quickbooks_id: "10",
    txn_date: "2026-01-01",
    customer_ref: "1",
    balance: "0",
  });
  await company.insert("invoices", {
    ...invoice,
    quickbooks_id: "11",
    txn_date: "2026-01-02",
    customer_ref: "2",
    balance: "5",
    due_date: "2026-01-09",
  });
  await company.insert("invoices", {
    ...invoice,
    quickbooks_id: "12",
    txn_date: "2026-01-03",
    customer_ref: "9",
    balance: "2",
    due_date: "2026-12-01",
  });
  await addCounts();
});

afterAll(() => world.close());

async function addCounts(): Promise<void> {
  const counts = { Customer: { ACTIVE: 200, INACTIVE: 10, DELETED: 5 }, Invoice: { ACTIVE: 300 } };
  for (const [entity, states] of Object.entries(counts)) {
    for (const [state, records] of Object.entries(states)) {
      const values = [company.id, entity, state, records];
      await world.pool.query(
        "INSERT INTO mirror_counts (connection_id, entity, state, records) VALUES ($1, $2, $3, $4)",
        values,
      );
    }
  }
}

const found = async (field: string, filter: string, variables: Values = {}, declare = "") => {
  const options = { args: `filter: ${filter}`, variables, declare };
  const { nodes = [] } = await world.list(company, field, "nodes { quickbooksId }", options);
  return nodes.map(({ quickbooksId }) => quickbooksId).sort();
};

test.each([
  ["{}", ["1", "2", "4"]],
  ['{ displayName: { eq: "Bo" } }', ["2"]],
  ['{ displayName: { eq: "bo" } }', []],
  ['{ displayName: { in: ["Bo", "Di", "Cy"] } }', ["2", "4"]],
  ["{ displayName: { in: [] } }", []],
  ['{ displayName: { contains: "ADA" } }', ["1"]],
  ['{ displayName: { contains: "0%" } }', ["1"]],
  ['{ displayName: { contains: "_" } }', []],
  ['{ displayName: { contains: "A", in: ["Ada 100%", "Bo"] } }', ["1"]],
  ["{ displayName: { eq: null }, balance: null }", ["1", "2", "4"]],
  ['{ businessName: { eq: "Bo" } }', ["2"]],
  ['{ quickbooksId: { in: ["1", "3"] } }', ["1"]],
  ["{ state: { eq: DELETED } }", ["3"]],
  ["{ state: { in: [DELETED, INACTIVE] } }", ["2", "3"]],
  ["{ state: {} }", ["1", "2", "4"]],
  ['{ balance: { eq: "10" } }', ["1"]],
  ["{ balance: { gt: 0 } }", ["1"]],
  ['{ balance: { gte: "-1", lt: "10.0" } }', ["2"]],
  ['{ balance: { lte: "-0.99" } }', ["2"]],
  ['{ balance: { in: ["-1.000"] } }', ["2"]],
  ['{ mirroredAt: { lt: "2026-03-15T05:00:00-07:00" } }', ["4"]],
  ['{ mirroredAt: { gte: "2026-03-15T05:00:00-07:00" } }', ["1", "2"]],
  ['{ updatedInQuickBooksAt: { eq: "2026-02-01T00:00:00Z" } }', ["4"]],
  ['{ search: "ada" }', ["1", "2"]],
  ['{ search: "  TEA   example " }', ["1"]],
  ['{ search: "ada nowhere" }', []],
  ['{ search: "s_tea" }', ["1"]],
  ['{ search: "" }', ["1", "2", "4"]],
  ['{ search: "ada", state: { eq: INACTIVE } }', ["2"]],
])("customers where %s", async (filter, ids) => {
  expect(await found("customers", filter)).toEqual(ids);
});

test.each([
  ['{ txnDate: { eq: "2026-01-01" } }', ["10"]],
  ['{ txnDate: { gt: "2026-01-01", lte: "2026-01-03" } }', ["11", "12"]],
  ['{ txnDate: { gte: "2026-01-02", lt: "2026-01-03" } }', ["11"]],
  ['{ dueDate: { lt: "2027-01-01" } }', ["11", "12"]],
  ["{ status: { eq: PAID } }", ["10"]],
  ["{ status: { in: [OVERDUE, PARTIALLY_PAID] } }", ["11", "12"]],
])("invoices where %s", async (filter, ids) => {
  expect(await found("invoices", filter)).toEqual(ids);
});

test("references are compared by global id", async () => {
  const idOf = (id: string) => encodeId("Customer", customerIds.get(id) ?? "");
  const ask = (filter: string, id: unknown, type = "ID") => found("invoices", filter, { id }, `, $id: ${type}`);
  expect(await ask("{ customerId: { eq: $id } }", idOf("1"))).toEqual(["10"]);
  expect(await ask("{ customerId: { in: $id } }", [idOf("1"), idOf("2")], "[ID!]")).toEqual(["10", "11"]);
  expect(await ask("{ customerId: { in: $id } }", [], "[ID!]")).toEqual([]);
  expect(
    await ask("{ customerId: { eq: $id } }", encodeId("Customer", "00000000-0000-4000-8000-000000000000")),
  ).toEqual([]);
});

test("an id that is none, or of another type, is refused by name", async () => {
  for (const id of [
    "x",
    customerIds.get("1"),
    encodeId("Invoice", customerIds.get("1") ?? ""),
    `${encodeId("Customer", customerIds.get("1") ?? "")}=`,
  ]) {
    await expect(found("invoices", "{ customerId: { in: [$id] } }", { id }, ", $id: ID!")).rejects.toMatchObject({
      message: expect.stringContaining("`filter.customerId.in`"),
      extensions: { code: "BAD_USER_INPUT", field: "filter.customerId.in", reason: "INVALID_ID" },
    });
  }
});

test("a character that no database holds is refused", async () => {
  for (const filter of ["{ displayName: { eq: $text } }", "{ search: $text }"]) {
    await expect(found("customers", filter, { text: "a\0b" }, ", $text: String")).rejects.toMatchObject({
      extensions: { code: "BAD_USER_INPUT", reason: "INVALID_TEXT" },
    });
  }
});

const total = (field: string, args: string) =>
  world.list(company, field, "totalCount", { args }).then(({ totalCount }) => totalCount);

test("totals by nothing but state come from the maintained counters, others are counted", async () => {
  expect(await total("customers", "")).toBe(210);
  expect(await total("customers", "filter: { state: { eq: DELETED } }")).toBe(5);
  expect(await total("customers", "filter: { state: { in: [] } }")).toBe(0);
  expect(await total("invoices", "filter: {}")).toBe(300);
  expect(await total("items", "")).toBe(0);
  expect(await total("customers", 'filter: { search: "a" }')).toBe(2);
  expect(await total("invoices", 'filter: { txnDate: { gt: "2026-01-01" } }, first: 1')).toBe(2);
});
