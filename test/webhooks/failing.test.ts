import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { until } from "../support/until.js";
import { cloudBody } from "./bodies.js";
import { openOffice, type Office } from "./office.js";

/** What becomes of notices when something goes wrong. */

const realmId = "9130000000000022";
let office: Office;

beforeAll(async () => {
  office = await openOffice({ realmId, seed: "failing", size: 300 });
});

beforeEach(async () => {
  await office.bench.database.prisma.webhookEvent.deleteMany();
  office.bench.simulator.clock.advance(60_000);
});

afterAll(() => office.bench.stop());

const update = (id: string, name = "Customer") => cloudBody([office.notice({ name, id, operation: "Update" })]);

test("a record that QuickBooks cannot give fails alone, is tried again, and is parked until somebody replays it", async () => {
  const [poisoned = "", ...others] = office.ids("Customer", 4);
  office.company.poison("Customer", poisoned);
  office.bench.simulator.faults.inject({ kind: "malformed", path: `customer/${poisoned}`, times: 1_000 });
  for (const id of others) office.company.change("Customer", id, { Notes: "beside poison" });
  await office.tell(
    cloudBody([poisoned, ...others].map((id) => office.notice({ name: "Customer", id, operation: "Update" }))),
  );
  const all = await office.settled();
  expect(all.filter(({ quickbooksId }) => quickbooksId !== poisoned).every(({ status }) => status === "DONE")).toBe(
    true,
  );
  expect(all.find(({ quickbooksId }) => quickbooksId === poisoned)).toMatchObject({
    status: "PARKED",
    attempts: 4,
    reason: expect.any(String),
  });
  expect(await office.mirrored("customers", others[0] ?? "")).toMatchObject({ notes: "beside poison" });
  expect((await office.runs()).at(-1)).toMatchObject({ status: "PARTIAL" });
  // By a query it still cannot be read; by itself it can.
  office.bench.simulator.faults.clear();
  await office.bench.inbox.replay({
    actor: office.bench.actor,
    which: { where: { status: "PARKED" } },
  });
  expect((await office.settled()).every(({ status }) => status === "DONE")).toBe(true);
  office.company.cure("Customer", poisoned);
});

test("a passing failure of QuickBooks is waited out by the run itself, and no notice is lost", async () => {
  const id = office.id("Customer", 5);
  office.company.change("Customer", id, { Notes: "after all" });
  const fault = office.bench.simulator.faults.inject({ kind: "429", entity: "Customer", times: 1 });
  office.bench.simulator.switches.retryAfterSeconds = 1;
  await office.tell(update(id));
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
  office.bench.simulator.switches.retryAfterSeconds = null;
  expect(fault.met).toBe(1);
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "after all" });
});

test("a record that cannot be taken in leaves its notice parked with the reason, and its failure in the list", async () => {
  const id = office.id("Customer", 6);
  const { pool } = office.bench.database;
  office.company.change("Customer", id, { Notes: "too large a number" });
  await pool.query(
    "ALTER TABLE customers ADD CONSTRAINT test_notes CHECK (notes <> 'too large a number' OR 1 / (length(notes) - 18) > 0)",
  );
  await office.tell(update(id));
  const parked = await office.settled();
  await pool.query("ALTER TABLE customers DROP CONSTRAINT test_notes");
  expect(parked).toMatchObject([{ status: "PARKED", reason: expect.stringContaining("could not be taken in") }]);
  expect((await office.mirrored("customers", id))?.["stale_since"]).toBeInstanceOf(Date);
});

test("I6: a death between the commit of a notice and its job costs no more than a sweep", async () => {
  const id = office.id("Customer", 7);
  office.company.change("Customer", id, { Notes: "swept up" });
  await office.tell(update(id));
  await office.settled();
  await office.bench.database.pool.query(
    "UPDATE quickbooks_webhook_events SET status = 'PENDING', received_at = now() - interval '1 hour'",
  );
  office.company.change("Customer", id, { Notes: "swept up again" });
  // Nobody was woken for it: this is the sweep.
  await office.bench.runs.wake();
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "swept up again" });
});

test("I6: notices that a dead worker had claimed are applied by the next, in the same run", async () => {
  const id = office.id("Customer", 8);
  office.company.change("Customer", id, { Notes: "taken over" });
  const runId = randomUUID();
  const { pool } = office.bench.database;
  await pool.query(
    `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at, started_at, lease_owner,
       lease_until, fence)
     SELECT $1, id, epoch, 'RECORDS', 'WEBHOOK', 'RUNNING', entities, now(), now(), 42, now() + interval '1 hour', 3
     FROM connections WHERE id = $2`,
    [runId, office.connectionId],
  );
  await office.bench.inbox.keep(Buffer.from(update(id)));
  await pool.query("UPDATE quickbooks_webhook_events SET status = 'CLAIMED', run_id = $1", [runId]);
  expect(await office.settled()).toMatchObject([{ status: "DONE", runId }]);
  expect(await office.bench.database.prisma.syncRun.findUnique({ where: { id: runId } })).toMatchObject({
    status: "SUCCEEDED",
  });
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "taken over" });
});

