import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import { localId } from "../../src/sync/local-changes/local-change.js";
import { resyncRecord } from "../../src/sync/recovery/recovery.js";
import { landPending } from "../../src/sync/store/pending-records.js";
import { lockFeed } from "../../src/sync/store/change-feed.js";
import { mirrorDifferences } from "../support/comparing.js";
import { plugins } from "../support/engine.js";
import { until } from "../support/until.js";
import { editingOffice, pluginOf, type Office } from "./office.js";

const realmId = "9130000000000403";
let office: Office;
let service: RecordReference;

beforeAll(async () => {
  office = await editingOffice(realmId);
  const id = [...office.company.records("Item")].find(({ text }) => text.includes('"Type":"Service"'))?.id ?? "";
  service = new RecordReference("Item", await office.idOf("Item", id));
});

afterAll(() => office.stop());

const newCustomer = (displayName: string) => office.create("Customer", { displayName });
const line = () => ({ kind: "SALES", item: service, amount: "5" });
const newInvoice = (customer: string) =>
  office.create("Invoice", { customer: new RecordReference("Customer", customer), lines: [line()] });

async function land(entity: string, recordId: string, quickbooksId: string): Promise<void> {
  const { rows } = await office.bench.database.pool.query<{ epoch: number }>("SELECT epoch FROM connections");
  const mirror = { connectionId: office.connectionId, epoch: rows[0]?.epoch ?? 0 };
  await office.transaction((client) => landPending(client, mirror, pluginOf(entity), recordId, quickbooksId, plugins));
}

const feedOf = async (recordId: string): Promise<string[]> => {
  const { database } = office.bench;
  const changes = await database.prisma.entityChange.findMany({ where: { recordId }, orderBy: { number: "asc" } });
  return changes.map(({ kind }) => kind);
};

test("a new record stands in the mirror before QuickBooks has it", async () => {
  const { recordId } = await newCustomer("Pending");
  const record = await office.record("Customer", recordId);
  expect(record).toMatchObject({ quickbooksId: localId(recordId), state: "ACTIVE", version: 1, syncToken: null });
  expect(record.mapped.row).toMatchObject({ displayName: "Pending" });
  expect(await feedOf(recordId)).toEqual(["CREATED"]);
});

test("F14: where a create lands the change feed is locked last, behind the edits that name it", async () => {
  const { database } = office.bench;
  const customer = await newCustomer("Locked in order");
  const invoice = await newInvoice(customer.recordId);
  const other = await database.pool.connect();
  try {
    await other.query("BEGIN");
    await other.query("SELECT 1 FROM local_changes WHERE id = $1 FOR UPDATE", [invoice.localChangeId]);
    const landing = land("Customer", customer.recordId, "9014");
    await until(async () => {
      const { rows } = await database.pool.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rows.length > 0 || undefined;
    });
    await other.query("SET LOCAL lock_timeout = '2s'");
    await lockFeed(other, office.connectionId);
    await other.query("COMMIT");
    await landing;
  } finally {
    other.release();
  }
  expect((await office.record("Customer", customer.recordId)).quickbooksId).toBe("9014");
});

test("a new record can be referred to by others, which name it by its QuickBooks id once it has one", async () => {
  const customer = await newCustomer("Named by others");
  const invoice = await newInvoice(customer.recordId);
  const named = await office.record("Invoice", invoice.recordId);
  expect(named.mapped.row["customer"]).toBe(localId(customer.recordId));
  await land("Customer", customer.recordId, "9001");
  const after = await office.record("Invoice", invoice.recordId);
  expect(after.mapped.row["customer"]).toBe("9001");
  expect((await office.change(invoice.localChangeId)).edits["customer"]).toEqual({ base: null, value: "9001" });
  const { rows } = await office.bench.database.pool.query("SELECT customer_ref FROM invoices WHERE id = $1", [
    invoice.recordId,
  ]);
  expect(rows).toEqual([{ customer_ref: "9001" }]);
});

test("a landed record keeps its id for ever, as its next version", async () => {
  const { recordId } = await newCustomer("Landed");
  await land("Customer", recordId, "9002");
  expect(await office.record("Customer", recordId)).toMatchObject({ quickbooksId: "9002", version: 2 });
  expect(await feedOf(recordId)).toEqual(["CREATED", "UPDATED"]);
});

test("F9: a page that brings a landed record first makes no second one", async () => {
  const { recordId } = await newCustomer("Brought first");
  const id = office.company.create("Customer", { DisplayName: "Brought first", Notes: "As QuickBooks has it" });
  await office.sync();
  const brought = await office.idOf("Customer", id);
  expect(brought).not.toBe(recordId);
  await land("Customer", recordId, id);
  expect(await office.idOf("Customer", id)).toBe(recordId);
  expect((await office.record("Customer", recordId)).mapped.row).toMatchObject({ notes: "As QuickBooks has it" });
  expect(await feedOf(brought)).toEqual(["CREATED", "REMOVED"]);
  expect(await wrongCounts()).toEqual([]);
});

