import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mirrorDifferences } from "../support/comparing.js";
import { plugins } from "../support/engine.js";
import { placesOf } from "../support/everywhere.js";
import { missing } from "../push/office.js";
import { cloudBody } from "../webhooks/bodies.js";
import { openOffice, type Office } from "../webhooks/office.js";
import { type Erasing, startErasing } from "./erasing.js";

/** What becomes of a person's data in a company that goes on being synced. */

const realmId = "9130000000000071";
const planted = ["Quillfeather", "Larkspur Lane", "quill@zanzibar.example", "Moonlit"];
const [name = "", street = "", email = "", note = ""] = planted;

let office: Office;
let erasing: Erasing;
/** QuickBooks' ids of the person's record, a job below it, one below that, and of transactions. */
let person: { readonly customer: string; readonly job: string; readonly deep: string };
let sale: { readonly invoice: string; readonly ofJob: string; readonly payment: string };

beforeEach(async () => {
  office = await openOffice({ realmId, seed: "person", size: 60 });
  erasing = startErasing(office);
  plantInQuickBooks();
  await erasing.sync("INCREMENTAL");
});

afterEach(async () => {
  await erasing.stop();
  await office.bench.stop();
});

const places = () => placesOf(office.bench.database, office.bench.keyRing, planted);

const billed = (customer: string) => ({
  ...{ CustomerRef: { value: customer }, BillAddr: { Line1: street }, BillEmail: { Address: email } },
  ...{ CustomerMemo: { value: `For ${name}` }, PrivateNote: note, Line: office.lines(10) },
});

function plantInQuickBooks(): void {
  const { company } = office;
  const customer = company.create("Customer", {
    ...{ DisplayName: name, GivenName: name, Notes: note, BillAddr: { Line1: street, City: "Zanzibar" } },
    ...{ PrimaryEmailAddr: { Address: email }, CompanyName: `${name} Ltd` },
  });
  const job = company.create("Customer", { DisplayName: "Kitchen", ParentRef: { value: customer } });
  const deep = company.create("Customer", { DisplayName: "Sink", ParentRef: { value: job } });
  person = { customer, job, deep };
  const invoice = company.create("Invoice", billed(customer));
  const ofJob = company.create("Invoice", { CustomerRef: { value: job }, Line: office.lines(10) });
  const payment = company.create("Payment", { CustomerRef: { value: customer }, TotalAmt: 5, PrivateNote: note });
  sale = { invoice, ofJob, payment };
}

async function recordId(table: string, quickbooksId: string): Promise<string> {
  const row = await office.mirrored(table, quickbooksId);
  return typeof row?.["id"] === "string" ? row["id"] : missing(`${table} ${quickbooksId}`);
}

const customers = plugins.find(({ table }) => table === "customers") ?? missing("customers");

async function ask(confirm = person.customer, quickbooksId = person.customer): Promise<string> {
  const { actor, erasures } = office.bench;
  const asked = { actor, connectionId: office.connectionId, plugin: customers, confirm };
  return erasures.erasePerson({ ...asked, recordId: await recordId("customers", quickbooksId) });
}

const erased = async (): Promise<void> => erasing.erased(await ask());

/** The person's data where only accidents and people leave it. */
async function plantHere(): Promise<void> {
  const { database, actor, localChanges } = office.bench;
  const { id: runId } = await database.prisma.syncRun.findFirstOrThrow();
  const failure = `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, code, reason, payload, status, first_seen_at, last_seen_at)
    VALUES ($1, $2, 1, $3, $4, $5, 'INVALID_RECORD', $6, $7, 'DISMISSED', now(), now())`;
  const broken = JSON.stringify({ CustomerRef: { value: person.customer, name } });
  await database.pool.query(failure, [
    randomUUID(),
    office.connectionId,
    runId,
    "Customer",
    person.customer,
    name,
    name,
  ]);
  await database.pool.query(failure, [randomUUID(), office.connectionId, runId, "Invoice", "9999", name, broken]);
  await database.pool.query(
    "INSERT INTO mirror_drift (run_id, connection_id, entity, quickbooks_id, kind, fields) VALUES ($1, $2, $3, $4, 'DIFFERENT', $5)",
    [runId, office.connectionId, "Invoice", sale.invoice, JSON.stringify([{ path: "customerMemo", mirror: name }])],
  );
  const edit = async (entity: string, table: string, quickbooksId: string, values: Record<string, unknown>) => {
    const asked = { actor, operation: "UPDATE", entity, values, dryRun: false } as const;
    const outcome = await localChanges.edit({ ...asked, recordId: await recordId(table, quickbooksId) });
    return outcome.localChangeId ?? missing("local change");
  };
  const changes = [
    await edit("Customer", "customers", person.customer, { notes: `${note} again` }),
    await edit("Invoice", "invoices", sale.invoice, { customerMemo: `${name} again` }),
  ];
  const pusher = office.bench.newPusher();
  await pusher.start();
  for (const id of changes) expect((await office.bench.pushed(id)).status).toBe("PUSHED");
  await pusher.stop();
  await office.tell(cloudBody([office.notice({ name: "Customer", id: person.customer, operation: "Update" })]));
  await office.settled();
}

test("what tells of a person is nowhere in the database after the erasure, in versions and edits as little as in rows", async () => {
  office.company.change("Customer", person.customer, { Notes: `${note} later` });
  office.company.change("Invoice", sale.invoice, { CustomerMemo: { value: `${name} later` } });
  await erasing.sync("INCREMENTAL");
  await plantHere();
  expect(await places()).toEqual(
    expect.arrayContaining([
      ...["public.customers.raw", "public.invoices.raw", "public.payments.raw", "public.record_versions.row"],
      ...["public.local_changes.edits", "public.audit_entries.after", "public.record_failures.payload"],
    ]),
  );
  await erased();
  expect(await places()).toEqual([]);
});

