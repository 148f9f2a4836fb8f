import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { dataOf } from "../http/client.js";
import { createEditingWorld, type EditingWorld } from "../schema/editing-world.js";
import { begin, bytesOf, csvOf, fetched, linesOf, order, type Ordered, type Values } from "./download.js";

/** What the files of exports hold. */

let world: EditingWorld;
let ndjson: Ordered;
let csv: Ordered;

const dangerous = ["=1+1", "+1 555", "-2", "@SUM(A1)", "\tx", "＝1"];

beforeAll(async () => {
  world = await createEditingWorld();
  const { connectionId, tokens, mirror } = world;
  await mirror("Customer", { Id: "50", DisplayName: 'Say "hi", now', Notes: "one\r\ntwo\nthree", Balance: -2.5 });
  for (const [index, text] of dangerous.entries())
    await mirror("Customer", { Id: `6${index}`, DisplayName: `Number ${index}`, CompanyName: text, Balance: 0 });
  const exact = '{"Id":"70","DisplayName":"Exact","Balance":12345678901234567.12345678}';
  await mirror("Customer", { Id: "71", DisplayName: "Empty", Balance: 0.1 });
  await world.gateway.database.pool.query(
    `INSERT INTO customers SELECT (jsonb_populate_record(c, $1)).* FROM customers c WHERE quickbooks_id = '71'`,
    [
      JSON.stringify({
        id: "3b241101-e2bb-4255-8caf-4136c566a962",
        quickbooks_id: "70",
        balance: "12345678901234567.12345678",
        raw: JSON.parse(exact),
      }),
    ],
  );
  await mirror("Payment", {
    Id: "9",
    TxnDate: "2026-05-02",
    CustomerRef: { value: "1" },
    TotalAmt: 5,
    UnappliedAmt: 5,
  });
  await world.remove("Payment", "9");
  const token = tokens.ADMIN;
  ndjson = await order(world.gateway, "exportData", { token, connectionId, format: "NDJSON" });
  csv = await order(world.gateway, "exportData", { token, connectionId, format: "CSV" });
});

afterAll(() => world.stop());

const download = (ordered: Ordered, name: string) => fetched(world.gateway, ordered.paths[name], world.tokens.ADMIN);
const plurals = () => world.gateway.services.plugins.map(({ name, plural }) => ({ name, plural }));

async function count(table: string): Promise<number> {
  const { rows } = await world.gateway.database.pool.query(`SELECT count(*)::integer AS count FROM ${table}`);
  return z.object({ count: z.number() }).parse(rows[0]).count;
}

test("an export as NDJSON is one file with every record of every entity, and says at its end how many", async () => {
  expect(Object.keys(ndjson.paths)).toEqual(["export.ndjson"]);
  const { rows, end } = linesOf(await download(ndjson, "export.ndjson"));
  const told: Record<string, number> = {};
  for (const { name } of plurals()) {
    const table = world.gateway.services.plugins.find((plugin) => plugin.name === name)?.table ?? "";
    told[name] = await count(table);
    const ids = rows.filter(({ __typename }) => __typename === name).map(({ id }) => id);
    expect({ name, count: new Set(ids).size }).toEqual({ name, count: told[name] });
  }
  const { rows: feed } = await world.gateway.database.pool.query(
    "SELECT max(number)::text AS last FROM entity_changes",
  );
  expect(end).toMatchObject({ records: told, mirrorVersion: z.object({ last: z.string() }).parse(feed[0]).last });
  expect(end["mirror"]).toEqual(plurals().map(({ name }) => ({ type: name, completeUpTo: null, openFailures: 0 })));
  expect(rows).toHaveLength(Object.values(told).reduce((sum, each) => sum + each, 0));
});

test("a record has the id and the values that the API shows, its references by QuickBooks' ids", async () => {
  const { rows } = linesOf(await download(ndjson, "export.ndjson"));
  const query = `query ($c: ID!) { invoices(connectionId: $c, filter: { quickbooksId: { eq: "2" } }) { nodes {
    __typename id quickbooksId syncToken state version mirroredAt docNumber status txnDate dueDate customer { quickbooksId }
    totalAmount { amount currency } lines { position kind amount { amount currency } ... on SalesLine { quantity item { quickbooksId } } } } } }`;
  const variables = { c: world.connectionId };
  const data = await dataOf(world.gateway, query, { token: world.tokens.VIEWER, variables });
  const [shown = {}] = z.object({ nodes: z.array(z.record(z.string(), z.unknown())) }).parse(data["invoices"]).nodes;
  const exported = rows.find(({ id }) => id === shown["id"]);
  const { lines, customer, mirroredAt, ...plain } = shown;
  expect(exported).toMatchObject({ ...plain, customer: "1" });
  expect(customer).toEqual({ quickbooksId: "1" });
  expect(new Date(String(exported?.["mirroredAt"]))).toEqual(new Date(String(mirroredAt)));
  const referring = z.array(z.looseObject({ item: z.object({ quickbooksId: z.string() }).optional() })).parse(lines);
  expect(exported?.["lines"]).toMatchObject(
    referring.map(({ item, ...line }) => ({ ...line, ...(item && { item: item.quickbooksId }) })),
  );
});

