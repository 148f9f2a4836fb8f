import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { createQuota, forecastReads } from "../../src/quickbooks/quota.js";
import { createUsage } from "../../src/quickbooks/usage.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const log = createLog({ level: "silent" });
const now = new Date("2026-11-16T00:00:00Z");

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

test.each([
  ["half of the month has passed", "2026-11-16T00:00:00Z", 200],
  ["the month is as good as over", "2026-11-30T23:59:59Z", 100],
  ["it has just begun, and counts as a day", "2026-11-01T00:01:00Z", 3000],
  ["its first day is over", "2026-11-02T00:00:00Z", 3000],
  ["it has 28 days", "2027-02-15T00:00:00Z", 200],
])("100 reads are forecast by what has passed: %s", (_, at, expected) => {
  expect(forecastReads(100, new Date(at))).toBe(expected);
});

async function readBy(connectionId: string, reads: number, at = now): Promise<void> {
  const usage = createUsage({ database, settings: { monthlyReads: 1000 }, clock: { now: () => at }, log });
  for (let count = 0; count < reads; count++) {
    usage.count(connectionId, { kind: "read", isSuccessful: true, throttledMs: 0 });
  }
  usage.count(connectionId, { kind: "read", isSuccessful: false, throttledMs: 0 });
  usage.count(connectionId, { kind: "write", isSuccessful: true, throttledMs: 0 });
  await usage.close();
}

test("the quota is one for all companies and processes, and counts successful reads of this month alone", async () => {
  const priority = randomUUID();
  await database.prisma.connection.create({
    data: {
      id: priority,
      organizationId: randomUUID(),
      environment: "PRODUCTION",
      realmId: "sealed",
      realmLookup: randomUUID(),
      status: "CONNECTED",
      isPriority: true,
      connectedAt: now,
      createdAt: now,
    },
  });
  await Promise.all([readBy(priority, 20), readBy(priority, 10), readBy(randomUUID(), 70)]);
  await readBy(priority, 5, new Date("2026-10-31T23:59:59Z"));
  expect(await createQuota(database, { monthlyReads: 1000 }).at(now)).toEqual({
    quota: 1000,
    reads: 100,
    priorityReads: 30,
    forecast: 200,
    endsAt: new Date("2026-12-01T00:00:00Z"),
  });
});
