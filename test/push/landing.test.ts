import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { mirrorDifferences } from "../support/comparing.js";
import { plugins } from "../support/engine.js";
import { inQuickBooks, pushOffice, someId, started, type PushOffice } from "./office.js";

const realmId = "9130000000000000401";
/** What records show where they are read by their ids, as after a push, and not in pages. */
const withoutProperties = plugins.flatMap(({ quickbooks }) => quickbooks.variesByReading);
let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice(realmId);
  await started(office);
});
afterAll(() => office.stop());
afterEach(() => {
  office.simulator.faults.clear();
});

test("an edit lands: QuickBooks holds it, and so does the mirror", async () => {
  const id = someId(office, "Customer");
  const change = await office.update("Customer", id, { companyName: "Fern & Sons" });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED", generation: 0, attempts: 0 });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ CompanyName: "Fern & Sons" });
  const record = await office.record("Customer", await office.recordId("Customer", id));
  expect(record.mapped.row).toMatchObject({ companyName: "Fern & Sons" });
  expect(record.syncToken).toBe(Number(inQuickBooks(office, "Customer", id)?.["SyncToken"]));
});

test("a text that begins like the id of a new record is a text: it is sent, and one that could be such an id is refused", async () => {
  const id = someId(office, "Customer", 3);
  const change = await office.update("Customer", id, { notes: "local: pickup only" });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: "local: pickup only" });
  const notes = "local:6924e5f9-8c9c-48a3-8f11-e98269399952";
  await expect(office.update("Customer", id, { notes })).rejects.toThrow("stands for a new record");
});

test("what QuickBooks takes and makes less of without a word is told with the change", async () => {
  const { RecordReference } = await import("../../src/sync/local-changes/edits.js");
  const { rows } = await office.bench.database.pool.query(
    `SELECT i.id, i.quickbooks_id AS "quickbooksId", c.id AS customer FROM invoices i
     JOIN customers c ON c.connection_id = i.connection_id AND c.quickbooks_id = i.customer_ref
     WHERE i.balance > 5 AND c.state = 'ACTIVE' ORDER BY i.quickbooks_id LIMIT 1`,
  );
  const open = z.object({ id: z.string(), quickbooksId: z.string(), customer: z.string() }).parse(rows[0]);
  office.company.void("Invoice", open.quickbooksId);
  const target = new RecordReference("Invoice", open.id);
  const { id } = await office.create("Payment", {
    customer: new RecordReference("Customer", open.customer),
    totalAmount: "5.00",
    applications: [{ target, targetType: "Invoice", amount: "5.00" }],
  });
  expect(await office.bench.pushed(id)).toMatchObject({
    ...{ status: "PUSHED", errorCode: "TAKEN_OTHERWISE" },
    errorMessage: expect.stringContaining("right after it in: applications."),
  });
});

test("a create lands: the record keeps its id, and gets QuickBooks' own", async () => {
  const { id, recordId } = await office.create("Customer", { displayName: "Nia Oduya" });
  expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED" });
  const { quickbooksId, state } = await office.record("Customer", recordId);
  expect(quickbooksId).toMatch(/^\d+$/);
  expect(state).toBe("ACTIVE");
  expect(inQuickBooks(office, "Customer", quickbooksId)).toMatchObject({ DisplayName: "Nia Oduya" });
});

test("a record that names one which is to be created goes after it, and names it by QuickBooks' id", async () => {
  const { RecordReference } = await import("../../src/sync/local-changes/edits.js");
  const parent = await office.create("Customer", { displayName: "Greenhouse" });
  const child = await office.create("Customer", {
    displayName: "Greenhouse East",
    parent: new RecordReference("Customer", parent.recordId),
  });
  expect(await office.bench.pushed(child.id)).toMatchObject({ status: "PUSHED" });
  const { quickbooksId } = await office.record("Customer", parent.recordId);
  const { quickbooksId: childId } = await office.record("Customer", child.recordId);
  expect(inQuickBooks(office, "Customer", childId)).toMatchObject({ ParentRef: { value: quickbooksId } });
});

test("deactivating and reactivating land; so do voiding and deleting", async () => {
  const { id, recordId } = await office.create("Customer", { displayName: "Short Lived" });
  await office.bench.pushed(id);
  const { quickbooksId } = await office.record("Customer", recordId);
  await office.bench.pushed(await office.end("DEACTIVATE", "Customer", quickbooksId));
  expect(inQuickBooks(office, "Customer", quickbooksId)).toMatchObject({ Active: false });
  expect((await office.record("Customer", recordId)).state).toBe("INACTIVE");
  await office.bench.pushed(await office.end("REACTIVATE", "Customer", quickbooksId));
  expect(inQuickBooks(office, "Customer", quickbooksId)).toMatchObject({ Active: true });

  const [voided, deleted] = [someId(office, "Invoice", 0), someId(office, "Invoice", 1)];
  const [voiding, deleting] = [
    await office.end("VOID", "Invoice", voided),
    await office.end("DELETE", "Invoice", deleted),
  ];
  expect(await office.bench.pushed(voiding)).toMatchObject({ status: "PUSHED" });
  expect(await office.bench.pushed(deleting)).toMatchObject({ status: "PUSHED" });
  expect((await office.record("Invoice", await office.recordId("Invoice", voided))).state).toBe("VOIDED");
  expect((await office.record("Invoice", await office.recordId("Invoice", deleted))).state).toBe("DELETED");
  expect(inQuickBooks(office, "Invoice", deleted)).toBeUndefined();
});

test("what QuickBooks refuses is rejected with its words, and the edit is kept", async () => {
  const id = someId(office, "Customer", 2);
  office.simulator.faults.inject({ kind: "6190", operation: "write" });
  const change = await office.bench.pushed(await office.update("Customer", id, { notes: "kept" }));
  expect(change).toMatchObject({ status: "REJECTED", errorCode: "6190", generation: 1, request: null });
  expect(change.errorIntuitTid).not.toBeNull();
  expect(change.edits["notes"]).toMatchObject({ value: "kept" });
  await office.bench.localChanges.retry(office.bench.actor, change.id);
  expect(await office.bench.pushed(change.id)).toMatchObject({ status: "PUSHED" });
});

test("every push is in the audit, with Intuit's transaction id", async () => {
  const change = await office.update("Customer", someId(office, "Customer", 3), { title: "Dr." });
  await office.bench.pushed(change);
  const rows = await office.bench.database.prisma.auditEntry.findMany({ where: { subjectId: change } });
  expect(rows.find(({ action }) => action === "localChange.push")).toMatchObject({
    actorKind: "SYSTEM",
    after: { status: "PUSHED" },
    intuitTid: expect.any(String),
  });
});

test("F9: own echo: a webhook's read, CDC and a whole reading find nothing new, and no conflict", async () => {
  const id = someId(office, "Customer", 4);
  const recordId = await office.recordId("Customer", id);
  await office.bench.pushed(await office.update("Customer", id, { notes: "echo" }));
  const { version } = await office.record("Customer", recordId);
  expect((await office.bench.incrementalSync(office.connectionId)).status).toBe("SUCCEEDED");
  expect((await office.bench.fullSync(office.connectionId)).status).toBe("SUCCEEDED");
  expect((await office.record("Customer", recordId)).version).toBe(version);
  expect(await office.bench.database.prisma.conflict.count()).toBe(0);
  expect(await mirrorDifferences(office.bench, office.connectionId, realmId, { withoutProperties })).toEqual([]);
});