test("the record stays with its balance, and so do the transactions that refer to it", async () => {
  await erased();
  expect(await office.mirrored("customers", person.customer)).toMatchObject({
    ...{ display_name: `Erased customer ${person.customer}`, state: "ACTIVE", notes: null, business_address: null },
    given_name: null,
  });
  expect(await office.mirrored("invoices", sale.invoice)).toMatchObject({
    ...{ customer_ref: person.customer, billing_address: null, bill_email: null, customer_memo: null },
    state: "ACTIVE",
  });
  expect(await office.mirrored("invoices", sale.invoice)).toHaveProperty("total_amount", "10.00000000");
});

test.each([
  ["reads everything", () => erasing.sync("FULL")],
  ["reads what changed", () => erasing.sync("INCREMENTAL")],
  ["verifies and repairs", () => erasing.sync("VERIFY")],
])("the next sync that %s brings nothing of the person back, and finds the mirror complete", async (_name, next) => {
  await erased();
  office.company.change("Customer", person.customer, { Notes: `${note} new`, GivenName: name });
  office.company.change("Invoice", sale.invoice, { CustomerMemo: { value: `${name} new` } });
  office.company.create("Invoice", billed(person.customer));
  const { id: runId } = await next();
  expect(await places()).toEqual([]);
  const progress = await office.bench.database.prisma.syncRunEntity.findMany({ where: { runId } });
  expect(progress.every(({ complete, failed }) => complete && failed === 0)).toBe(true);
  await erasing.sync("INCREMENTAL");
  expect((await erasing.sync("VERIFY", true)).status).toBe("SUCCEEDED");
  const { prisma } = office.bench.database;
  expect(await prisma.mirrorDrift.count({ where: { runId: { not: runId } } })).toBe(0);
  expect(await places()).toEqual([]);
});

test("a notice of the record brings nothing of the person back", async () => {
  await erased();
  office.company.change("Customer", person.customer, { Notes: `${note} told` });
  await office.tell(cloudBody([office.notice({ name: "Customer", id: person.customer, operation: "Update" })]));
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
  expect(await places()).toEqual([]);
});

test("a change of nothing but what is left out makes no version and tells no change", async () => {
  await erased();
  await erasing.sync("FULL");
  const [row, changes] = [
    await office.mirrored("customers", person.customer),
    await office.bench.database.prisma.entityChange.count(),
  ];
  office.company.change("Customer", person.customer, { Notes: `${note} only` });
  await erasing.sync("INCREMENTAL");
  expect(await office.mirrored("customers", person.customer)).toMatchObject({ version: row?.["version"] });
  expect(await office.bench.database.prisma.entityChange.count()).toBe(changes);
});

test("everybody else's records are untouched", async () => {
  const before = await mirrorDifferences(office.bench, office.connectionId, realmId);
  expect(before).toEqual([]);
  await erased();
  const others = await mirrorDifferences(office.bench, office.connectionId, realmId);
  const touched = [person.customer, person.job, person.deep, sale.invoice, sale.ofJob, sale.payment];
  expect(others.filter((each) => !touched.some((id) => each.includes(id)))).toEqual([]);
});

test("followers of the change feed are told to read the records again", async () => {
  const { prisma } = office.bench.database;
  const { number } = await prisma.entityChange.findFirstOrThrow({ orderBy: { number: "desc" } });
  await erased();
  const told = await prisma.entityChange.findMany({ where: { number: { gt: number } } });
  const of = (entity: string, count: number): string[] => Array<string>(count).fill(`UPDATED ${entity}`);
  expect(told.map(({ kind, entity }) => `${kind} ${entity}`).sort()).toEqual([
    ...of("Customer", 3),
    ...of("Invoice", 1),
    ...of("Payment", 1),
  ]);
});

test("an edit that waits has to end first, and afterwards the record is edited no more", async () => {
  const { actor, localChanges } = office.bench;
  const asked = { actor, operation: "UPDATE", entity: "Invoice", dryRun: false } as const;
  const invoice = await recordId("invoices", sale.invoice);
  const { localChangeId } = await localChanges.edit({
    ...asked,
    recordId: invoice,
    values: { billEmail: `b.${email}` },
  });
  await expect(ask()).rejects.toThrow("wait to be sent");
  await localChanges.cancel(actor, localChangeId ?? "");
  await erased();
  expect(await places()).toEqual([]);
  const again = { actor, operation: "UPDATE", entity: "Customer", dryRun: false, values: { notes: note } } as const;
  const id = await recordId("customers", person.customer);
  await expect(localChanges.edit({ ...again, recordId: id })).rejects.toThrow("was erased here");
});

test("what is not confirmed, and what is not about a person, is not erased", async () => {
  await expect(ask("somebody")).rejects.toThrow("quickbooksId");
  const { actor, erasures } = office.bench;
  const plugin = plugins.find(({ table }) => table === "invoices") ?? missing("invoices");
  const asked = { actor, connectionId: office.connectionId, plugin, confirm: sale.invoice };
  const id = await recordId("invoices", sale.invoice);
  await expect(erasures.erasePerson({ ...asked, recordId: id })).rejects.toThrow("not about a person");
  await expect(erasures.erasePerson({ ...asked, recordId: randomUUID() })).rejects.toThrow("no record");
  expect(await office.bench.database.prisma.erasure.count()).toBe(0);
});
