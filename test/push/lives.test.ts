import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { createLog } from "../../src/foundation/log.js";
import { RunStopped } from "../../src/quickbooks/errors.js";
import { renewLeases } from "../../src/sync/push/claim.js";
import { until } from "../support/until.js";
import { inQuickBooks, pushOffice, someId, started, type PushOffice } from "./office.js";

let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice("9130000000000000405");
});
afterAll(() => office.stop());
afterEach(() => {
  office.simulator.faults.clear();
});

const query = (text: string, values: unknown[] = []) => office.bench.database.pool.query(text, values);

test("I12: what was read for an earlier life of the company is not written: it was told as gone", async () => {
  const id = someId(office, "Customer", 3);
  const recordId = await office.recordId("Customer", id);
  const held = office.simulator.faults.inject({ kind: "hold", operation: "read", entity: "Customer" });
  const change = await office.update("Customer", id, { title: "Dr" });
  office.company.change("Customer", id, { Notes: "read too late" });
  const before = await office.record("Customer", recordId);
  const pusher = await started(office);
  await until(() => held.met === 1 || undefined);
  await query("UPDATE connections SET epoch = epoch + 1");
  held.release();
  const ended = await until(async () => {
    pusher.poke();
    const now = await office.change(change);
    return now.status === "REJECTED" ? now : undefined;
  });
  await pusher.stop();
  await query("UPDATE connections SET epoch = epoch - 1");
  expect(ended).toMatchObject({ errorCode: "COMPANY_RESET" });
  const { rows: audited } = await query("SELECT * FROM audit_entries WHERE subject_id = $1 ORDER BY at DESC LIMIT 1", [
    change,
  ]);
  expect(audited).toMatchObject([{ action: "localChange.reject", subject_type: "LocalChange", actor_kind: "SYSTEM" }]);
  expect((await office.record("Customer", recordId)).version).toBe(before.version);
});

test("company reset: what was frozen before it never reaches the new life, where its id names another record", async () => {
  const realmId = "9130000000000406";
  const own = await pushOffice(realmId, { size: 60 });
  const id = someId(own, "Customer");
  const change = await own.update("Customer", id, { notes: "of the earlier life" });
  const pusher = await started(own, {
    onStep: async (step) => {
      if (step !== "frozen") return;
      own.simulator.clock.advance(60_000);
      own.company.reset();
      while (inQuickBooks(own, "Customer", id) === undefined) newCustomer(own);
      await own.bench.authorizeAgain(own.connectionId, realmId);
    },
  });
  expect(await own.bench.pushed(change)).toMatchObject({ status: "REJECTED", errorCode: "COMPANY_RESET" });
  await pusher.stop();
  expect(own.writes()).toEqual([]);
  await own.stop();
});

const newCustomer = ({ company }: PushOffice): string =>
  company.create("Customer", { DisplayName: `New life ${[...company.records("Customer")].length}` });

test("after a reset QuickBooks takes no writes before the company is connected again: they wait, and the reset is sought once", async () => {
  office.simulator.faults.inject({ kind: "10200", operation: "write", times: 3 });
  const { id } = await office.create("Account", { name: "Waits for a new consent", type: "Expense" });
  const sought = async () => (await query("SELECT 1 FROM quickbooks_syncs WHERE mode = 'INCREMENTAL'")).rows.length;
  const isRead = async () =>
    (await query("SELECT 1 FROM quickbooks_syncs WHERE finished_at IS NULL")).rows.length === 0;
  const pusher = await started(office, {
    onStep: async (step) => {
      // The company is looked at before it is tried again.
      if (step === "frozen") await until(async () => (await isRead()) || undefined);
    },
  });
  const change = await office.bench.pushed(id);
  await pusher.stop();
  expect(change).toMatchObject({ status: "PUSHED", generation: 3 });
  expect(await sought()).toBe(1);
});

test("I8: what was throttled goes out as another request, for edits may have joined it", async () => {
  const customer = someId(office, "Customer", 4);
  office.simulator.switches.retryAfterSeconds = 0.01;
  office.simulator.faults.inject({ kind: "429", operation: "write", times: 1_000 });
  const id = await office.update("Customer", customer, { notes: "first" });
  const pusher = await started(office);
  await until(async () => (await office.change(id)).attempts > 0 || undefined);
  expect(await office.change(id)).toMatchObject({ generation: 1, request: null });
  await pusher.stop();
  office.simulator.faults.clear();
  await query("UPDATE api_limits SET throttled_until = NULL");
  expect(await office.update("Customer", customer, { notes: "second" })).toBe(id);
  const other = await started(office);
  expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED" });
  await other.stop();
  const part = id.replaceAll("-", "");
  const [write] = office.writes("Customer").filter(({ requestId }) => requestId?.startsWith(part) === true);
  expect(write?.requestId).not.toBe(`${part}-0`);
});