test("every declared field is there, and nothing else", async () => {
  const { rows } = linesOf(await download(ndjson, "export.ndjson"));
  const own = [
    "__typename",
    "id",
    "quickbooksId",
    "syncToken",
    "state",
    "createdInQuickBooksAt",
    "updatedInQuickBooksAt",
  ];
  for (const { name, fields, children } of world.gateway.services.plugins) {
    const [row = {}] = rows.filter(({ __typename }) => __typename === name);
    const declared = [...own, "mirroredAt", "version", "staleSince", ...Object.keys(fields), ...Object.keys(children)];
    expect({ name, keys: Object.keys(row).sort() }).toEqual({ name, keys: declared.sort() });
  }
});

test("no digit of an amount is lost, in either format", async () => {
  const { rows } = linesOf(await download(ndjson, "export.ndjson"));
  const amounts = (all: readonly Values[], column: (row: Values) => unknown) =>
    ["70", "71", "50"].map((id) => column(all.find((row) => row["quickbooksId"] === id && isCustomer(row)) ?? {}));
  const isCustomer = (row: Values): boolean => "displayName" in row;
  const expected = ["12345678901234567.12345678", "0.1", "-2.5"];
  expect(amounts(rows, ({ balance }) => z.object({ amount: z.string() }).parse(balance).amount)).toEqual(expected);
  expect(amounts(csvOf(await download(csv, "customers.csv")), (row) => row["balance.amount"])).toEqual(expected);
});

test("a CSV file has its columns' names first, also where it has no rows", async () => {
  const expected = plurals().flatMap(({ name, plural }) => {
    const lists = world.gateway.services.plugins.find((plugin) => plugin.name === name)?.children ?? {};
    return [`${plural}.csv`, ...Object.keys(lists).map((list) => `${plural}.${list}.csv`)];
  });
  expect(Object.keys(csv.paths)).toEqual(expected);
  const components = await download(csv, "items.components.csv");
  expect(components).toBe("recordId,recordQuickbooksId,recordVersion,position,item,quantity\r\n");
  expect((await download(csv, "customers.csv")).split("\r\n")[0]).toMatch(
    /^id,quickbooksId,syncToken,state,.*,businessAddress\.lines,businessAddress\.city,.*,balance\.amount,balance\.currency,/,
  );
});

test("a cell keeps commas, quotes and line breaks, and tells nothing from an empty text", async () => {
  const customers = csvOf(await download(csv, "customers.csv"));
  const one = customers.find(({ quickbooksId }) => quickbooksId === "50");
  expect(one).toMatchObject({ displayName: 'Say "hi", now', notes: "one\r\ntwo\nthree", website: null });
  await world.gateway.database.pool.query("UPDATE customers SET website = '' WHERE quickbooks_id = '50'");
  const again = csvOf(await download(csv, "customers.csv"));
  expect(again.find(({ quickbooksId }) => quickbooksId === "50")).toMatchObject({ website: "" });
});

test("no spreadsheet takes a text for a formula, and a number stays one", async () => {
  const customers = csvOf(await download(csv, "customers.csv"));
  const companies = dangerous.map((_, index) => customers.find(({ quickbooksId }) => quickbooksId === `6${index}`));
  expect(companies.map((row) => row?.["companyName"])).toEqual(dangerous.map((text) => `'${text}`));
  expect(customers.find(({ quickbooksId }) => quickbooksId === "50")?.["balance.amount"]).toBe("-2.5");
});

test("the rows inside records are a file of their own, which names record and version", async () => {
  const lines = csvOf(await download(csv, "invoices.lines.csv"));
  const invoices = csvOf(await download(csv, "invoices.csv"));
  for (const { id, quickbooksId, version } of invoices) {
    const own = lines.filter(({ recordId }) => recordId === id);
    expect(own.map(({ position }) => position)).toEqual(["0", "1", "2"]);
    expect(own[0]).toMatchObject({ recordQuickbooksId: quickbooksId, recordVersion: version, "amount.amount": "200" });
  }
  expect(lines).toHaveLength(3 * invoices.length);
});

