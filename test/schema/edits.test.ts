import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { encodeId } from "../../src/schema/relay.js";
import { dataOf, send } from "../http/client.js";
import { createEditingWorld, type EditingWorld, invoicePayload, usd } from "./editing-world.js";

let world: EditingWorld;
const ids = new Map<string, string>();
const id = (name: string): string => ids.get(name) ?? "";

beforeAll(async () => {
  world = await createEditingWorld();
  const named = [
    ...["customers", "accounts"].flatMap((plural) => ["1", "2", "3"].map((number) => [plural, number] as const)),
    ...["items", "invoices"].flatMap((plural) => ["1", "2"].map((number) => [plural, number] as const)),
    ["payments", "1"] as const,
  ];
  for (const [plural, number] of named) ids.set(`${plural} ${number}`, await world.idOf(plural, number));
});

afterAll(() => world.stop());

const errorsOf = async (name: string, input: object) => {
  const { userErrors, localChange } = await world.edit(name, input);
  expect(localChange ?? null).toBeNull();
  return userErrors.map(({ code, field }) => [code, field?.join(".")]);
};

test("a new customer is there at once, without an id of QuickBooks", async () => {
  const { connectionId } = world;
  const made = await world.edit("createCustomer", { connectionId, fields: { displayName: "Dee", notes: "New" } });
  expect(made).toMatchObject({
    userErrors: [],
    record: { quickbooksId: null, state: "ACTIVE", version: 1 },
    localChange: { status: "PENDING", operation: "CREATE" },
    preview: { operation: "CREATE", request: { parameters: {}, body: { DisplayName: "Dee", Notes: "New" } } },
  });
  expect(made.localChange?.fields).toContainEqual({
    path: "displayName",
    label: "Display name",
    before: null,
    after: { text: "Dee", value: "Dee" },
  });
});

test("every operation of every entity makes a local change", async () => {
  const { connectionId } = world;
  const [customerId, itemId] = [id("customers 1"), id("items 1")];
  const steps: readonly (readonly [mutation: string, operation: string, input: object])[] = [
    [
      "createCustomer",
      "CREATE",
      { connectionId, fields: { displayName: "Eve", businessAddress: { lines: ["1 Road"] } } },
    ],
    ["createAccount", "CREATE", { connectionId, fields: { name: "Rent", type: "Expense" } }],
    [
      "createItem",
      "CREATE",
      { connectionId, fields: { name: "Desk", type: "SERVICE", incomeAccountId: id("accounts 1") } },
    ],
    [
      "createInvoice",
      "CREATE",
      { connectionId, fields: { customerId, lines: [{ itemId, quantity: 2, unitPrice: "12.50" }] } },
    ],
    ["createPayment", "CREATE", { connectionId, fields: { customerId, totalAmount: "10" } }],
    ["updateCustomer", "UPDATE", { id: id("customers 2"), fields: { notes: "Pays late" } }],
    ["updateAccount", "UPDATE", { id: id("accounts 2"), fields: { description: "For all days" } }],
    ["updateItem", "UPDATE", { id: itemId, fields: { unitPrice: "60" } }],
    ["updateInvoice", "UPDATE", { id: id("invoices 2"), fields: { privateNote: "Call first" } }],
    ["updatePayment", "UPDATE", { id: id("payments 1"), fields: { referenceNumber: "C-7" } }],
    [
      "applyPayment",
      "UPDATE",
      { id: id("payments 1"), fields: { applications: [{ targetId: id("invoices 2"), amount: "50" }] } },
    ],
    [
      "unapplyPayment",
      "UPDATE",
      { id: id("payments 1"), fields: { applications: [{ targetType: "Invoice", targetQuickbooksId: "2" }] } },
    ],
    ["deactivateCustomer", "DEACTIVATE", { id: id("customers 2") }],
    ["reactivateCustomer", "REACTIVATE", { id: id("customers 3") }],
    ["deactivateAccount", "DEACTIVATE", { id: id("accounts 2") }],
    ["reactivateAccount", "REACTIVATE", { id: id("accounts 3") }],
    ["deactivateItem", "DEACTIVATE", { id: itemId }],
    ["reactivateItem", "REACTIVATE", { id: id("items 2") }],
    ["voidInvoice", "VOID", { id: id("invoices 2") }],
    ["deleteInvoice", "DELETE", { id: id("invoices 1") }],
    ["voidPayment", "VOID", { id: id("payments 1") }],
    ["deletePayment", "DELETE", { id: id("payments 1") }],
  ];
  for (const [mutation, operation, input] of steps) {
    const { userErrors, localChange, record } = await world.edit(mutation, input);
    expect({ mutation, userErrors }).toEqual({ mutation, userErrors: [] });
    expect({ mutation, localChange }).toMatchObject({ mutation, localChange: { operation, status: "PENDING" } });
    expect(record).toBeDefined();
  }
});

