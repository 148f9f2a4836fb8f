import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { stretchOf, type Stretch } from "../../src/sync/schedule/stretch.js";
import { warnOfQuota } from "../../src/sync/schedule/quota-warnings.js";
import { planAnewForQuota } from "../../src/sync/schedule/scheduled-connection.js";
import { nextSyncTime, nextVerificationTime, stretchedTime } from "../../src/sync/schedule/times.js";
import { newWorld, type World } from "./world.js";

const now = new Date("2026-11-16T00:00:00Z");
const endsAt = new Date("2026-12-01T00:00:00Z");
const past = new Date("2026-11-15T23:59:00Z");
const monthlyReads = 1000;
const month = { quota: monthlyReads, endsAt };

let world: World;

beforeAll(async () => {
  world = await newWorld({ monthlyReads });
});

afterEach(async () => {
  const { prisma } = world.database;
  await prisma.syncRun.deleteMany();
  await prisma.apiUsage.deleteMany();
  await prisma.connection.deleteMany();
  await prisma.gatewayFact.deleteMany();
});

afterAll(() => world.stop());

const read = (connectionId: string, reads: number) =>
  world.database.prisma.apiUsage.create({ data: { connectionId, month: new Date("2026-11-01"), reads } });

const connection = (id: string) => world.database.prisma.connection.findUniqueOrThrow({ where: { id } });

test("schedules are not stretched while the month's reads last", () => {
  expect(stretchOf({ ...month, reads: 500, priorityReads: 0, forecast: 1000 })).toEqual({
    priority: 1,
    others: 1,
    endsAt,
  });
});

test("what is expected of the rest of the month is spread over what is left, by those that have no priority", () => {
  // 800 are expected and 200 left, of which the priority connections need 100.
  expect(stretchOf({ ...month, reads: 800, priorityReads: 100, forecast: 1600 })).toEqual({
    priority: 1,
    others: 7,
    endsAt,
  });
});

test("priority connections give way where the others come ten times as seldom, and all alike where that is not enough", () => {
  const late = stretchOf({ ...month, reads: 800, priorityReads: 400, forecast: 1600 });
  expect(late.others).toBe(10);
  expect(late.priority).toBeCloseTo(2.5);
  expect(stretchOf({ ...month, reads: 960, priorityReads: 480, forecast: 1920 })).toEqual({
    priority: 24,
    others: 24,
    endsAt,
  });
  expect(stretchOf({ ...month, reads: 800, priorityReads: 800, forecast: 1600 })).toMatchObject({ priority: 4 });
});

test("with all reads spent nothing comes", () => {
  expect(stretchOf({ ...month, reads: 1000, priorityReads: 0, forecast: 2000 })).toEqual({
    priority: Infinity,
    others: Infinity,
    endsAt,
  });
});

const schedule = (given: object = {}) => ({
  id: randomUUID(),
  cron: "30 */2 * * *",
  scheduleTimeZone: null,
  timeZone: "America/New_York",
  isPriority: false,
  ...given,
});

const by = (others: number): Stretch => ({ priority: 1, others, endsAt });

test.each([1.3, 3.6])("a schedule stretched %p times comes as seldom, at times that it names", (factor) => {
  const counts = Array.from({ length: 3 }, (_, index) => {
    const each = schedule({ id: `company ${String(index)}`, timeZone: "UTC" });
    let count = 0;
    for (let at = now; at < endsAt; count++) at = stretchedTime(nextSyncTime, each, at, by(factor));
    return count;
  });
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  expect(Math.abs((15 * 12) / factor / mean - 1)).toBeLessThan(0.06);
  const time = stretchedTime(nextSyncTime, schedule(), now, by(factor));
  expect([time.getUTCMinutes(), time.getUTCSeconds()]).toEqual([30, 0]);
});

test("a stretched time is the same at every look, and a schedule that is not stretched keeps its own", () => {
  const each = schedule();
  expect(stretchedTime(nextSyncTime, each, now, by(4.5))).toEqual(stretchedTime(nextSyncTime, each, now, by(4.5)));
  expect(stretchedTime(nextSyncTime, each, now, by(1))).toEqual(nextSyncTime(each, now));
  expect(stretchedTime(nextSyncTime, schedule({ isPriority: true }), now, by(9))).toEqual(nextSyncTime(each, now));
});

