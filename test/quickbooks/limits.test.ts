import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { systemClock } from "../../src/foundation/clock.js";
import { RetryLater } from "../../src/quickbooks/errors.js";
import { createLimiter, type Limiter, type LimiterOptions } from "../../src/quickbooks/limits.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const log = createLog({ level: "silent" });
const open: Limiter[] = [];

let fresh: FreshDatabase;
let database: Database;
let connectionId: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log });
});

afterAll(async () => {
  await Promise.all(open.map((limiter) => limiter.close()));
  await database.close();
  await fresh.drop();
});

beforeEach(() => {
  connectionId = randomUUID();
});

/** Each limiter stands for a process: they share nothing but the database. */
function limiter(settings: Partial<LimiterOptions["settings"]> = {}, options: Partial<LimiterOptions> = {}): Limiter {
  const made = createLimiter({
    database,
    settings: { requestsPerSecond: 10, requestsPerMinute: 450, concurrency: 10, ...settings },
    clock: systemClock,
    log,
    ...options,
  });
  open.push(made);
  return made;
}

async function grants(): Promise<readonly number[]> {
  const { rows } = await database.pool.query<{ at: number }>(
    "SELECT extract(epoch FROM granted_for)::float8 * 1000 AS at FROM api_grants WHERE connection_id = $1 ORDER BY 1",
    [connectionId],
  );
  return rows.map(({ at }) => at);
}

/** Requests granted `agoMs` ago, as if by another process. */
async function grantedBefore(howMany: number, agoMs: number, isFinished = true): Promise<void> {
  await database.pool.query(
    `INSERT INTO api_grants (connection_id, granted_for, finished_at)
     SELECT $1, clock_timestamp() - $2 * interval '1 ms', CASE WHEN $3 THEN clock_timestamp() END FROM generate_series(1, $4)`,
    [connectionId, agoMs, isFinished, howMany],
  );
}

test("no second holds more requests than allowed, over two processes", async () => {
  const processes = [limiter(), limiter()];
  const sentAt: number[] = [];
  const send = async (process: Limiter): Promise<void> => {
    const slot = await process.acquire(connectionId, undefined);
    sentAt.push(performance.now());
    slot.release();
  };
  await Promise.all(processes.flatMap((process) => Array.from({ length: 15 }, () => send(process))));
  sentAt.sort((a, b) => a - b);
  expect(sentAt).toHaveLength(30);
  for (const [index, at] of sentAt.slice(10).entries()) expect(at - (sentAt[index] ?? 0)).toBeGreaterThanOrEqual(1000);
});

test("a request waits until the minute has room", async () => {
  await grantedBefore(450, 60_200);
  const slot = await limiter().acquire(connectionId, undefined);
  expect(slot.waitedMs).toBeGreaterThan(200);
  expect(slot.waitedMs).toBeLessThan(2000);
});

test("a request that would wait too long takes no slot and says when to come back", async () => {
  await grantedBefore(450, 10_000);
  const before = Date.now();
  const refused = await limiter()
    .acquire(connectionId, undefined, { maxWaitMs: 1000 })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RetryLater);
  const waitMs = (refused instanceof RetryLater ? (refused.retryAt?.getTime() ?? 0) : 0) - before;
  expect(waitMs).toBeGreaterThan(45_000);
  expect(waitMs).toBeLessThan(60_000);
  expect(await grants()).toHaveLength(450);
});

test("no more requests are in flight than allowed, and an ended one lets the next go", async () => {
  const first = limiter({ concurrency: 2 });
  const second = limiter({ concurrency: 2 });
  const slots = [await first.acquire(connectionId, undefined), await second.acquire(connectionId, undefined)];
  let isGranted = false;
  const third = first.acquire(connectionId, undefined).then((slot) => {
    isGranted = true;
    return slot;
  });
  await expect(second.acquire(connectionId, undefined, { maxWaitMs: 150 })).rejects.toThrow(RetryLater);
  expect(isGranted).toBe(false);
  slots[1]?.release();
  (await third).release();
  slots[0]?.release();
});

test("requests of a process that died stop counting as in flight", async () => {
  await grantedBefore(2, 131_000, false);
  await grantedBefore(1, 60_600, false);
  const slot = await limiter({ concurrency: 2 }).acquire(connectionId, undefined, { maxWaitMs: 100 });
  slot.release();
});

test("after a 429 every process waits as long as it was told", async () => {
  const until = new Date(Date.now() + 400);
  await limiter().throttle(connectionId, until);
  const other = limiter();
  expect(Math.abs((await other.throttledUntil(connectionId))?.getTime() ?? 0 - until.getTime())).toBeGreaterThan(0);
  const slot = await other.acquire(connectionId, undefined);
  expect(Date.now()).toBeGreaterThanOrEqual(until.getTime() - 5);
  expect(slot.throttledMs).toBeGreaterThan(300);
  expect(await other.throttledUntil(connectionId)).toBeUndefined();
});

test("a shorter throttle never cuts a longer one", async () => {
  const one = limiter();
  await one.throttle(connectionId, new Date(Date.now() + 60_000));
  await one.throttle(connectionId, new Date(Date.now() + 1000));
  expect((await one.throttledUntil(connectionId))?.getTime()).toBeGreaterThan(Date.now() + 50_000);
});

test("a throttle that comes while a request waits for its slot holds that request too", async () => {
  const one = limiter({ requestsPerSecond: 1 });
  (await one.acquire(connectionId, undefined)).release();
  const waiting = one.acquire(connectionId, undefined);
  const until = new Date(Date.now() + 1600);
  await limiter().throttle(connectionId, until);
  (await waiting).release();
  expect(Date.now()).toBeGreaterThanOrEqual(until.getTime() - 5);
});

test("a caller that gives up frees its slot", async () => {
  const one = limiter({ requestsPerSecond: 1 });
  (await one.acquire(connectionId, undefined)).release();
  const controller = new AbortController();
  const waiting = one.acquire(connectionId, controller.signal);
  const outcome = waiting.then(
    () => "granted",
    (error: unknown) => error,
  );
  await waitFor(async () => (await grants()).length === 2);
  controller.abort(new Error("cancelled"));
  expect(await outcome).toEqual(new Error("cancelled"));
  await waitFor(async () => (await grants()).length === 1);
});

test("a request that woke too late is granted anew, so that it cannot crowd the requests after it", async () => {
  let lateBy = 100;
  const one = limiter({}, { monotonicMs: () => performance.now() + (lateBy *= 1.5) });
  const slot = await one.acquire(connectionId, undefined);
  slot.release();
  await one.close();
  expect(await grants()).toHaveLength(1);
});

test("connections do not share their limits", async () => {
  await grantedBefore(450, 1000);
  const slot = await limiter().acquire(randomUUID(), undefined, { maxWaitMs: 50 });
  slot.release();
});

test("grants too old to matter are swept", async () => {
  await grantedBefore(20, 62_000);
  await grantedBefore(3, 132_000, false);
  (await limiter().acquire(connectionId, undefined)).release();
  expect(await grants()).toHaveLength(1);
});

test("an id that is no UUID never reaches the database", async () => {
  await expect(limiter().acquire("' OR 1 = 1 --", undefined)).rejects.toThrow(RangeError);
});

async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