test("null clears a field, and what is left out stays", async () => {
  const { edit, mirror, idOf } = world;
  await mirror("Customer", { Id: "10", DisplayName: "Gus", Notes: "Old", Title: "Mr", ...usd, Active: true });
  const customer = await idOf("customers", "10");
  const { localChange, preview } = await edit("updateCustomer", { id: customer, fields: { notes: null } });
  expect(localChange?.fields).toEqual([
    { path: "notes", label: "Notes", before: { text: "Old", value: "Old" }, after: null },
  ]);
  expect(preview?.request).toMatchObject({ body: { Notes: "", sparse: true } });
  expect(preview?.request?.["body"]).not.toHaveProperty("Title");
});

test("an edit that changes nothing makes no local change", async () => {
  const { edit, mirror, idOf } = world;
  await mirror("Customer", { Id: "11", DisplayName: "Hal", Notes: "Old", ...usd, Active: true });
  const input = { id: await idOf("customers", "11"), fields: { notes: "Old" } };
  expect(await edit("updateCustomer", input)).toMatchObject({
    localChange: null,
    userErrors: [],
    preview: { fields: [] },
  });
});

test("a dry run tells what would be sent, and keeps nothing", async () => {
  const { connectionId, edit } = world;
  const count = async () => {
    const query =
      "query ($c: ID!) { localChanges(connectionId: $c) { totalCount } customers(connectionId: $c) { totalCount } }";
    return dataOf(world.gateway, query, { token: world.tokens.VIEWER, variables: { c: connectionId } });
  };
  const before = await count();
  const made = await edit("createCustomer", { connectionId, dryRun: true, fields: { displayName: "Ivy" } });
  expect(made).toMatchObject({
    record: null,
    localChange: null,
    userErrors: [],
    preview: { operation: "CREATE", request: { body: { DisplayName: "Ivy" } } },
  });
  const input = {
    id: id("customers 1"),
    dryRun: true,
    fields: { businessAddress: { lines: ["2 Road"], city: "Ulm" } },
  };
  const changed = await edit("updateCustomer", input);
  expect(changed).toMatchObject({ record: { id: id("customers 1") }, localChange: null });
  expect(changed.preview?.fields).toEqual([
    {
      path: "businessAddress",
      label: "Business address",
      before: null,
      after: {
        text: "2 Road, Ulm",
        value: { lines: ["2 Road"], city: "Ulm", region: null, postalCode: null, country: null },
      },
    },
  ]);
  expect(await count()).toEqual(before);
});

test("the same idempotency key gives the same local change, and no other one", async () => {
  const { connectionId, edit } = world;
  const input = { connectionId, idempotencyKey: "once", fields: { displayName: "Jan" } };
  const [first, again] = [await edit("createCustomer", input), await edit("createCustomer", input)];
  expect(again.localChange?.id).toBe(first.localChange?.id);
  expect(again.record).toEqual(first.record);
  const other = await edit("createCustomer", { ...input, fields: { displayName: "Kai" } });
  expect(other.userErrors).toMatchObject([{ code: "IDEMPOTENCY_KEY_REUSED" }]);
});

test("everything that is wrong is told at once, by the names of the input", async () => {
  const { connectionId } = world;
  const fields = {
    displayName: "a:b",
    title: "x".repeat(17),
    primaryContactEmail: "nobody",
    parentId: id("customers 3"),
  };
  expect(await errorsOf("createCustomer", { connectionId, fields })).toEqual(
    expect.arrayContaining([
      ["INVALID", "input.fields.displayName"],
      ["INVALID", "input.fields.title"],
      ["INVALID", "input.fields.parentId"],
    ]),
  );
  expect(await errorsOf("createCustomer", { connectionId, fields: { displayName: "ADA" } })).toEqual([
    ["INVALID", "input.fields.displayName"],
  ]);
  const invoice = { lines: [{ itemId: id("items 1"), amount: "1.234" }] };
  expect(await errorsOf("createInvoice", { connectionId, fields: invoice })).toEqual(
    expect.arrayContaining([
      ["INVALID", "input.fields.customerId"],
      ["INVALID", "input.fields.lines.0.amount"],
    ]),
  );
  expect(await errorsOf("deactivateCustomer", { id: id("customers 1") })).toEqual([["INVALID", "input.id"]]);
});

