import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { editingOffice, type Office } from "./office.js";

let office: Office;
let customer: string;

beforeAll(async () => {
  office = await editingOffice("9130000000000401");
  customer = await customerNamed("Edited & Co");
});

afterAll(() => office.stop());

/** A mirrored customer of the name. */
async function customerNamed(name: string): Promise<string> {
  const id = office.company.create("Customer", { DisplayName: name, Notes: "As it was" });
  await office.sync();
  return office.idOf("Customer", id);
}

test("an edit is kept beside the mirror, with the value that it was made over", async () => {
  const { localChangeId, recordId } = await office.edit("UPDATE", "Customer", {
    recordId: customer,
    values: { notes: "Calls on Mondays", title: "" },
  });
  const change = await office.change(localChangeId);
  expect(recordId).toBe(customer);
  expect(change).toMatchObject({ operation: "UPDATE", status: "PENDING", generation: 0, recordId: customer });
  expect(change.edits).toEqual({ notes: { base: "As it was", value: "Calls on Mondays" } });
  expect((await office.record("Customer", customer)).mapped.row).toMatchObject({ notes: "As it was" });
});

test("an edit that changes nothing is accepted, and keeps nothing", async () => {
  const recordId = await customerNamed("Unchanged");
  const outcome = await office.edit("UPDATE", "Customer", { recordId, values: { notes: "As it was" } });
  expect(outcome).toMatchObject({ recordId, localChangeId: null, preview: { fields: [] } });
});

test("everything that is wrong is told at once, by its path", async () => {
  const found = await office.problems("CREATE", "Customer", {
    values: {
      givenName: "x".repeat(101),
      familyName: "tab\there",
      notes: "nul\0",
      title: "half \ud800",
      businessAddress: {
        lines: ["1", "2", "3", "4", "5", "6"],
        city: null,
        region: null,
        postalCode: null,
        country: null,
      },
      balance: "3",
    },
  });
  expect(found.map(({ field }) => field).sort()).toEqual([
    "fields.balance",
    "fields.businessAddress",
    "fields.displayName",
    "fields.familyName",
    "fields.givenName",
    "fields.notes",
    "fields.title",
  ]);
});

test("a field that every record has cannot be cleared", async () => {
  expect(await office.problems("UPDATE", "Customer", { recordId: customer, values: { displayName: "" } })).toEqual([
    expect.objectContaining({ code: "INVALID", field: "fields.displayName" }),
  ]);
});

test("a character that QuickBooks refuses is refused before anything is kept", async () => {
  const found = await office.problems("CREATE", "Customer", { values: { displayName: "A:B" } });
  expect(found).toEqual([expect.objectContaining({ field: "fields.displayName" })]);
  expect(found[0]?.message).toContain('":"');
});

test("a dry run checks everything, shows what would be sent, and keeps nothing", async () => {
  const before = await count();
  const made = await office.edit("CREATE", "Customer", { values: { displayName: "Dry" }, dryRun: true });
  expect(made).toMatchObject({ recordId: null, localChangeId: null });
  expect(made.preview.fields).toContainEqual({
    path: "displayName",
    label: "Display name",
    before: null,
    after: "Dry",
  });
  expect(made.preview.request.body).toMatchObject({ DisplayName: "Dry" });
  const edited = await office.edit("UPDATE", "Customer", {
    ...{ recordId: customer, values: { mobilePhone: "555" }, dryRun: true },
  });
  expect(edited.preview.request.body).toMatchObject({ sparse: true, Mobile: { FreeFormNumber: "555" } });
  expect(await count()).toEqual(before);
});

async function count(): Promise<unknown> {
  const { rows } = await office.bench.database.pool.query(
    "SELECT (SELECT count(*) FROM local_changes) AS changes, (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM audit_entries) AS audit",
  );
  return rows;
}

test("a repeated key gives the same record and the same local change", async () => {
  const values = { displayName: "Once only" };
  const first = await office.edit("CREATE", "Customer", { values, idempotencyKey: "once" });
  const again = await office.edit("CREATE", "Customer", { values, idempotencyKey: "once" });
  expect(again).toEqual(first);
});

test("two requests at once with one key make one record", async () => {
  const values = { displayName: "At once" };
  const both = await Promise.all(
    [1, 2].map(() => office.edit("CREATE", "Customer", { values, idempotencyKey: "at once" })),
  );
  expect(new Set(both.map(({ recordId }) => recordId)).size).toBe(1);
});

test("a key that was used for another edit is refused", async () => {
  await office.edit("CREATE", "Customer", { values: { displayName: "Key A" }, idempotencyKey: "used" });
  const found = await office.problems("CREATE", "Customer", {
    ...{ values: { displayName: "Key B" }, idempotencyKey: "used" },
  });
  expect(found).toEqual([expect.objectContaining({ code: "IDEMPOTENCY_KEY_REUSED", field: "idempotencyKey" })]);
});

