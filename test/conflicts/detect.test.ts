import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { compareRecords } from "../../src/sync/conflicts/detect.js";
import { customer } from "../../src/plugins/customer/index.js";
import { openQueue, type Queue } from "./queue.js";

let queue: Queue;

beforeAll(async () => {
  queue = await openQueue("9130000000000411", "detect");
});

afterEach(() => queue.setPolicies());
afterAll(() => queue.stop());

const progressOf = (runId: string) =>
  queue.bench.database.prisma.syncRunEntity.findFirstOrThrow({ where: { runId, entity: "Customer" } });

test("the same field changed on both sides: the edit waits, and a conflict is in the queue, in the stream and in the run's progress", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "from here" });
  queue.company.change("Customer", quickbooksId, { Notes: "from there" });
  const runId = await queue.sync();
  expect(await queue.change(id)).toMatchObject({
    status: "CONFLICT",
    edits: { notes: { base: null, value: "from here" } },
  });
  const conflict = await queue.conflictOf(id);
  expect(conflict).toMatchObject({
    status: "OPEN",
    kind: "FIELDS",
    version: 1,
    fields: [{ path: "notes", base: null, platform: "from here", quickbooks: "from there" }],
  });
  expect(await queue.events(conflict?.id ?? "")).toEqual(["OPENED"]);
  expect(await progressOf(runId)).toMatchObject({ updated: 1, conflicted: 1 });
});

test("different fields merge, equal values on both sides are settled, and neither opens a conflict", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "the same", website: "http://here.example" });
  queue.company.change("Customer", quickbooksId, { Notes: "the same", Mobile: { FreeFormNumber: "555" } });
  await queue.sync();
  expect(await queue.change(id)).toMatchObject({ status: "PENDING" });
  expect(Object.keys((await queue.change(id)).edits)).toEqual(["website"]);
  queue.company.change("Customer", quickbooksId, { WebAddr: { URI: "http://here.example" } });
  await queue.sync();
  expect(await queue.change(id)).toMatchObject({ status: "PUSHED" });
  expect(await queue.conflictOf(id)).toBeUndefined();
});

test("a later change in QuickBooks renews the open conflict, and opens again what was put aside", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here", title: "Dr" });
  queue.company.change("Customer", quickbooksId, { Notes: "there" });
  await queue.sync();
  const conflictId = (await queue.conflictOf(id))?.id ?? "";
  await queue.conflicts.ignore({ actor: queue.bench.actor, conflictId });
  queue.company.change("Customer", quickbooksId, { Mobile: { FreeFormNumber: "555" } });
  await queue.sync();
  expect(await queue.conflictOf(id)).toMatchObject({ status: "IGNORED", version: 1 });
  queue.company.change("Customer", quickbooksId, { Title: "Prof" });
  await queue.sync();
  expect(await queue.conflictOf(id)).toMatchObject({
    id: conflictId,
    status: "OPEN",
    version: 2,
    fields: [
      { path: "title", since: 2, quickbooks: "Prof" },
      { path: "notes", since: 1, quickbooks: "there" },
    ].sort(({ path: a }, { path: b }) => a.length - b.length || (a < b ? -1 : 1)),
  });
  expect(await queue.events(conflictId)).toEqual(["OPENED", "IGNORED", "UPDATED"]);
});

test("a later edit here renews the open conflict", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  queue.company.change("Customer", quickbooksId, { Notes: "there" });
  await queue.sync();
  expect(await queue.edit("Customer", recordId, { notes: "here, again" })).toBe(id);
  expect(await queue.change(id)).toMatchObject({ status: "CONFLICT" });
  expect(await queue.conflictOf(id)).toMatchObject({
    version: 2,
    fields: [{ path: "notes", platform: "here, again" }],
  });
});

test("a conflict that ceases never vanishes silently: it is SUPERSEDED, with an event, and the edit goes on its way", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer", { DisplayName: "To and fro", Notes: "first" });
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  queue.company.change("Customer", quickbooksId, { Notes: "there" });
  await queue.sync();
  queue.company.change("Customer", quickbooksId, { Notes: "first" });
  await queue.sync();
  const conflict = await queue.conflictOf(id);
  expect(conflict?.status).toBe("SUPERSEDED");
  expect(await queue.events(conflict?.id ?? "")).toEqual(["OPENED", "SUPERSEDED"]);
  expect(await queue.change(id)).toMatchObject({ status: "PENDING" });
});

test("a conflict ends by itself where QuickBooks comes to hold what was edited here", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  queue.company.change("Customer", quickbooksId, { Notes: "there" });
  await queue.sync();
  queue.company.change("Customer", quickbooksId, { Notes: "here" });
  await queue.sync();
  expect(await queue.conflictOf(id)).toMatchObject({ status: "SUPERSEDED" });
  expect(await queue.change(id)).toMatchObject({ status: "PUSHED" });
});