test("what is gone from QuickBooks is there with its state, and what waits to be created is not", async () => {
  await world.edit("createCustomer", { connectionId: world.connectionId, fields: { displayName: "Not yet" } });
  const { rows } = linesOf(await download(ndjson, "export.ndjson"));
  expect(rows).toContainEqual(expect.objectContaining({ __typename: "Payment", quickbooksId: "9", state: "DELETED" }));
  expect(rows.filter(({ displayName }) => displayName === "Not yet")).toEqual([]);
});

test("a file is compressed for who asks for that, and says how long it is in its trailer", async () => {
  const path = ndjson.paths["export.ndjson"] ?? "";
  const token = world.tokens.ADMIN;
  const plain = await begin(world.gateway, path, { token });
  const text = (await bytesOf(plain)).toString();
  const zipped = await begin(world.gateway, path, { token, headers: { "accept-encoding": "gzip, deflate" } });
  expect(zipped.headers).toMatchObject({
    "content-encoding": "gzip",
    "content-type": "application/x-ndjson; charset=utf-8",
    "content-disposition": "attachment; filename=export.ndjson",
    "cache-control": "no-store",
  });
  expect(plain.headers["content-encoding"]).toBeUndefined();
  const withoutTime = (file: string): unknown => ({ ...linesOf(file), end: { ...linesOf(file).end, readAt: null } });
  expect(withoutTime(gunzipSync(await bytesOf(zipped)).toString())).toEqual(withoutTime(text));
  for (const answer of [plain, zipped]) {
    expect(answer.trailers).toEqual({ "x-export-lines": String(linesOf(text).rows.length) });
    expect(answer.headers["x-export-mirror-version"]).toBe(linesOf(text).end["mirrorVersion"]);
  }
});

test("only the entities that were asked for are exported, and at least one must be", async () => {
  const { gateway, connectionId, tokens } = world;
  const asked = { token: tokens.ADMIN, connectionId, format: "NDJSON" };
  const one = await order(gateway, "exportData", { ...asked, entities: ["ITEM"] });
  const { rows, end } = linesOf(await download(one, "export.ndjson"));
  expect(new Set(rows.map(({ __typename }) => __typename))).toEqual(new Set(["Item"]));
  expect(end["records"]).toEqual({ Item: 2 });
  const none =
    "mutation ($c: ID!) { exportData(input: { connectionId: $c, format: CSV, entities: [] }) { userErrors { code field } } }";
  const data = await dataOf(gateway, none, { token: tokens.ADMIN, variables: { c: connectionId } });
  expect(data["exportData"]).toEqual({ userErrors: [{ code: "INVALID", field: ["input", "entities"] }] });
});

test("the audit is exported with the names and ids it has in the API, every entry once, in order", async () => {
  const { gateway, tokens } = world;
  const token = tokens.ADMIN;
  const [asNdjson, asCsv] = [
    await order(gateway, "exportAudit", { token, format: "NDJSON" }),
    await order(gateway, "exportAudit", { token, format: "CSV" }),
  ];
  const query = `{ auditEntries(first: 100) { totalCount nodes { __typename id at actorId actor { kind name } action subjectType
    subjectId before after intuitTid requestId } } }`;
  const shown = await dataOf(gateway, query, { token });
  const { nodes } = z
    .object({
      nodes: z.array(z.looseObject({ at: z.string(), actor: z.object({ kind: z.string(), name: z.string() }) })),
    })
    .parse(shown["auditEntries"]);
  const { rows, end } = linesOf(await download(asNdjson, "export.ndjson"));
  const expected = nodes
    .map(({ actor, ...entry }) => ({ ...entry, actorKind: actor.kind, actorName: actor.name }))
    .reverse();
  // The download itself is an entry as well, made before the file is read.
  expect(rows.slice(0, -1).map((row) => ({ ...row, at: new Date(String(row["at"])).toISOString() }))).toEqual(
    expected.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
  );
  expect(rows.at(-1)).toMatchObject({ action: "dataExport.download", subjectId: asNdjson.id });
  expect(end).toMatchObject({ records: { AuditEntry: rows.length }, mirrorVersion: null, mirror: [] });
  const csvRows = csvOf(await download(asCsv, "audit.csv"));
  expect(csvRows.slice(0, -1).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
});