test("ids of nothing are NOT_FOUND by the field they stand in, and no error of the operation", async () => {
  const { connectionId } = world;
  const notFound = (field: string) => [["NOT_FOUND", `input.${field}`]];
  expect(await errorsOf("createCustomer", { connectionId: "x", fields: { displayName: "L" } })).toEqual(
    notFound("connectionId"),
  );
  expect(await errorsOf("updateCustomer", { id: id("invoices 1"), fields: {} })).toEqual(notFound("id"));
  expect(await errorsOf("voidInvoice", { id: "nothing" })).toEqual(notFound("id"));
  const fields = { customerId: "x", lines: [{ itemId: id("customers 1") }, { id: "x", description: "y" }] };
  expect(await errorsOf("updateInvoice", { id: id("invoices 1"), fields })).toEqual(
    ["fields.customerId", "fields.lines.0.itemId", "fields.lines.1.id"].flatMap(notFound),
  );
  expect(await errorsOf("createInvoice", { connectionId, fields })).toEqual(
    ["fields.customerId", "fields.lines.0.itemId", "fields.lines.1.id"].flatMap(notFound),
  );
  const nobody = encodeId("Customer", randomUUID());
  expect(await errorsOf("updateInvoice", { id: id("invoices 1"), fields: { customerId: nobody } })).toEqual(
    notFound("fields.customerId"),
  );
  const applications = [{ targetId: "x", amount: "1" }];
  expect(await errorsOf("updatePayment", { id: id("payments 1"), fields: { applications } })).toEqual(
    notFound("fields.applications.0.targetId"),
  );
});

test("a row named by its id keeps what is left out of it, and rows left out are taken away", async () => {
  const { edit, mirror, idOf, gateway, tokens } = world;
  await mirror("Invoice", invoicePayload("20"));
  const invoice = await idOf("invoices", "20");
  const query = "query ($id: ID!) { invoice(id: $id) { lines { id ... on SalesLine { lineId } } } }";
  const data = await dataOf(gateway, query, { token: tokens.VIEWER, variables: { id: invoice } });
  const { lines } = z.object({ lines: z.array(z.object({ id: z.string() })) }).parse(data["invoice"]);
  const first = lines[0]?.id ?? "";
  const input = { id: invoice, fields: { lines: [{ id: first, description: "Stools" }] } };
  const { localChange, userErrors } = await edit("updateInvoice", input);
  expect(userErrors).toEqual([]);
  expect(localChange?.fields).toMatchObject([
    {
      path: "lines",
      label: "Lines",
      before: { text: "2 lines", value: [{ id: first, description: "Chairs 1" }, { description: "Chairs 2" }] },
      after: {
        text: "1 line",
        value: [
          { id: first, description: "Stools", quantity: "2", amount: "200", itemId: id("items 1"), taxCode: "NON" },
        ],
      },
    },
  ]);
});

test("what is given as FieldValue shows it is the same again", async () => {
  const { edit, mirror, idOf } = world;
  await mirror("Invoice", invoicePayload("21"));
  const invoice = await idOf("invoices", "21");
  const fields = { lines: [{ itemId: id("items 1"), quantity: "3", unitPrice: "1.5" }], txnDate: "2026-05-03" };
  const { localChange } = await edit("updateInvoice", { id: invoice, fields });
  const shown = z
    .array(z.object({ path: z.string(), after: z.object({ value: z.unknown() }) }))
    .parse(localChange?.fields)
    .map(({ path, after }) => [path, after.value] as const);
  const again = await edit("updateInvoice", { id: invoice, fields: Object.fromEntries(shown) });
  expect(again).toMatchObject({ userErrors: [], localChange: { id: localChange?.id } });
  expect(again.localChange?.fields).toEqual(localChange?.fields);
});

test("values show amounts with their currency, and references by the record's name", async () => {
  const { connectionId, edit } = world;
  const made = await edit(
    "createPayment",
    {
      connectionId,
      fields: { customerId: id("customers 1"), totalAmount: "10.50", depositToAccountId: id("accounts 2") },
    },
    `localChange { id status operation fields { path label before { text } after { text value record { id entity ... on Account { name } } } } } userErrors { code field message }`,
  );
  const after = new Map(made.localChange?.fields.map(({ path, after: value }) => [path, value]));
  expect(after.get("totalAmount")).toEqual({ text: "10.5 USD", value: "10.5", record: null });
  expect(after.get("depositToAccount")).toEqual({
    text: "Checking",
    value: id("accounts 2"),
    record: { id: id("accounts 2"), entity: "ACCOUNT", name: "Checking" },
  });
});

