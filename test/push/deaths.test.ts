import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { openDatabase } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import type { PushStep } from "../../src/sync/push/context.js";
import { until } from "../support/until.js";
import { inQuickBooks, pushOffice, someId, started, type PushOffice } from "./office.js";

let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice("9130000000000000404");
});
afterAll(() => office.stop());
afterEach(() => {
  office.simulator.faults.clear();
});

/** A process that comes to its end when a step is done: it does no more, and its session is gone. */
async function dyingAt(
  wanted: PushStep,
): Promise<{ readonly died: Promise<void>; readonly bury: () => Promise<void> }> {
  const { pool } = office.bench.database;
  const known = await sessions();
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => (die = resolve));
  const pusher = await started(office, {
    async onStep(step, _change, signal) {
      if (step !== wanted) return;
      const own = (await sessions()).filter((pid) => !known.includes(pid));
      await pool.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS u(pid)", [own]);
      die();
      if (!signal.aborted) await once(signal, "abort");
      signal.throwIfAborted();
    },
  });
  return { died, bury: () => pusher.stop() };
}

/** Those that hold advisory locks for longer than a transaction. */
async function sessions(): Promise<number[]> {
  const { rows } = await office.bench.database.pool.query<{ pid: number }>(
    "SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid AND a.state = 'idle' WHERE l.locktype = 'advisory'",
  );
  return rows.map(({ pid }) => pid);
}

const steps: readonly PushStep[] = ["claimed", "read", "frozen", "sent", "landed", "stored"];

test.each(steps)(
  "F8: a process that dies when an update is %s: another goes on, and it has one effect",
  async (step) => {
    const id = someId(office, "Customer", steps.indexOf(step));
    const { died, bury } = await dyingAt(step);
    const change = await office.update("Customer", id, { notes: `died when ${step}` });
    await died;
    const other = await started(office);
    expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED", generation: 0 });
    expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: `died when ${step}` });
    expect(effectsOf(change)).toBe(1);
    await Promise.all([other.stop(), bury()]);
  },
);

test.each(steps)(
  "F8: a process that dies when a create is %s: one record in QuickBooks, one in the mirror",
  async (step) => {
    const { died, bury } = await dyingAt(step);
    const { id, recordId } = await office.create("Customer", { displayName: `Died when ${step}` });
    await died;
    const other = await started(office);
    expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED", generation: 0 });
    const made = [...office.company.records("Customer")].filter(({ text }) => text.includes(`Died when ${step}`));
    expect(made).toHaveLength(1);
    expect((await office.record("Customer", recordId)).quickbooksId).toBe(made[0]?.id);
    expect(effectsOf(id)).toBe(1);
    await Promise.all([other.stop(), bury()]);
  },
);

test("F8: a process that stood still before it sent, and wakes up when another has gone on, sends nothing", async () => {
  const { pool } = office.bench.database;
  const known = await sessions();
  let wakeUp: () => void = () => undefined;
  const standingStill = new Promise<void>((resolve) => (wakeUp = resolve));
  let stood: () => void = () => undefined;
  const stands = new Promise<void>((resolve) => (stood = resolve));
  const pusher = await started(office, {
    heartbeatMs: 3_600_000,
    async onStep(step) {
      if (step !== "frozen") return;
      stood();
      await standingStill;
    },
  });
  const own = (await sessions()).filter((pid) => !known.includes(pid));
  const { id } = await office.create("Customer", { displayName: "Slow Sleeper" });
  await stands;
  await pool.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS u(pid)", [own]);
  const other = await started(office);
  expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED", generation: 0 });
  wakeUp();
  await pusher.stop();
  await other.stop();
  expect(sendingsOf(id)).toHaveLength(1);
});

test("a pusher that stops in order gives its changes back, and another goes on at once", async () => {
  const held = office.simulator.faults.inject({ kind: "delay-after", delayMs: 1_500, operation: "write" });
  const change = await office.update("Customer", someId(office, "Customer", 9), { notes: "handed over" });
  const pusher = await started(office);
  await until(() => (held.met === 1 ? true : undefined));
  await pusher.stop();
  expect(await office.change(change)).toMatchObject({ status: "UNKNOWN" });
  const other = await started(office);
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED", generation: 0 });
  expect(effectsOf(change)).toBe(1);
  await other.stop();
});

test("a pusher that has stopped looks for nothing, whoever wakes it", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "error", destination: { write: (line: string) => void lines.push(line) } });
  const own = openDatabase(office.bench.database.url, { log });
  const pusher = await started(office, { database: own, log });
  await pusher.stop();
  await own.close();
  pusher.poke();
  await pusher.idle();
  expect(lines).toEqual([]);
});

const sendingsOf = (id: string) =>
  office.writes().filter(({ requestId }) => requestId?.startsWith(id.replaceAll("-", "")) === true);

const effectsOf = (id: string): number =>
  sendingsOf(id).filter(({ status, isReplay }) => status === 200 && !isReplay).length;