test("a version is outdated only where what is edited has changed since", async () => {
  const recordId = await customerNamed("Versioned");
  const { version, quickbooksId } = await office.record("Customer", recordId);
  office.company.change("Customer", quickbooksId, { Notes: "Changed there" });
  await office.sync();
  const edit = { recordId, expectedVersion: version };
  expect(await office.problems("UPDATE", "Customer", { ...edit, values: { notes: "Mine" } })).toEqual([
    expect.objectContaining({
      code: "STALE_VERSION",
      field: "expectedVersion",
      message: expect.stringContaining("Notes"),
    }),
  ]);
  expect(await office.problems("UPDATE", "Customer", { ...edit, values: { title: "Dr" } })).toEqual([]);
});

test("a version that never was is refused", async () => {
  const found = await office.problems("UPDATE", "Customer", {
    ...{ recordId: customer, expectedVersion: 99, values: { title: "Ms" } },
  });
  expect(found).toEqual([expect.objectContaining({ code: "STALE_VERSION" })]);
});

test("what ended in QuickBooks cannot be edited", async () => {
  const id = office.company.create("Invoice", {
    CustomerRef: { value: (await office.record("Customer", customer)).quickbooksId },
    Line: [{ Amount: 5, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: serviceId() } } }],
  });
  await office.sync();
  const recordId = await office.idOf("Invoice", id);
  office.company.delete("Invoice", id);
  await office.sync();
  expect(await office.problems("UPDATE", "Invoice", { recordId, values: { privateNote: "x" } })).toEqual([
    expect.objectContaining({ code: "INVALID", field: "id", message: expect.stringContaining("deleted") }),
  ]);
});

const serviceId = (): string =>
  [...office.company.records("Item")].find(({ text }) => text.includes('"Type":"Service"'))?.id ?? "";

test("edits of a company that is disconnected, or outside its scope, are refused", async () => {
  const { pool } = office.bench.database;
  await pool.query("UPDATE connections SET status = 'DISCONNECTED'");
  expect(await office.problems("UPDATE", "Customer", { recordId: customer, values: { title: "Ms" } })).toEqual([
    expect.objectContaining({ code: "NOT_CONNECTED" }),
  ]);
  await pool.query("UPDATE connections SET status = 'CONNECTED', entities = array_remove(entities, 'Item')");
  const found = await office.problems("CREATE", "Item", { values: { name: "Outside" } });
  await pool.query("UPDATE connections SET status = 'REAUTHORIZATION_REQUIRED', entities = entities || '{Item}'");
  expect(found).toEqual([expect.objectContaining({ code: "INVALID", field: "connectionId" })]);
});

test("nobody edits what is another organization's", async () => {
  const as = { ...office.bench.actor, organizationId: "00000000-0000-4000-8000-000000000000" };
  expect(await office.problems("UPDATE", "Customer", { recordId: customer, values: { title: "Ms" }, as })).toEqual([
    expect.objectContaining({ code: "NOT_FOUND", field: "id" }),
  ]);
});

test("who may only read edits nothing", async () => {
  const as = { ...office.bench.actor, role: "VIEWER" as const };
  await expect(office.edit("UPDATE", "Customer", { recordId: customer, values: {}, as })).rejects.toThrow("OPERATOR");
});

test("an operation that QuickBooks does not have is refused", async () => {
  expect(await office.problems("VOID", "Customer", { recordId: customer })).toEqual([
    expect.objectContaining({ code: "NOT_SUPPORTED" }),
  ]);
});

test("nothing is written into a period whose books are closed", async () => {
  const { pool } = office.bench.database;
  await pool.query("UPDATE connections SET books_closed_until = '2026-06-30'");
  const values = { customer: (await office.record("Customer", customer)).quickbooksId };
  const line = { item: serviceId(), amount: "5", kind: "SALES" };
  const closed = await office.problems("CREATE", "Invoice", {
    values: { ...values, txnDate: "2026-06-30", lines: [line] },
  });
  const open = await office.problems("CREATE", "Invoice", {
    values: { ...values, txnDate: "2026-07-01", lines: [line] },
  });
  await pool.query("UPDATE connections SET books_closed_until = NULL");
  expect(closed).toEqual([
    expect.objectContaining({ field: "fields.txnDate", message: expect.stringContaining("2026-06-30") }),
  ]);
  expect(open).toEqual([]);
});

test("who edits is audited, with what changes", async () => {
  const recordId = await customerNamed("Audited");
  const { localChangeId } = await office.edit("UPDATE", "Customer", { recordId, values: { title: "Prof" } });
  const entries = await office.bench.database.prisma.auditEntry.findMany({ where: { subjectId: localChangeId } });
  expect(entries).toEqual([
    expect.objectContaining({
      action: "localChange.create",
      actorName: "Test",
      after: { operation: "UPDATE", edits: { title: { base: null, value: "Prof" } } },
    }),
  ]);
});