test("no time is put off beyond the first of the next month, when all come as they should again", () => {
  const each = schedule({ cron: "0 0 1 * *", timeZone: "UTC" });
  const verified = stretchedTime(nextVerificationTime, each, now, by(60));
  expect(verified).toEqual(nextVerificationTime(each, endsAt));
  for (const factor of [60, Infinity]) expect(stretchedTime(nextSyncTime, each, now, by(factor))).toEqual(endsAt);
});

test("when the reads run out, a run that is due is made and the next comes later", async () => {
  const id = await world.newConnection({ cron: "0 * * * *", nextSyncAt: past, nextVerificationAt: past });
  await read(id, 800);
  expect(await world.sweep(now)).toBe(2);
  const { nextSyncAt, nextVerificationAt } = await connection(id);
  // 800 more are expected, and 200 are left.
  expect(nextSyncAt).toEqual(new Date("2026-11-16T04:00:00Z"));
  expect(nextVerificationAt?.toISOString()).toMatch(/^2026-12-06T04:/);
});

test("quota spent: no scheduled run is made only to fail, and the schedule goes on with the next month", async () => {
  const id = await world.newConnection({ cron: "0 9 * * *", nextSyncAt: past, nextVerificationAt: past });
  await read(id, 1000);
  expect(await world.sweep(now)).toBe(0);
  expect(await world.database.prisma.syncRun.count()).toBe(0);
  const { nextSyncAt } = await connection(id);
  expect(nextSyncAt).toEqual(new Date("2026-12-01T09:00:00Z"));
  expect(await world.sweep(new Date("2026-12-01T09:00:01Z"))).toBe(1);
});

test("a new quota plans all times to come anew, and leaves those that have come", async () => {
  const nextSyncAt = new Date("2026-12-01T09:00:00Z");
  const put = await world.newConnection({ cron: "0 * * * *", nextSyncAt, nextVerificationAt: nextSyncAt });
  const due = await world.newConnection({ nextSyncAt: past });
  const start = (reads: number) => planAnewForQuota(world.database.pool, { monthlyReads: reads, now });
  await start(1000);
  await world.database.prisma.connection.update({ where: { id: put }, data: { nextSyncAt } });
  await start(1000);
  expect((await connection(put)).nextSyncAt).toEqual(nextSyncAt);
  await start(2000);
  expect(await connection(put)).toMatchObject({ nextSyncAt: null, nextVerificationAt: null });
  expect((await connection(due)).nextSyncAt).toEqual(past);
  await world.sweep(now);
  expect((await connection(put)).nextSyncAt).toEqual(new Date("2026-11-16T01:00:00Z"));
});

test("what runs out is told once a month to every organization, however many processes look", async () => {
  const [one, two] = [randomUUID(), randomUUID()];
  const id = await world.newConnection({ organizationId: one });
  await world.newConnection({ organizationId: one });
  await world.newConnection({ organizationId: two });
  await world.newConnection({ organizationId: randomUUID(), status: "DISCONNECTED" });
  const lines: unknown[] = [];
  const log = { warn: (figures: unknown) => void lines.push(figures) };
  const look = (at: Date) => Promise.all(Array.from({ length: 3 }, () => warnOfQuota({ ...world, log: log }, at)));
  const told = async () => {
    const events = await world.database.prisma.streamEvent.findMany({ where: { kind: "QUOTA_WARNING" } });
    return events.map(({ stream }) => stream.replace("connections:", "")).sort();
  };
  await read(id, 500);
  await look(now);
  expect(await told()).toEqual([]);
  await world.database.prisma.apiUsage.updateMany({ data: { reads: 501 } });
  await look(now);
  expect(await told()).toEqual([one, two].sort());
  expect(lines).toEqual([{ reads: 501, forecast: 1002, quota: 1000 }]);
  await world.database.prisma.apiUsage.updateMany({ data: { reads: 800 } });
  const late = new Date("2026-11-30T23:00:00Z");
  await look(late);
  await look(late);
  expect(await told()).toHaveLength(4);
  await world.database.prisma.apiUsage.updateMany({ data: { reads: 1000 } });
  await look(late);
  expect(await told()).toHaveLength(6);
  expect(lines).toHaveLength(3);
});
