import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createWorld, type World } from "./world.js";
import type { Company } from "./company.js";

let world: World;
let company: Company;
let invoiceId: string;

beforeAll(async () => {
  world = await createWorld();
  company = await world.addCompany();
  await company.insert("customers", {
    quickbooks_id: "1",
    sync_token: 7,
    display_name: "Ada's Attic",
    created_in_quickbooks_at: "2026-01-01T08:00:00-08:00",
    business_address: JSON.stringify({
      lines: ["1 Main St"],
      city: "Reno",
      region: "NV",
      postalCode: "89501",
      country: null,
    }),
    balance: "-0.1",
    taxable: true,
    level: 2,
  });
  invoiceId = await company.insert("invoices", {
    quickbooks_id: "10",
    doc_number: "A-1",
    txn_date: "2026-01-02",
    due_date: "2026-03-15",
    customer_ref: "1",
    currency: "EUR",
    exchange_rate: "1.0800000000000001",
    total_amount: "100.50",
    home_total_amount: "12345678901234567890.12345678",
    balance: "100.50",
    raw: '{"Id": "10", "TotalAmt": 12345678901234567890.12, "Line": [1.5]}',
  });
});

afterAll(() => world.close());

const one = (selection: string, options = {}) =>
  world.list(company, "invoices", `nodes { ${selection} }`, options).then(({ nodes }) => nodes?.[0]);

test("amounts are exact, in the record's currency; home amounts in the company's", async () => {
  expect(await one("totalAmount { amount currency } homeTotalAmount { amount currency } totalTax { amount }")).toEqual({
    totalAmount: { amount: "100.5", currency: "EUR" },
    homeTotalAmount: { amount: "12345678901234567890.12345678", currency: "USD" },
    totalTax: null,
  });
});

test("an amount whose currency nobody knows yet says XXX", async () => {
  const unknown = await world.addCompany({ home_currency: null });
  await unknown.insert("customers", { quickbooks_id: "1", display_name: "Bo", balance: "3" });
  const { nodes } = await world.list(unknown, "customers", "nodes { balance { amount currency } }");
  expect(nodes).toEqual([{ balance: { amount: "3", currency: "XXX" } }]);
});

test("rates keep every digit, days stay days, instants are UTC with milliseconds", async () => {
  expect(await one("exchangeRate txnDate shipDate mirroredAt updatedInQuickBooksAt")).toEqual({
    exchangeRate: "1.0800000000000001",
    txnDate: "2026-01-02",
    shipDate: null,
    mirroredAt: "2026-03-15T12:00:00.000Z",
    updatedInQuickBooksAt: null,
  });
});

test("what every record has", async () => {
  const { nodes } = await world.list(
    company,
    "customers",
    `nodes { __typename entity quickbooksId syncToken state version staleSince createdInQuickBooksAt
      taxable level businessName legalName businessAddress { lines city region postalCode country } }`,
  );
  expect(nodes).toEqual([
    {
      __typename: "Customer",
      entity: "CUSTOMER",
      quickbooksId: "1",
      syncToken: "7",
      state: "ACTIVE",
      version: 1,
      staleSince: null,
      createdInQuickBooksAt: "2026-01-01T16:00:00.000Z",
      taxable: true,
      level: 2,
      businessName: "Ada's Attic",
      legalName: "Ada's Attic",
      businessAddress: { lines: ["1 Main St"], city: "Reno", region: "NV", postalCode: "89501", country: null },
    },
  ]);
});

test("a status follows from the company's local date", async () => {
  expect(await one("status")).toEqual({ status: "OPEN" });
  const tokyo = await world.addCompany({ time_zone: "Asia/Tokyo" });
  const due = { customer_ref: "1", txn_date: "2026-01-01", total_amount: "5", balance: "5", due_date: "2026-03-14" };
  await tokyo.insert("invoices", { ...due, quickbooks_id: "1" });
  await tokyo.insert("invoices", { ...due, quickbooks_id: "2", balance: "0" });
  await tokyo.insert("invoices", { ...due, quickbooks_id: "3", balance: "1", due_date: null });
  await tokyo.insert("invoices", { ...due, quickbooks_id: "4", balance: "0", total_amount: "0", state: "VOIDED" });
  const { nodes } = await world.list(tokyo, "invoices", "nodes { quickbooksId status }");
  const statuses = Object.fromEntries((nodes ?? []).map(({ quickbooksId, status }) => [quickbooksId, status]));
  expect(statuses).toEqual({ 1: "OVERDUE", 2: "PAID", 3: "PARTIALLY_PAID", 4: "VOIDED" });
});

test("the payload is exact, and for OPERATOR and above only", async () => {
  expect(await one("raw", { role: "OPERATOR" })).toEqual({
    raw: { Id: "10", TotalAmt: "12345678901234567890.12", Line: [1.5] },
  });
  expect(await one("raw docNumber", { role: "VIEWER" })).toEqual({ raw: null, docNumber: "A-1" });
});

test("aliases, fragments, directives and variables select what they say", async () => {
  const source = `
    query ($c: ID!, $yes: Boolean!, $id: ID!) {
      one: invoice(id: $id) { ...Numbers payer: customer { name: displayName } customer { balance { amount } } }
      all: invoices(connectionId: $c) {
        edges { node { number: docNumber ... @include(if: $yes) { ... on MirroredRecord { quickbooksId } } } }
        nodes { ... on Node { id } txnDate @skip(if: $yes) customer @include(if: $yes) { __typename } }
      }
    }
    fragment Numbers on Invoice { docNumber total: totalAmount { ...Amount } balance { amount } }
    fragment Amount on Money { amount }`;
  const { nodes } = await world.list(company, "invoices", "nodes { id }");
  const id = nodes?.[0]?.["id"];
  const answer = await world.ask(company, source, { variables: { c: company.globalId, yes: true, id } });
  expect(answer.errors).toBeUndefined();
  expect(answer.data).toEqual({
    one: {
      docNumber: "A-1",
      total: { amount: "100.5" },
      balance: { amount: "100.5" },
      payer: { name: "Ada's Attic" },
      customer: { balance: { amount: "-0.1" } },
    },
    all: {
      edges: [{ node: { number: "A-1", quickbooksId: "10" } }],
      nodes: [{ id, customer: { __typename: "Customer" } }],
    },
  });
  expect(answer.statements).toBe(2);
});

test("a record is looked up by its id", async () => {
  const { nodes } = await world.list(company, "invoices", "nodes { id }");
  const source = "query ($id: ID!) { invoice(id: $id) { docNumber } customer(id: $id) { displayName } }";
  const answer = await world.ask(company, source, { variables: { id: nodes?.[0]?.["id"] } });
  expect(answer).toEqual({ data: { invoice: { docNumber: "A-1" }, customer: null }, statements: 1 });
  const missing = await world.ask(company, source, { variables: { id: invoiceId } });
  expect(missing).toEqual({ data: { invoice: null, customer: null }, statements: 0 });
});

test("nobody reads without signing in", async () => {
  const { graphql } = await import("graphql");
  const contextValue = { actor: undefined };
  const source = `{ invoices(connectionId: "${company.globalId}") { totalCount } }`;
  const { errors } = await graphql({ schema: world.schema, source, contextValue });
  expect(errors?.[0]?.extensions["code"]).toBe("UNAUTHENTICATED");
});