/** States whose maintained total is not the number of the rows. */
async function wrongCounts(): Promise<unknown[]> {
  const { rows } = await office.bench.database.pool.query<{ state: string }>(
    `SELECT state, records, kept FROM (SELECT state, count(*)::integer AS records FROM customers GROUP BY state) t
     FULL JOIN (SELECT state, records AS kept FROM mirror_counts WHERE entity = 'Customer' AND records <> 0) c USING (state)
     WHERE records IS DISTINCT FROM kept`,
  );
  return rows;
}

test("a page that brings a record at the very moment of its landing makes no second one", async () => {
  const { recordId } = await newCustomer("At the moment");
  const id = office.company.create("Customer", { DisplayName: "At the moment" });
  await Promise.all([office.sync(), land("Customer", recordId, id)]);
  expect(await office.idOf("Customer", id)).toBe(recordId);
});

test("a new record that is edited before it is sent is shown as it will be", async () => {
  const { recordId, localChangeId } = await newCustomer("Unsent");
  const edited = await office.edit("UPDATE", "Customer", {
    recordId,
    values: { displayName: "Unsent 2", notes: "New" },
  });
  expect(edited.localChangeId).toBe(localChangeId);
  expect(await office.change(localChangeId)).toMatchObject({ operation: "CREATE", status: "PENDING" });
  const record = await office.record("Customer", recordId);
  expect(record).toMatchObject({ version: 2, quickbooksId: localId(recordId) });
  expect(record.mapped.row).toMatchObject({ displayName: "Unsent 2", notes: "New" });
});

test("a new record that is given up is gone, and what names it is rejected and kept", async () => {
  const customer = await newCustomer("Given up");
  const invoice = await newInvoice(customer.recordId);
  await office.changes.cancel(office.bench.actor, customer.localChangeId);
  expect(await office.change(customer.localChangeId)).toMatchObject({ status: "CANCELLED" });
  expect(await office.record("Customer", customer.recordId)).toMatchObject({ state: "DELETED" });
  expect(await wrongCounts()).toEqual([]);
  expect(await feedOf(customer.recordId)).toEqual(["CREATED", "REMOVED"]);
  const dependent = await office.change(invoice.localChangeId);
  expect(dependent).toMatchObject({ status: "REJECTED", errorCode: "DEPENDENCY_CANCELLED" });
  expect(dependent.edits["customer"]).toMatchObject({ value: localId(customer.recordId) });
});

test("deleting a record that was never sent leaves nothing to be sent", async () => {
  const customer = await newCustomer("With a bill");
  const invoice = await newInvoice(customer.recordId);
  await office.edit("DELETE", "Invoice", { recordId: invoice.recordId });
  expect(await office.change(invoice.localChangeId)).toMatchObject({ status: "CANCELLED" });
  expect(await office.record("Invoice", invoice.recordId)).toMatchObject({ state: "DELETED" });
});

test("a reference must lead to an active record of its kind in the same company", async () => {
  const item = await office.problems("CREATE", "Invoice", { values: { customer: service, lines: [line()] } });
  expect(item).toEqual([
    expect.objectContaining({ field: "fields.customer", message: expect.stringContaining("Customer") }),
  ]);
  const gone = new RecordReference("Item", "00000000-0000-4000-8000-000000000000");
  const customer = new RecordReference("Customer", (await newCustomer("Has no item")).recordId);
  const found = await office.problems("CREATE", "Invoice", {
    values: { customer, lines: [line(), { ...line(), item: gone }] },
  });
  expect(found).toEqual([expect.objectContaining({ code: "INVALID", field: "fields.lines.1.item" })]);
});

test("what QuickBooks does not have yet is not read again from there", async () => {
  const { recordId } = await newCustomer("Not there");
  const { bench } = office;
  const services = { database: bench.database, runs: bench.runs, plugins };
  await expect(resyncRecord(services, { actor: bench.actor, plugin: pluginOf("Customer"), recordId })).rejects.toThrow(
    "not in QuickBooks yet",
  );
});

test("neither a full sync nor a verification takes pending records for lost or drifted ones", async () => {
  const other = await editingOffice("9130000000000404", 40);
  try {
    const { recordId } = await other.create("Customer", { displayName: "Stays" });
    const pool = other.bench.database.pool;
    await pool.query("UPDATE connections SET status = 'CONNECTED'");
    const full = await other.bench.fullSync(other.connectionId);
    expect(full.status).toBe("SUCCEEDED");
    await other.sync();
    await pool.query("UPDATE connections SET status = 'CONNECTED'");
    const { run } = await other.bench.runs.start({
      ...{ actor: other.bench.actor, connectionId: other.connectionId, mode: "VERIFY", dryRun: false },
    });
    expect((await other.bench.ended(run.id)).status).toBe("SUCCEEDED");
    expect(await other.record("Customer", recordId)).toMatchObject({ state: "ACTIVE", version: 1 });
    expect((await pool.query("SELECT * FROM mirror_drift")).rows).toEqual([]);
    expect(await mirrorDifferences(other.bench, other.connectionId, "9130000000000404")).toEqual([]);
  } finally {
    await other.stop();
  }
});
