import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { systemClock } from "../../src/foundation/clock.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { createConflicts, type Conflicts } from "../../src/sync/conflicts/resolve.js";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import { localId } from "../../src/sync/local-changes/local-change.js";
import { landPending } from "../../src/sync/store/pending-records.js";
import { plugins } from "../support/engine.js";
import { until } from "../support/until.js";
import { editingOffice, missing, pluginOf, type Office } from "./office.js";

/** Edits that name a new record, and what becomes of them when that one is given up. */
let office: Office;
let conflicts: Conflicts;
let service: RecordReference;

beforeAll(async () => {
  office = await editingOffice("9130000000000407");
  const { database, streams } = office.bench;
  conflicts = createConflicts({
    ...{ database, streams, plugins, ids: randomIds, clock: systemClock, log: createLog({ level: "silent" }) },
    wakeWorkers: () => Promise.resolve(),
  });
  const id = [...office.company.records("Item")].find(({ text }) => text.includes('"Type":"Service"'))?.id ?? "";
  service = new RecordReference("Item", await office.idOf("Item", id));
});

afterAll(() => office.stop());

let made = 0;
const newCustomer = () => office.create("Customer", { displayName: `Given up ${String(++made)}` });
const customerRef = (recordId: string) => new RecordReference("Customer", recordId);
const actor = () => office.bench.actor;
const retry = (id: string) => office.changes.retry(actor(), id);
const cancel = (id: string) => office.changes.cancel(actor(), id);

/** A new invoice for a new customer that was given up. */
async function orphaned() {
  const customer = await newCustomer();
  const invoice = await invoiceFor(customer.recordId);
  await cancel(customer.localChangeId);
  return { customer, invoice };
}

const invoiceFor = (customer: string) =>
  office.create("Invoice", { customer: customerRef(customer), lines: [{ kind: "SALES", item: service, amount: "5" }] });

async function land(recordId: string, quickbooksId: string): Promise<void> {
  const mirror = { connectionId: office.connectionId, epoch: 1 };
  await office.transaction((client) =>
    landPending(client, mirror, pluginOf("Customer"), recordId, quickbooksId, plugins),
  );
}

test("what names a record that was given up is not sent again: the field that names it is told, and what to do", async () => {
  const { invoice } = await orphaned();
  await expect(retry(invoice.localChangeId)).rejects.toMatchObject({
    ...{ code: "INVALID", field: "id" },
    message: expect.stringMatching(/^customer: The new customer that this names was given up: .*name another/),
  });
  expect(await office.change(invoice.localChangeId)).toMatchObject({ status: "REJECTED" });
});

test("an edit of what names a record that was given up has to name another", async () => {
  const { invoice } = await orphaned();
  const { recordId } = invoice;
  const other = { privateNote: "Still without one" };
  expect(await office.problems("UPDATE", "Invoice", { recordId, values: other })).toContainEqual(
    expect.objectContaining({ field: "fields.customer", message: expect.stringContaining("name another") }),
  );
  expect(await office.change(invoice.localChangeId)).toMatchObject({ status: "REJECTED" });
  const customer = await newCustomer();
  await office.edit("UPDATE", "Invoice", { recordId, values: { ...other, customer: customerRef(customer.recordId) } });
  const change = await office.change(invoice.localChangeId);
  expect(change).toMatchObject({ status: "PENDING", errorCode: null });
  expect(change.edits["customer"]).toMatchObject({ value: localId(customer.recordId) });
});

test("what names a new record that still waits, refused or not, is sent again", async () => {
  const customer = await newCustomer();
  const invoice = await invoiceFor(customer.recordId);
  const set = "UPDATE local_changes SET status = 'REJECTED' WHERE id = ANY($1)";
  await office.bench.database.pool.query(set, [[customer.localChangeId, invoice.localChangeId]]);
  await retry(invoice.localChangeId);
  expect(await office.change(invoice.localChangeId)).toMatchObject({ status: "PENDING" });
});

test("what is sent again at the moment at which a record that it names is given up is refused after all", async () => {
  const { pool } = office.bench.database;
  const customer = await newCustomer();
  const invoice = await invoiceFor(customer.recordId);
  await pool.query("UPDATE local_changes SET status = 'REJECTED' WHERE id = $1", [invoice.localChangeId]);
  const sender = await pool.connect();
  try {
    await sender.query("BEGIN");
    await sender.query("UPDATE local_changes SET status = 'PENDING' WHERE id = $1", [invoice.localChangeId]);
    const cancelled = cancel(customer.localChangeId);
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    await until(async () => (await pool.query(waiting)).rows.length > 0 || undefined);
    await sender.query("COMMIT");
    await cancelled;
  } finally {
    sender.release();
  }
  expect(await office.change(invoice.localChangeId)).toMatchObject({ errorCode: "DEPENDENCY_CANCELLED" });
});