test("notices whose run ended without them are tried again by another", async () => {
  const id = office.id("Customer", 9);
  office.company.change("Customer", id, { Notes: "tried again" });
  await office.tell(update(id));
  await office.settled();
  const [run] = await office.runs();
  await office.bench.database.pool.query(
    "UPDATE quickbooks_webhook_events SET status = 'CLAIMED', run_id = $1, attempts = 0",
    [run?.id],
  );
  expect(await office.settled()).toMatchObject([{ status: "DONE", attempts: 1 }]);
});

test("a pause holds notices back, and what waited is applied when it ends", async () => {
  const { prisma } = office.bench.database;
  const where = { id: office.connectionId };
  await prisma.connection.update({ where, data: { isPaused: true } });
  const id = office.id("Customer", 10);
  office.company.change("Customer", id, { Notes: "after the pause" });
  const before = (await office.runs()).length;
  await office.tell(update(id));
  await office.bench.runs.wake();
  await until(async () => (await office.events())[0]?.status === "PENDING" || undefined);
  expect(await office.runs()).toHaveLength(before);
  await prisma.connection.update({ where, data: { isPaused: false } });
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
});

test("what waits when the company is disconnected is ignored, and an entity that left the scope as well", async () => {
  const { prisma } = office.bench.database;
  const where = { id: office.connectionId };
  const { entities } = await prisma.connection.findUniqueOrThrow({ where });
  await prisma.connection.update({ where, data: { isPaused: true } });
  await office.tell(update(office.id("Customer", 11)));
  await prisma.connection.update({ where, data: { isPaused: false, entities: ["Invoice"] } });
  expect(await office.settled()).toMatchObject([{ status: "IGNORED", reason: expect.stringContaining("scope") }]);
  await prisma.connection.update({ where, data: { isPaused: true, entities } });
  await office.tell(update(office.id("Customer", 11)));
  await prisma.connection.update({ where, data: { isPaused: false, status: "DISCONNECTED" } });
  const all = await office.settled();
  await prisma.connection.update({ where, data: { status: "CONNECTED" } });
  expect(all.map(({ status }) => status)).toEqual(["IGNORED", "IGNORED"]);
  expect(all[1]?.reason).toContain("disconnected");
});

test("a transaction dated before the connection's scope is ignored, unless it is mirrored already", async () => {
  const { prisma } = office.bench.database;
  const where = { id: office.connectionId };
  const customer = { value: office.id("Customer", 0) };
  const known = office.company.create("Invoice", {
    CustomerRef: customer,
    TxnDate: "2024-01-02",
    Line: office.lines(4),
  });
  await office.tell(update(known, "Invoice"));
  await office.settled();
  await prisma.connection.update({ where, data: { transactionsSince: new Date("2025-01-01") } });
  const old = office.company.create("Invoice", { CustomerRef: customer, TxnDate: "2024-01-02", Line: office.lines(5) });
  office.company.change("Invoice", known, { PrivateNote: "still followed" });
  await office.tell(update(old, "Invoice"));
  await office.tell(update(known, "Invoice"));
  const told = new Map((await office.settled()).map((event) => [event.quickbooksId, event]));
  await prisma.connection.update({ where, data: { transactionsSince: null } });
  expect(told.get(old)).toMatchObject({ status: "IGNORED", reason: expect.stringContaining("before the first day") });
  expect(await office.mirrored("invoices", old)).toBeUndefined();
  expect(await office.mirrored("invoices", known)).toMatchObject({ private_note: "still followed" });
});

test("no run of notices outlives the connection's authorization", async () => {
  const { bench, connectionId } = office;
  const slow = bench.simulator.faults.inject({ kind: "hold", entity: "Customer", times: 100 });
  await office.tell(update(office.id("Customer", 1)));
  await until(() => slow.met > 0 || undefined);
  const { prisma } = bench.database;
  const where = { id: connectionId };
  await bench.database.transaction(async (client) => {
    await client.query("UPDATE connections SET status = 'DISCONNECTED' WHERE id = $1", [connectionId]);
    await bench.runs.endAll(client, connectionId, bench.actor.organizationId);
  });
  expect((await office.runs()).at(-1)).toMatchObject({ status: "CANCELLED" });
  bench.simulator.faults.clear();
  // The run is over, and what it had claimed is nobody's to apply.
  const all = await until(async () => {
    await bench.runs.wake();
    const events = await office.events();
    return events.every(({ status }) => status === "IGNORED") ? events : undefined;
  });
  expect(all).toHaveLength(1);
  await prisma.connection.update({ where, data: { status: "CONNECTED" } });
});
