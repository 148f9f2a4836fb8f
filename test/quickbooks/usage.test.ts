import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { createUsage, type Usage } from "../../src/quickbooks/usage.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const log = createLog({ level: "silent" });
const read = { kind: "read", isSuccessful: true, throttledMs: 0 } as const;

let fresh: FreshDatabase;
let database: Database;
let now: Date;
let connectionId: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

beforeEach(async () => {
  await database.pool.query("TRUNCATE api_usage");
  now = new Date("2026-11-30T23:59:59Z");
  connectionId = randomUUID();
});

function usage(monthlyReads = 1000): Usage {
  return createUsage({ database, settings: { monthlyReads }, clock: { now: () => now }, log });
}

async function counted(): Promise<unknown> {
  const rows = await database.prisma.apiUsage.findMany({ where: { connectionId }, orderBy: { month: "asc" } });
  return rows.map(({ month, reads, writes, throttledMs }) => [
    month.toISOString().slice(0, 10),
    reads,
    writes,
    Number(throttledMs),
  ]);
}

test("reads, writes and waits are added up per month, over processes", async () => {
  const processes = [usage(), usage()];
  for (const process of processes) {
    process.count(connectionId, { ...read, throttledMs: 100.4 });
    process.count(connectionId, { ...read, kind: "write" });
    process.count(connectionId, { ...read, isSuccessful: false, throttledMs: 50 });
  }
  now = new Date("2026-12-01T00:00:00Z");
  for (const process of processes) process.count(connectionId, read);
  await Promise.all(processes.map((process) => process.close()));
  expect(await counted()).toEqual([
    ["2026-11-01", 2, 2, 300],
    ["2026-12-01", 2, 0, 0],
  ]);
});

test("counts that could not be written are written later, once", async () => {
  const one = usage();
  one.count(connectionId, read);
  await database.pool.query("ALTER TABLE api_usage RENAME TO api_usage_away");
  await expect(one.close()).rejects.toThrow("api_usage");
  await database.pool.query("ALTER TABLE api_usage_away RENAME TO api_usage");
  one.count(connectionId, read);
  await one.close();
  expect(await counted()).toEqual([["2026-11-01", 2, 0, 0]]);
});

test("the quota counts all companies, this process's unwritten reads included, and begins anew with the month", async () => {
  const other = usage();
  other.count(randomUUID(), read);
  await other.close();
  const one = usage(3);
  one.count(connectionId, read);
  await one.assertReadsLeft();
  one.count(connectionId, read);
  await expect(one.assertReadsLeft()).rejects.toMatchObject({ name: "RunStopped", reason: "QUOTA_SPENT" });
  now = new Date("2026-12-01T00:00:00Z");
  await one.assertReadsLeft();
  await one.close();
});