test("I15: the audit tells who gave up what an edit names", async () => {
  const { invoice } = await orphaned();
  const entries = await office.bench.database.prisma.auditEntry.findMany({
    where: { subjectId: invoice.localChangeId, action: "localChange.reject" },
  });
  expect(entries).toMatchObject([
    {
      ...{ subjectType: "LocalChange", actorName: "Test", before: { status: "PENDING" } },
      after: { status: "REJECTED", errorCode: "DEPENDENCY_CANCELLED" },
    },
  ]);
});

/** A conflict about a parent that was new here, decided for QuickBooks. */
async function decided() {
  const parent = await newCustomer();
  const quickbooksId = office.company.create("Customer", { DisplayName: `Child ${String(++made)}` });
  await office.sync();
  const recordId = await office.idOf("Customer", quickbooksId);
  const edited = { recordId, values: { parent: customerRef(parent.recordId) } };
  const { localChangeId } = await office.edit("UPDATE", "Customer", edited);
  const theirs = office.company.create("Customer", { DisplayName: `Parent ${String(++made)}` });
  office.company.change("Customer", quickbooksId, { ParentRef: { value: theirs } });
  await office.sync();
  const { id } = await office.bench.database.prisma.conflict.findFirstOrThrow({
    where: { localChangeId: localChangeId ?? missing() },
  });
  await conflicts.resolve({ actor: actor(), conflictId: id, default: "QUICKBOOKS" });
  return { parent, conflictId: id, localChangeId };
}

test("a conflict about a new record that has landed since is reopened with the id that QuickBooks gave it", async () => {
  const { parent, conflictId, localChangeId } = await decided();
  await land(parent.recordId, "9407");
  await conflicts.reopen({ actor: actor(), conflictId });
  const { status, edits } = await office.change(localChangeId);
  expect({ status, parent: edits["parent"]?.value }).toEqual({ status: "CONFLICT", parent: "9407" });
});

test("a conflict about a new record that was given up since is not reopened", async () => {
  const { parent, conflictId, localChangeId } = await decided();
  await cancel(parent.localChangeId);
  await expect(conflicts.reopen({ actor: actor(), conflictId })).rejects.toMatchObject({
    ...{ code: "ALREADY_FINISHED", message: expect.stringContaining("was given up") },
  });
  expect(await office.change(localChangeId)).toMatchObject({ status: "CANCELLED" });
});

test("what was decided, or refused, in an earlier life of the company is neither reopened nor sent again", async () => {
  const { pool } = office.bench.database;
  const { conflictId } = await decided();
  const { invoice } = await orphaned();
  const held = await newCustomer();
  await pool.query("UPDATE local_changes SET status = 'CONFLICT' WHERE id = $1", [held.localChangeId]);
  await pool.query("UPDATE connections SET epoch = epoch + 1");
  try {
    const message = expect.stringContaining("begun anew");
    await expect(conflicts.reopen({ actor: actor(), conflictId })).rejects.toMatchObject({ message });
    await expect(retry(invoice.localChangeId)).rejects.toMatchObject({ message });
    await expect(retry(held.localChangeId)).rejects.toMatchObject({ message });
  } finally {
    await pool.query("UPDATE connections SET epoch = epoch - 1");
  }
});

const paths = z.object({ message: z.string() });

test("I9: a refused edit of what was edited again since is not sent over that", async () => {
  const quickbooksId = office.company.create("Customer", { DisplayName: `Twice ${String(++made)}`, Notes: "Old" });
  await office.sync();
  const recordId = await office.idOf("Customer", quickbooksId);
  const { pool } = office.bench.database;
  const set = (id: string | null, status: string) =>
    pool.query('UPDATE local_changes SET status = $2::"LocalChangeStatus" WHERE id = $1', [id, status]);
  const first = await office.edit("UPDATE", "Customer", { recordId, values: { notes: "First", title: "Dr" } });
  await set(first.localChangeId, "PUSHING");
  const later = await office.edit("UPDATE", "Customer", { recordId, values: { notes: "Later" } });
  expect(later.localChangeId).not.toBe(first.localChangeId);
  await set(first.localChangeId, "REJECTED");
  const id = first.localChangeId ?? missing();
  const { message } = await retry(id).then(() => missing("refusal"), paths.parse);
  expect(message).toContain("notes");
  expect(message).not.toContain("title");
  expect(await office.change(id)).toMatchObject({ status: "REJECTED" });
  await cancel(later.localChangeId ?? missing());
  await retry(id);
  expect(await office.change(id)).toMatchObject({ status: "PENDING" });
});
