import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Runs } from "../../src/sync/runs.js";
import { until } from "../support/until.js";
import { newWorld, type World } from "./world.js";

const now = new Date("2026-11-22T12:00:00Z");
const past = new Date("2026-11-22T11:59:00Z");
const future = new Date("2026-11-22T12:01:00Z");
const hourly = "30 * * * *";

let world: World;

beforeAll(async () => {
  world = await newWorld();
});

afterEach(async () => {
  await world.database.prisma.syncRun.deleteMany();
  await world.database.prisma.connection.deleteMany();
});

afterAll(() => world.stop());

const runsOf = (connectionId: string) =>
  world.database.prisma.syncRun.findMany({ where: { connectionId }, orderBy: { queuedAt: "asc" } });

const next = async (id: string) =>
  (await world.database.prisma.connection.findUniqueOrThrow({ where: { id } })).nextSyncAt;

test("a connection whose time has come gets a run of everything in its scope, and its next time", async () => {
  const id = await world.newConnection({ cron: hourly, nextSyncAt: now });
  expect(await world.sweep(now)).toBe(1);
  const { entities } = await world.database.prisma.connection.findUniqueOrThrow({ where: { id } });
  expect(await runsOf(id)).toMatchObject([
    { mode: "INCREMENTAL", trigger: "SCHEDULE", status: "QUEUED", requestedBy: null, transactionsFrom: null },
  ]);
  expect(new Set((await runsOf(id))[0]?.entities)).toEqual(new Set(entities));
  expect(await next(id)).toEqual(new Date("2026-11-22T12:30:00Z"));
});

test("a connection whose time has not come gets none, and keeps its time", async () => {
  const id = await world.newConnection({ cron: hourly, nextSyncAt: future });
  expect(await world.sweep(now)).toBe(0);
  expect(await runsOf(id)).toEqual([]);
  expect(await next(id)).toEqual(future);
});

test("a new connection is planned without a run", async () => {
  const id = await world.newConnection({ cron: hourly, nextVerificationAt: null });
  expect(await world.sweep(now)).toBe(0);
  expect(await runsOf(id)).toEqual([]);
  const planned = await world.database.prisma.connection.findUniqueOrThrow({ where: { id } });
  expect(planned.nextSyncAt).toEqual(new Date("2026-11-22T12:30:00Z"));
  expect(planned.nextVerificationAt?.toISOString()).toMatch(/^2026-11-29T04:[01]/);
});

test("what was missed while nobody looked is caught up once", async () => {
  const id = await world.newConnection({ cron: hourly, nextSyncAt: new Date("2026-11-19T00:30:00Z") });
  expect(await world.sweep(now)).toBe(1);
  await world.database.prisma.syncRun.updateMany({ data: { status: "SUCCEEDED" } });
  expect(await world.sweep(now)).toBe(0);
  expect(await runsOf(id)).toHaveLength(1);
});

test.each([{ isPaused: true }, { status: "DISCONNECTED" }, { environment: "PRODUCTION" }])(
  "a connection that may not be called waits: %p",
  async (given) => {
    const id = await world.newConnection({ ...given, nextSyncAt: past });
    expect(await world.sweep(now)).toBe(0);
    expect(await runsOf(id)).toEqual([]);
    expect(await next(id)).toEqual(past);
  },
);

test.each(["QUEUED", "RUNNING"] as const)("a time that comes while the run before is %s joins it", async (status) => {
  const id = await world.newConnection({ cron: hourly, nextSyncAt: past });
  await world.sweep(now);
  await world.database.prisma.syncRun.updateMany({ data: { status } });
  await world.sweep(new Date("2026-11-22T13:45:00Z"));
  expect(await runsOf(id)).toHaveLength(1);
  expect(await next(id)).toEqual(new Date("2026-11-22T14:30:00Z"));
});

test("a weekly verification gets a run of its own beside a sync that is due", async () => {
  const id = await world.newConnection({ nextSyncAt: past, nextVerificationAt: past });
  expect(await world.sweep(now)).toBe(2);
  const [sync, verification, ...more] = await runsOf(id);
  expect(more).toEqual([]);
  expect(sync?.mode).not.toBe(verification?.mode);
});

test("many that look at once enqueue one run", async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => world.newConnection({ nextSyncAt: past })));
  const wanted = await Promise.all(Array.from({ length: 6 }, () => world.sweep(now)));
  expect(wanted.reduce((sum, count) => sum + count, 0)).toBe(5);
  for (const id of ids) expect(await runsOf(id)).toHaveLength(1);
});

test("one connection's trouble is not another's, and it is tried again", async () => {
  const broken = await world.newConnection({ nextSyncAt: past });
  const sound = await world.newConnection({ nextSyncAt: now });
  const failing: Pick<Runs, "enqueue"> = {
    async enqueue(client, connection, order) {
      const run = await world.runs.enqueue(client, connection, order);
      if (connection.id === broken) throw new Error("It breaks after the insert.");
      return run;
    },
  };
  expect(await world.sweep(now, failing)).toBe(1);
  expect([await runsOf(broken), (await runsOf(sound)).length]).toEqual([[], 1]);
  expect(await next(broken)).toEqual(past);
  expect(await world.sweep(now)).toBe(1);
  expect(await runsOf(broken)).toHaveLength(1);
});

test("a sweeper that dies between the run and its next time neither starves nor doubles the schedule", async () => {
  const id = await world.newConnection({ nextSyncAt: past });
  const { pool } = world.database;
  let pid: unknown;
  const dying = world.sweep(now, {
    async enqueue(client, connection, order) {
      const run = await world.runs.enqueue(client, connection, order);
      pid = (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows[0]?.pid;
      await pool.query("SELECT pg_terminate_backend($1)", [pid]);
      return run;
    },
  });
  expect(await dying).toBe(0);
  await until(async () => {
    const { rows } = await pool.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [pid]);
    return rows.length === 0 ? true : undefined;
  });
  expect(await runsOf(id)).toEqual([]);
  expect(await world.sweep(now)).toBe(1);
  expect(await world.sweep(now)).toBe(0);
  expect(await runsOf(id)).toHaveLength(1);
});
