import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { catchUpMissed } from "../../src/sync/schedule/missed-notices.js";
import { newWorld, type World } from "./world.js";

const minute = 60_000;
const hour = 60 * minute;
const now = new Date("2026-11-22T12:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
const tomorrow = later(24 * hour);

let world: World;

beforeAll(async () => {
  world = await newWorld();
});

afterEach(async () => {
  const { prisma } = world.database;
  await prisma.gatewayFact.deleteMany();
  await prisma.webhookEvent.deleteMany();
  await prisma.syncRun.deleteMany();
  await prisma.connection.deleteMany();
});

afterAll(() => world.stop());

/** A process that takes webhooks says so. */
const beat = (at: Date, hasReadsLeft = true): Promise<number> =>
  catchUpMissed({
    database: world.database,
    environment: "SIMULATOR",
    usage: { hasReadsLeft: () => Promise.resolve(hasReadsLeft) },
    clock: { now: () => at },
    log: world.log,
  });

const next = async (id: string) =>
  (await world.database.prisma.connection.findUniqueOrThrow({ where: { id } })).nextSyncAt;

async function notice(connectionId: string, receivedAt: Date): Promise<void> {
  await world.database.prisma.webhookEvent.create({
    data: {
      id: randomUUID(),
      environment: "SIMULATOR",
      connectionId,
      type: "Customer",
      operation: "Update",
      receivedAt,
      nextAttemptAt: receivedAt,
      status: "DONE",
      payload: "{}",
    },
  });
}

async function wholeRun(connectionId: string, queuedAt: Date): Promise<void> {
  await world.database.prisma.syncRun.create({
    data: {
      id: randomUUID(),
      connectionId,
      epoch: 1,
      mode: "INCREMENTAL",
      trigger: "SCHEDULE",
      status: "SUCCEEDED",
      queuedAt,
    },
  });
}

test("after an outage of ours every company is read soon, spread over minutes, and each once", async () => {
  const ids = await Promise.all([1, 2, 3, 4].map(() => world.newConnection({ nextSyncAt: tomorrow })));
  await beat(later(-3 * minute));
  expect(await beat(now)).toBe(4);
  const times = await Promise.all(ids.map(next));
  for (const time of times) {
    expect(time?.getTime()).toBeGreaterThanOrEqual(now.getTime());
    expect(time?.getTime()).toBeLessThanOrEqual(later(10 * minute).getTime());
  }
  expect(new Set(times.map((time) => time?.getTime())).size).toBe(4);
  expect(await world.sweep(later(10 * minute))).toBe(4);
  expect(await beat(later(15_000))).toBe(0);
});

test("a restart, a first start and the beats of another process bring nothing forward", async () => {
  const id = await world.newConnection({ nextSyncAt: tomorrow });
  expect(await beat(later(-minute))).toBe(0);
  expect(await beat(now)).toBe(0);
  expect(await beat(later(-minute))).toBe(0);
  expect(await beat(later(90_000))).toBe(0);
  expect(await next(id)).toEqual(tomorrow);
});

test("an outage leaves alone what is paused, disconnected, of another environment, or due earlier", async () => {
  const given = [{ isPaused: true }, { status: "DISCONNECTED" }, { environment: "PRODUCTION" }];
  const ids = await Promise.all(given.map((each) => world.newConnection({ nextSyncAt: tomorrow, ...each })));
  const sooner = await world.newConnection({ nextSyncAt: later(-1) });
  await beat(later(-hour));
  expect(await beat(now)).toBe(0);
  for (const id of ids) expect(await next(id)).toEqual(tomorrow);
  expect(await next(sooner)).toEqual(later(-1));
});

test("a company whose notices have ceased for twelve hours is read, once in twelve hours", async () => {
  const id = await world.newConnection({ nextSyncAt: tomorrow });
  await notice(id, later(-13 * hour));
  expect(await beat(now)).toBe(1);
  expect(await next(id)).toEqual(now);
  expect(await world.sweep(now)).toBe(1);
  await world.database.prisma.syncRun.updateMany({ data: { queuedAt: now, status: "SUCCEEDED" } });
  expect(await beat(later(minute))).toBe(0);
});

test("who was told of lately, was read lately, or never sends notices, is not read for its silence", async () => {
  const [heard, read, never, longAgo] = await Promise.all(
    [1, 2, 3, 4].map(() => world.newConnection({ nextSyncAt: tomorrow })),
  );
  if (heard === undefined || read === undefined || never === undefined || longAgo === undefined) throw new Error();
  await notice(heard, later(-13 * hour));
  await notice(heard, later(-hour));
  await notice(read, later(-13 * hour));
  await wholeRun(read, later(-2 * hour));
  await notice(longAgo, later(-31 * 24 * hour));
  expect(await beat(now)).toBe(0);
});

test("nothing is brought forward while the month's reads are spent", async () => {
  const id = await world.newConnection({ nextSyncAt: tomorrow });
  await notice(id, later(-13 * hour));
  await beat(later(-hour), false);
  expect(await beat(now, false)).toBe(0);
  expect(await next(id)).toEqual(tomorrow);
});
