import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { LocalChangeStatus } from "../../src/sync/local-changes/local-change.js";
import { editingOffice, type Office } from "./office.js";

let office: Office;

beforeAll(async () => {
  office = await editingOffice("9130000000000402", 30);
});

afterAll(() => office.stop());

let made = 0;

/** A mirrored customer. */
async function customer(): Promise<string> {
  const id = office.company.create("Customer", { DisplayName: `Folded ${String(++made)}`, Notes: "Old" });
  await office.sync();
  return office.idOf("Customer", id);
}

async function update(recordId: string, values: object): Promise<string | null> {
  return (await office.edit("UPDATE", "Customer", { recordId, values: { ...values } })).localChangeId;
}

const set = (id: string | null, status: LocalChangeStatus) =>
  office.bench.database.pool.query("UPDATE local_changes SET status = $2 WHERE id = $1", [id, status]);

test("edits of a record that are not sent are one change", async () => {
  const recordId = await customer();
  const first = await update(recordId, { notes: "New" });
  expect(await update(recordId, { notes: "Newer", title: "Dr" })).toBe(first);
  expect((await office.change(first)).edits).toEqual({
    notes: { base: "Old", value: "Newer" },
    title: { base: null, value: "Dr" },
  });
});

test("an edit set back to what it was made over disappears, and a change without edits is given up", async () => {
  const recordId = await customer();
  const first = await update(recordId, { notes: "New", title: "Dr" });
  await update(recordId, { title: "" });
  expect((await office.change(first)).edits).toEqual({ notes: { base: "Old", value: "New" } });
  expect(await update(recordId, { notes: "Old" })).toBe(first);
  expect(await office.change(first)).toMatchObject({ status: "CANCELLED" });
});

test("an edit behind one that is being sent is a change of its own, over its value", async () => {
  for (const status of ["PUSHING", "UNKNOWN"] as const) {
    const recordId = await customer();
    const first = await update(recordId, { notes: "Sent" });
    await set(first, status);
    const second = await update(recordId, { notes: "Later" });
    expect(second).not.toBe(first);
    expect((await office.change(second)).edits).toEqual({ notes: { base: "Sent", value: "Later" } });
    expect((await office.change(first)).edits).toEqual({ notes: { base: "Old", value: "Sent" } });
  }
});

test("an edit of what was refused waits to be sent again, under another requestid", async () => {
  const recordId = await customer();
  const first = await update(recordId, { notes: "Refused" });
  await office.bench.database.pool.query(
    `UPDATE local_changes SET status = 'REJECTED', error_code = '6000', request = '{"requestId":"x","parameters":{},"body":"{}","syncToken":0}'
     WHERE id = $1`,
    [first],
  );
  expect(await update(recordId, { notes: "Mended" })).toBe(first);
  expect(await office.change(first)).toMatchObject({
    status: "PENDING",
    generation: 1,
    request: null,
    errorCode: null,
  });
});

test("an edit of what is in conflict leaves it in conflict, over the value that it was made over", async () => {
  const recordId = await customer();
  const { quickbooksId } = await office.record("Customer", recordId);
  const first = await update(recordId, { notes: "Mine" });
  office.company.change("Customer", quickbooksId, { Notes: "Theirs" });
  await office.sync();
  expect(await office.change(first)).toMatchObject({ status: "CONFLICT" });
  expect(await update(recordId, { notes: "Mine after all", title: "Dr" })).toBe(first);
  const change = await office.change(first);
  expect(change.status).toBe("CONFLICT");
  expect(change.edits["notes"]).toEqual({ base: "Old", value: "Mine after all" });
  const conflict = await office.bench.database.prisma.conflict.findFirstOrThrow({
    where: { localChangeId: first ?? "" },
  });
  expect(conflict).toMatchObject({ status: "OPEN", version: 2 });
});

