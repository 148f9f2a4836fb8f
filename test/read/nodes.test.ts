import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { decodeId, encodeId } from "../../src/schema/relay.js";
import type { Company } from "./company.js";
import { createWorld, type World } from "./world.js";

let world: World;
let company: Company;
let foreign: Company;
let customer: string;
let item: string;
let foreignCustomer: string;

beforeAll(async () => {
  world = await createWorld();
  company = await world.addCompany();
  foreign = await world.addCompany();
  customer = encodeId("Customer", await company.insert("customers", { quickbooks_id: "1", display_name: "Ada" }));
  item = encodeId(
    "Item",
    await company.insert("items", { quickbooks_id: "1", name: "Chair", type: "SERVICE", state: "DELETED" }),
  );
  foreignCustomer = encodeId(
    "Customer",
    await foreign.insert("customers", { quickbooks_id: "1", display_name: "Eve" }),
  );
});

afterAll(() => world.close());

const nodes = (ids: readonly unknown[], asked = company) =>
  world.ask(
    asked,
    `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on MirroredRecord { quickbooksId } ... on Customer { displayName } ... on Item { name } } }`,
    { variables: { ids } },
  );

test("nodes come in the order of their ids, by one statement per type, whatever their state", async () => {
  const answer = await nodes([item, customer, item]);
  const chair = { __typename: "Item", id: item, quickbooksId: "1", name: "Chair" };
  const ada = { __typename: "Customer", id: customer, quickbooksId: "1", displayName: "Ada" };
  expect(answer).toEqual({ data: { nodes: [chair, ada, chair] }, statements: 2 });
});

test("missing, malformed and foreign ids are answered alike, by null", async () => {
  const uuid = "3b241101-e2bb-4255-8caf-4136c566a962";
  const none = [
    foreignCustomer,
    encodeId("Customer", uuid),
    encodeId("Nothing", uuid),
    encodeId("Customer", uuid.toUpperCase()),
    `${customer}=`,
    uuid,
    "",
    "\0",
  ];
  const answer = await nodes([...none, customer]);
  expect(answer.errors).toBeUndefined();
  expect(answer.data?.["nodes"]).toEqual([...none.map(() => null), expect.objectContaining({ id: customer })]);
  for (const id of none) {
    const single = await world.ask(company, "query ($id: ID!) { node(id: $id) { id } customer(id: $id) { id } }", {
      variables: { id },
    });
    expect(single).toMatchObject({ data: { node: null, customer: null } });
    expect(single.errors).toBeUndefined();
  }
});

test("a node is found alone", async () => {
  const answer = await world.ask(company, "query ($id: ID!) { node(id: $id) { id ... on Customer { displayName } } }", {
    variables: { id: customer },
  });
  expect(answer).toEqual({ data: { node: { id: customer, displayName: "Ada" } }, statements: 1 });
});

test("more than 100 ids are refused", async () => {
  const answer = await nodes(Array.from({ length: 101 }, () => customer));
  expect(answer.errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "ids", reason: "TOO_MANY_IDS" });
});

test("another organization's list is null, and so is one of no connection", async () => {
  const source = "query ($c: ID!) { customers(connectionId: $c) { totalCount nodes { id } } }";
  for (const id of [
    foreign.globalId,
    encodeId("ConnectedCompany", "3b241101-e2bb-4255-8caf-4136c566a962"),
    customer,
    foreign.id,
    "",
  ]) {
    expect(await world.ask(company, source, { variables: { c: id } })).toMatchObject({ data: { customers: null } });
  }
  expect(await world.ask(foreign, source, { variables: { c: foreign.globalId } })).toMatchObject({
    data: { customers: { nodes: [{ id: foreignCustomer }] } },
  });
});

test("a filter by another organization's record matches nothing", async () => {
  await company.insert("invoices", {
    quickbooks_id: "1",
    txn_date: "2026-01-01",
    customer_ref: "1",
    total_amount: "1",
    balance: "1",
  });
  const filter = (id: string) =>
    world.list(company, "invoices", "totalCount", { args: `filter: { customerId: { eq: "${id}" } }` });
  expect(await filter(customer)).toEqual({ totalCount: 1 });
  expect(await filter(foreignCustomer)).toEqual({ totalCount: 0 });
});

test("an id says its type and our own id, and nothing else is one", () => {
  const type = fc.stringMatching(/^[A-Z][A-Za-z]{0,20}$/);
  fc.assert(
    fc.property(type, fc.uuid(), (name, id) => expect(decodeId(encodeId(name, id))).toEqual({ type: name, id })),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      const decoded = decodeId(text);
      return decoded === undefined || encodeId(decoded.type, decoded.id) === text;
    }),
  );
});

test("the registry tells what entities there are and what their fields are good for", async () => {
  const source =
    "{ entityTypes { entity name plural label capabilities fields { path label type filterable orderable editable } } }";
  const types = entityTypes.parse((await world.ask(company, source)).data?.["entityTypes"]);
  expect(types.map(({ entity }) => entity)).toEqual(["ACCOUNT", "CUSTOMER", "INVOICE", "ITEM", "PAYMENT"]);
  const invoice = types.find(({ entity }) => entity === "INVOICE");
  const capabilities = ["READ", "CREATE", "UPDATE", "VOID", "DELETE"];
  expect(invoice).toMatchObject({ name: "Invoice", plural: "invoices", label: "Invoice", capabilities });
  const date = { path: "txnDate", label: "Date", type: "DATE", filterable: true, orderable: true, editable: true };
  expect(invoice?.fields).toContainEqual(date);
  expect(invoice?.fields.map(({ path }) => path)).toEqual(expect.arrayContaining(["state", "lines.quantity"]));
});

const entityTypes = z.array(
  z.looseObject({ entity: z.string(), fields: z.array(z.looseObject({ path: z.string() })) }),
);
