import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Budgets, createBudgets, type Payer } from "../../src/access/budgets.js";
import { type Database, openDatabase } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { limits } from "../../src/http/limits.js";
import { operationPoints } from "../../src/http/cost.js";
import { type FreshDatabase, freshDatabase } from "../support/database.js";

const log = createLog({ level: "silent" });
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

/** The budgets of one process, whose clock stands still. */
const newProcess = (heard: Pick<typeof log, "warn"> = log): Budgets =>
  createBudgets({ pool: database.pool, log: heard, pointsPerSecond: 2_000, nowMs: () => 0 });

const newMember = (organizationId: string = randomUUID()): Payer => ({
  kind: "MEMBER",
  id: randomUUID(),
  organizationId,
});
const left = (budgets: Budgets, payer: Payer) => budgets.of(payer).map(({ available }) => available);

test("a caller has a budget, and their organization four times as much", () => {
  const budgets = newProcess();
  const key: Payer = { ...newMember(), kind: "API_KEY" };
  expect(budgets.of(key)).toEqual([
    { scope: "API_KEY", maximum: 120_000, available: 120_000, restoreRate: 2_000 },
    { scope: "ORGANIZATION", maximum: 480_000, available: 480_000, restoreRate: 8_000 },
  ]);
});

test("whatever is let in at all can be paid for, twice, however little comes back", () => {
  const [own] = createBudgets({ pool: database.pool, log, pointsPerSecond: 1 }).of(newMember());
  expect(own?.maximum).toBe(2 * (limits.objects + operationPoints));
});

test("caller and organization pay together, or neither does", () => {
  const budgets = newProcess();
  const organizationId = randomUUID();
  const members = Array.from({ length: 5 }, () => newMember(organizationId));
  const [first = newMember(), second = newMember(), third = newMember(), fourth = newMember()] = members;
  expect(budgets.charge(first, 120_000)).toBe(0);
  expect(budgets.charge(first, 2_000)).toBe(1_000);
  expect(left(budgets, first)).toEqual([0, 360_000]);
  for (const member of [second, third, fourth]) expect(budgets.charge(member, 119_000)).toBe(0);
  const last = members[4] ?? first;
  expect(budgets.charge(last, 11_000)).toBe(1_000);
  expect(left(budgets, last)).toEqual([120_000, 3_000]);
  expect(left(budgets, newMember())).toEqual([120_000, 480_000]);
});

test("what is sent unasked takes what is left and no more", () => {
  const budgets = newProcess();
  const member = newMember();
  budgets.drain(member, 119_999);
  budgets.drain(member, 1_000);
  expect(left(budgets, member)).toEqual([0, 359_001]);
  expect(budgets.charge(member, 2)).toBe(1);
});

test("what was spent in one process is missing in the others, once they have told each other", async () => {
  const [one, other, third] = [newProcess(), newProcess(), newProcess()];
  const member = newMember();
  expect([one.charge(member, 60_000), other.charge(member, 50_000)]).toEqual([0, 0]);
  await one.close();
  await other.close();
  const [own = 0, whole = 0] = left(other, member);
  expect(own).toBeGreaterThanOrEqual(10_000);
  expect(own).toBeLessThan(20_000);
  expect(whole).toBeLessThan(430_000);
  expect(other.charge(member, 30_000)).toBeGreaterThan(0);
  expect(third.charge(member, 10)).toBe(0);
  await third.close();
  expect(third.charge(member, 30_000)).toBeGreaterThan(0);
});

test("processes that tell of the same callers at once never wait for each other in a circle", async () => {
  const failures: unknown[] = [];
  const heard = createLog({ level: "warn", destination: { write: (line) => void failures.push(line) } });
  const members = Array.from({ length: 200 }, () => newMember());
  const processes = Array.from({ length: 8 }, () => newProcess(heard));
  for (const [index, process] of processes.entries()) {
    for (const member of index % 2 === 0 ? members : members.toReversed()) process.charge(member, 100);
  }
  await Promise.all(processes.map((process) => process.close()));
  expect(failures).toEqual([]);
});

test("without the database each process keeps the budgets by itself, and tells later", async () => {
  const [one, other] = [newProcess(), newProcess()];
  const member = newMember();
  await database.pool.query("ALTER TABLE query_budgets RENAME TO out_of_reach");
  one.charge(member, 100_000);
  await one.close();
  expect(left(one, member)).toEqual([20_000, 380_000]);
  await database.pool.query("ALTER TABLE out_of_reach RENAME TO query_budgets");
  await one.close();
  other.charge(member, 10);
  await other.close();
  expect(left(other, member)[0]).toBeLessThan(30_000);
});