test("deactivating and reactivating before anything is sent leaves nothing to be sent", async () => {
  const recordId = await customer();
  const { localChangeId } = await office.edit("DEACTIVATE", "Customer", { recordId });
  expect((await office.change(localChangeId)).edits).toEqual({ state: { base: "ACTIVE", value: "INACTIVE" } });
  await office.edit("REACTIVATE", "Customer", { recordId });
  expect(await office.change(localChangeId)).toMatchObject({ status: "CANCELLED" });
});

test("deleting gives up what is not sent of the record, and keeps what it was", async () => {
  const invoice = await mirroredInvoice();
  const { localChangeId: edited } = await office.edit("UPDATE", "Invoice", {
    ...{ recordId: invoice, values: { privateNote: "Never sent" } },
  });
  const { localChangeId: deleted } = await office.edit("DELETE", "Invoice", { recordId: invoice });
  expect(await office.change(edited)).toMatchObject({ status: "CANCELLED" });
  const change = await office.change(deleted);
  expect(change).toMatchObject({ operation: "DELETE", status: "PENDING" });
  expect(change.edits).toEqual({ state: { base: "ACTIVE", value: "DELETED" } });
  expect(change.baseContent).toMatchObject({ privateNote: null });
  expect(await office.problems("UPDATE", "Invoice", { recordId: invoice, values: { privateNote: "x" } })).toEqual([
    expect.objectContaining({ field: "id", message: expect.stringContaining("delete") }),
  ]);
});

test("voiding stands behind what is not sent of the record", async () => {
  const invoice = await mirroredInvoice();
  const { localChangeId: edited } = await office.edit("UPDATE", "Invoice", {
    ...{ recordId: invoice, values: { privateNote: "Sent first" } },
  });
  const { localChangeId: voided } = await office.edit("VOID", "Invoice", { recordId: invoice });
  expect(await office.change(edited)).toMatchObject({ status: "PENDING" });
  const change = await office.change(voided);
  expect(change).toMatchObject({ operation: "VOID", status: "PENDING" });
  expect(change.baseContent).toMatchObject({ privateNote: "Sent first" });
});

async function mirroredInvoice(): Promise<string> {
  const service = [...office.company.records("Item")].find(({ text }) => text.includes('"Type":"Service"'))?.id ?? "";
  const id = office.company.create("Invoice", {
    CustomerRef: { value: office.company.create("Customer", { DisplayName: `Billed ${String(++made)}` }) },
    Line: [{ Amount: 5, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: service } } }],
  });
  await office.sync();
  return office.idOf("Invoice", id);
}

test("rows are added to a list and taken out of it", async () => {
  const invoice = await mirroredInvoice();
  const { quickbooksId, mapped } = await office.record("Invoice", invoice);
  const paid = office.company.create("Payment", {
    CustomerRef: { value: String(mapped.row["customer"]) },
    TotalAmt: 5,
  });
  await office.sync();
  const recordId = await office.idOf("Payment", paid);
  const listAction = { verb: "apply", description: "", list: "applications", kind: "ADD" } as const;
  const row = { target: quickbooksId, targetType: "Invoice" };
  const { localChangeId } = await office.edit("UPDATE", "Payment", {
    ...{ recordId, listAction, values: { applications: [{ ...row, amount: "5" }] } },
  });
  expect((await office.change(localChangeId)).edits["applications"]).toMatchObject({
    ...{ base: [], value: [{ ...row, amount: "5" }] },
  });
  const taken = { ...listAction, verb: "unapply", kind: "REMOVE" } as const;
  await office.edit("UPDATE", "Payment", { recordId, listAction: taken, values: { applications: [row] } });
  expect(await office.change(localChangeId)).toMatchObject({ status: "CANCELLED" });
  const found = await office.problems("UPDATE", "Payment", {
    recordId,
    listAction: taken,
    values: { applications: [row] },
  });
  expect(found).toEqual([expect.objectContaining({ field: "fields.applications.0" })]);
});