test("what was taken over while it failed is no failure of the one that had it", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "error", destination: { write: (line: string) => void lines.push(line) } });
  const change = await office.update("Customer", someId(office, "Customer", 5), { notes: "taken over" });
  const pusher = await started(office, {
    log,
    onStep: async (step, { id, fence }) => {
      if (step !== "frozen" || fence > 1) return;
      await query("UPDATE local_changes SET fence = fence + 1, lease_owner = NULL WHERE id = $1", [id]);
      throw new Error("It fails at that moment.");
    },
  });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  await pusher.stop();
  expect(lines).toEqual([]);
});

test("a request without an answer for so long that it is not sent any more counts as one whose answer was lost", async () => {
  office.simulator.faults.inject({ kind: "hold-after", operation: "write" });
  const change = await office.update("Customer", someId(office, "Customer", 6), { notes: "held for long" });
  const pusher = await started(office, {
    pace: { windowMs: 300, cutOffMs: 60_000, delayMs: 10, longestDelayMs: 10 },
  });
  const unknown = await until(async () => {
    const now = await office.change(change);
    return now.status === "UNKNOWN" ? now : undefined;
  });
  await pusher.stop();
  expect(unknown).toMatchObject({
    errorCode: "ANSWER_LOST",
    errorMessage: expect.stringContaining("not sent any more"),
  });
  await query("DELETE FROM local_changes WHERE id = $1", [change]);
});

test("renewing a claim waits for nobody who works on the change", async () => {
  const { database } = office.bench;
  const change = await office.update("Customer", someId(office, "Customer", 7), { notes: "claimed" });
  await query("UPDATE local_changes SET lease_owner = 7, lease_until = now() WHERE id = $1", [change]);
  const client = await database.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM local_changes WHERE id = $1 FOR UPDATE", [change]);
    expect(await renewLeases(database, 7n, [change])).toEqual(new Set([change]));
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
});

test("what waits of a company of another environment takes no lane, and goes out once that is put right", async () => {
  const change = await office.update("Customer", someId(office, "Customer", 8), { notes: "from elsewhere" });
  const { fence } = await office.change(change);
  await query("UPDATE connections SET environment = 'PRODUCTION'");
  const pusher = await started(office);
  await pusher.idle();
  expect(await office.change(change)).toMatchObject({ status: "PENDING", fence, errorCode: null });
  await query("UPDATE connections SET environment = 'SIMULATOR'");
  pusher.poke();
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  await pusher.stop();
});

test("a change whose company cannot be called gives its lane back at once, and tells why it waits", async () => {
  const change = await office.update("Customer", someId(office, "Customer", 9), { notes: "not callable" });
  const refused = new RunStopped("This company is not connected. Connect it again.", "NOT_CONNECTED");
  const stuck = await started(office, { quickbooks: { for: () => Promise.reject(refused) } });
  const leased = "SELECT 1 FROM local_changes WHERE id = $1 AND lease_owner IS NOT NULL";
  const waiting = await until(async () => {
    const now = await office.change(change);
    return now.attempts > 0 && (await query(leased, [change])).rows.length === 0 ? now : undefined;
  }, 10_000);
  await stuck.stop();
  expect(waiting).toMatchObject({ status: "PENDING", errorCode: "NOT_CONNECTED", errorMessage: refused.message });
  const pusher = await started(office);
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  await pusher.stop();
});

test("what PostgreSQL ends to undo a deadlock while a change is pushed is no failure of that change", async () => {
  const customer = someId(office, "Customer", 10);
  const change = await office.update("Customer", customer, { notes: "in a circle" });
  const recordId = await office.recordId("Customer", customer);
  const other = await office.bench.database.pool.connect();
  try {
    const pusher = await started(office, {
      onStep: async (step) => {
        if (step !== "read") return;
        // The pusher is to be the one that is ended.
        await other.query("BEGIN; SET LOCAL deadlock_timeout = '1min'");
        await other.query("SELECT 1 FROM local_changes WHERE id = $1 FOR UPDATE", [change]);
      },
    });
    await until(async () => (await lockWaits()) > 0 || undefined);
    await other.query("SELECT 1 FROM customers WHERE id = $1 FOR UPDATE", [recordId]);
    await other.query("COMMIT");
    expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED", attempts: 0 });
    await pusher.stop();
  } finally {
    other.release();
  }
});

async function lockWaits(): Promise<number> {
  const { rows } = await query(
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
  );
  return rows.length;
}
