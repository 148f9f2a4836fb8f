import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { systemClock } from "../../src/foundation/clock.js";
import { createLog } from "../../src/foundation/log.js";
import { createLimiter } from "../../src/quickbooks/limits.js";
import { mirrorDifferences } from "../support/comparing.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const waitMs = 45_000;
let bench: EngineBench;
let realmId: string;
let connectionId: string;
let companies = 0;

beforeAll(async () => {
  bench = await engineBench([]);
});

beforeEach(async () => {
  companies += 1;
  realmId = `913000000000000${companies}`;
  bench.simulator.addCompany({ realmId, seed: `throttled ${companies}`, size: 300 });
  connectionId = await bench.connect(realmId);
});

afterAll(() => bench.stop());

const start = async () =>
  (await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false })).run.id;

const look = (runId: string) => bench.database.prisma.syncRun.findUniqueOrThrow({ where: { id: runId } });

const told = z.object({ run: z.object({ status: z.string(), throttledUntil: z.string().nullable() }) });

/** What the run's stream has told so far of its waiting, in order. */
async function events(runId: string) {
  const rows = await bench.database.prisma.streamEvent.findMany({
    where: { stream: `run:${runId}` },
    orderBy: { number: "asc" },
  });
  return rows.map(({ kind, data }) => ({ kind, ...told.parse(data).run }));
}

const isThrottled = (runId: string) =>
  until(async () => (await events(runId)).find(({ kind }) => kind === "THROTTLED"), waitMs);

test("F12: a run that waits for a 429 says until when, tells it once, and nothing of it is left when it goes on", async () => {
  bench.simulator.switches.retryAfterSeconds = 2;
  bench.simulator.faults.inject({ kind: "429", realmId, entity: "Invoice" });
  const held = bench.simulator.faults.inject({ kind: "hold", realmId, entity: "Payment" });
  const runId = await start();
  const event = await isThrottled(runId);
  const { status, throttledUntil } = await look(runId);
  expect(status).toBe("RUNNING");
  expect(throttledUntil?.toISOString()).toBe(event.throttledUntil);
  await until(async () => (await look(runId)).throttledUntil === null || undefined, waitMs);
  expect(Date.now()).toBeGreaterThanOrEqual(throttledUntil?.getTime() ?? Infinity);
  expect((await look(runId)).status).toBe("RUNNING");
  held.release();
  const { throttledMs, ...ended } = await bench.ended(runId);
  expect(ended).toMatchObject({ status: "SUCCEEDED", attempts: 0, throttledUntil: null });
  expect(throttledMs).toBeGreaterThan(1_000);
  const all = await events(runId);
  expect(all.filter(({ kind }) => kind === "THROTTLED")).toHaveLength(1);
  const after = all.slice(all.findIndex(({ kind }) => kind === "THROTTLED") + 1);
  expect(after.at(0)).toMatchObject({ kind: "PROGRESS" });
  expect(after.at(-1)).toMatchObject({ kind: "FINISHED", throttledUntil: null });
}, 120_000);

test("a run that waits because another process met a 429 says so too", async () => {
  const settings = { requestsPerSecond: 10, requestsPerMinute: 450, concurrency: 10 };
  const log = createLog({ level: "silent" });
  const other = createLimiter({ database: bench.database, settings, clock: systemClock, log });
  const later = new Date(Date.now() + 2_500);
  await other.throttle(connectionId, later);
  const runId = await start();
  const { throttledUntil } = await isThrottled(runId);
  expect(Math.abs(new Date(throttledUntil ?? 0).getTime() - later.getTime())).toBeLessThan(500);
  expect(await bench.ended(runId)).toMatchObject({ status: "SUCCEEDED", throttledUntil: null });
  expect(Date.now()).toBeGreaterThanOrEqual(later.getTime() - 5);
}, 120_000);

test("F12: a run that is put off because QuickBooks goes on throttling tells until when", async () => {
  bench.simulator.switches.retryAfterSeconds = 0;
  bench.simulator.faults.inject({ kind: "429", realmId, entity: "Invoice", times: 5 });
  const runId = await start();
  const { status, throttledUntil } = await isThrottled(runId);
  expect(status).toBe("RUNNING");
  expect(throttledUntil).not.toBeNull();
  expect(await bench.ended(runId)).toMatchObject({ status: "SUCCEEDED", attempts: 1, throttledUntil: null });
  expect(await mirrorDifferences(bench, connectionId, realmId)).toEqual([]);
}, 120_000);