test("a field that has changed since the version seen is STALE_VERSION, another is not", async () => {
  const { edit, mirror, idOf } = world;
  const customer = { Id: "12", DisplayName: "Mia", Notes: "Old", ...usd, Active: true };
  await mirror("Customer", customer);
  const MetaData = { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime: "2026-02-01T00:00:00Z" };
  await mirror("Customer", { ...customer, Notes: "New", SyncToken: "1", MetaData });
  const seen = { id: await idOf("customers", "12"), expectedVersion: 1 };
  expect(await errorsOf("updateCustomer", { ...seen, fields: { notes: "Mine" } })).toEqual([
    ["STALE_VERSION", expect.any(String)],
  ]);
  expect(await edit("updateCustomer", { ...seen, fields: { title: "Ms" } })).toMatchObject({
    userErrors: [],
    localChange: { status: "PENDING" },
  });
});

test("I10: another firm's records and companies look as if there were none", async () => {
  const { gateway } = world;
  const stranger = await gateway.newFirm();
  const token = await stranger.token("ADMIN");
  const ask = async (query: string) =>
    (await send(gateway, `mutation { ${query} { userErrors { code field } } }`, { token })).data;
  const foreign = (field: unknown) => ({ userErrors: [{ code: "NOT_FOUND", field }] });
  expect(await ask(`updateCustomer(input: { id: "${id("customers 1")}", fields: { notes: "x" } })`)).toEqual({
    updateCustomer: foreign(expect.arrayContaining(["input", "id"])),
  });
  expect(
    await ask(`createCustomer(input: { connectionId: "${world.connectionId}", fields: { displayName: "x" } })`),
  ).toEqual({
    createCustomer: foreign(expect.arrayContaining(["input", "connectionId"])),
  });
  const { localChange } = await world.edit("updateCustomer", { id: id("customers 1"), fields: { suffix: "Jr." } });
  for (const mutation of ["retryLocalChange", "cancelLocalChange"]) {
    expect(await ask(`${mutation}(input: { id: "${localChange?.id ?? ""}" })`)).toEqual({
      [mutation]: foreign(expect.arrayContaining(["input", "id"])),
    });
  }
  const query = "query ($id: ID!) { localChange(id: $id) { id } node(id: $id) { id } localChanges { totalCount } }";
  expect(await dataOf(gateway, query, { token, variables: { id: localChange?.id } })).toEqual({
    localChange: null,
    node: null,
    localChanges: { totalCount: 0 },
  });
});

test("I10: an edit that names another firm's record is answered as one that names nothing", async () => {
  const stranger = await world.gateway.newFirm();
  const connectionId = await world.newCompany(stranger);
  const token = await stranger.token("ADMIN");
  const answerOf = (name: string, input: object) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
    const query = `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { code field message } } }`;
    return dataOf(world.gateway, query, { token, variables: { input } });
  };
  const lines = [{ itemId: id("items 1"), amount: "5" }];
  const noItem = { ...lines[0], itemId: encodeId("Item", randomUUID()) };
  const nothing = { customerId: encodeId("Customer", randomUUID()), lines: [noItem] };
  const foreign = await answerOf("createInvoice", { connectionId, fields: { customerId: id("customers 1"), lines } });
  expect(foreign).toEqual(await answerOf("createInvoice", { connectionId, fields: nothing }));
  expect(foreign).toMatchObject({ createInvoice: { userErrors: [{ code: "NOT_FOUND" }, { code: "NOT_FOUND" }] } });
  const fields = { customerId: "nothing" };
  const unseen = await answerOf("updateInvoice", { id: id("invoices 1"), fields });
  expect(unseen).toEqual(await answerOf("updateInvoice", { id: "nothing", fields }));
  expect(unseen).toMatchObject({ updateInvoice: { userErrors: [{ code: "NOT_FOUND", field: ["input", "id"] }] } });
});

test("the examples of editing do what they say", async () => {
  const { gateway, tokens, connectionId } = world;
  const run = async (name: string, variables: object) =>
    dataOf(gateway, readFileSync(`examples/${name}.graphql`, "utf8"), { token: tokens.OPERATOR, variables });
  const invoice = { connectionId, customerId: id("customers 1"), itemId: id("items 1") };
  expect(await run("create-invoice", invoice)).toMatchObject({
    createInvoice: { record: { quickbooksId: null, totalAmount: { amount: "25" } }, userErrors: [] },
  });
  const fields = { website: "https://example.com" };
  expect(await run("update-customer", { id: id("customers 1"), version: 1, fields })).toMatchObject({
    updateCustomer: { localChange: { status: "PENDING" }, userErrors: [] },
  });
});