test.each([
  ["QUICKBOOKS_WINS", "CANCELLED", { base: null, value: "here" }],
  ["PLATFORM_WINS", "PENDING", { base: "there", value: "here" }],
] as const)(
  "under %s the same field is decided at once, and the audit says by which policy",
  async (policy, status, notes) => {
    await queue.setPolicies({ policy: "MANUAL_REVIEW" }, { entity: "Customer", field: "notes", policy });
    const { quickbooksId, recordId } = await queue.newRecord("Customer");
    const id = await queue.edit("Customer", recordId, { notes: "here" });
    queue.company.change("Customer", quickbooksId, { Notes: "there" });
    await queue.sync();
    expect(await queue.change(id)).toMatchObject({ status, edits: { notes } });
    expect(await queue.conflictOf(id)).toBeUndefined();
    expect(await queue.audited(id)).toContainEqual({ action: "conflict.decideByPolicy", actor: "Conflict policy" });
  },
);

test("under MANUAL_REVIEW any change of the record in QuickBooks makes the edit wait", async () => {
  await queue.setPolicies({ entity: "Customer", policy: "MANUAL_REVIEW" });
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  queue.company.change("Customer", quickbooksId, { Mobile: { FreeFormNumber: "555" } });
  await queue.sync();
  expect(await queue.conflictOf(id)).toMatchObject({
    fields: [{ path: "notes", quickbooks: null, meanwhile: { mobilePhone: { base: null, value: "555" } } }],
  });
});

test("edited here and deleted there is a conflict of its own kind", async () => {
  const [invoice] = [...queue.company.records("Invoice")];
  const quickbooksId = invoice?.id ?? "";
  const { id: recordId } = await queue.bench.database.prisma.invoice.findFirstOrThrow({
    where: { connectionId: queue.connectionId, quickbooksId },
  });
  const id = await queue.edit("Invoice", recordId, { privateNote: "here" });
  queue.company.delete("Invoice", quickbooksId);
  const runId = await queue.sync();
  expect(await queue.change(id)).toMatchObject({ status: "CONFLICT" });
  expect(await queue.conflictOf(id)).toMatchObject({
    kind: "DELETED_IN_QUICKBOOKS",
    fields: [{ path: "privateNote", platform: "here", quickbooks: null }],
  });
  const progress = await queue.bench.database.prisma.syncRunEntity.findFirstOrThrow({
    where: { runId, entity: "Invoice" },
  });
  expect(progress).toMatchObject({ removed: 1, conflicted: 1 });
});

test("edited here and voided there is a conflict of its own kind; voided on both sides is settled", async () => {
  const [, first, second] = [...queue.company.records("Invoice")].map(({ id }) => id);
  const ours = async (quickbooksId = "") =>
    (
      await queue.bench.database.prisma.invoice.findFirstOrThrow({
        where: { connectionId: queue.connectionId, quickbooksId },
      })
    ).id;
  const edited = await queue.edit("Invoice", await ours(first), { privateNote: "here" });
  const voided = await queue.edit("Invoice", await ours(second), {}, "VOID");
  queue.company.void("Invoice", first ?? "");
  queue.company.void("Invoice", second ?? "");
  await queue.sync();
  expect(await queue.conflictOf(edited)).toMatchObject({ status: "OPEN", kind: "VOIDED_IN_QUICKBOOKS" });
  expect(await queue.change(voided)).toMatchObject({ status: "PUSHED" });
  expect(await queue.conflictOf(voided)).toBeUndefined();
});

test("while the fate of a change is unknown its record is mirrored and not compared", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  const { pool } = queue.bench.database;
  await pool.query("UPDATE local_changes SET status = 'UNKNOWN' WHERE id = $1", [id]);
  const behind = await queue.edit("Customer", recordId, { title: "Dr" });
  queue.company.change("Customer", quickbooksId, { Notes: "there", Title: "Prof" });
  await queue.sync();
  expect(await queue.change(id)).toMatchObject({ status: "UNKNOWN" });
  expect(await queue.change(behind)).toMatchObject({ status: "PENDING" });
  await pool.query("UPDATE local_changes SET status = 'PUSHED' WHERE id = $1", [id]);
  const { database, streams } = queue.bench;
  const mirror = { connectionId: queue.connectionId, epoch: 1 };
  await database.transaction((client) => compareRecords(client, { streams }, mirror, customer, [recordId]));
  expect(await queue.conflictOf(behind)).toMatchObject({ fields: [{ path: "title" }] });
});

test("what was refused is not compared until it waits again", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  await queue.bench.database.pool.query("UPDATE local_changes SET status = 'REJECTED' WHERE id = $1", [id]);
  queue.company.change("Customer", quickbooksId, { Notes: "there" });
  await queue.sync();
  expect(await queue.change(id)).toMatchObject({ status: "REJECTED" });
  expect(await queue.conflictOf(id)).toBeUndefined();
});

test("where nothing waits of a page's records, comparing costs one statement, and what is unchanged costs none", async () => {
  const { recordId } = await queue.newRecord("Customer");
  const { database, streams } = queue.bench;
  const statements = await database.transaction(async (client) => {
    const query = jest.spyOn(client, "query");
    await compareRecords(client, { streams }, { connectionId: queue.connectionId, epoch: 1 }, customer, []);
    const before = query.mock.calls.length;
    await compareRecords(client, { streams }, { connectionId: queue.connectionId, epoch: 1 }, customer, [recordId]);
    const after = query.mock.calls.length;
    query.mockRestore();
    return [before, after];
  });
  expect(statements).toEqual([0, 1]);
});
