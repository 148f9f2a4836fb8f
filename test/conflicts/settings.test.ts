import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { systemClock } from "../../src/foundation/clock.js";
import type { PolicyRule } from "../../src/sync/conflicts/policy.js";
import { updateSyncSettings } from "../../src/sync/schedule/settings.js";
import { plugins } from "../support/engine.js";
import { openQueue, type Queue } from "./queue.js";

let queue: Queue;

beforeAll(async () => {
  queue = await openQueue("9130000000000413", "policies");
});

afterAll(() => queue.stop());

const setPolicies = (policies: readonly PolicyRule[] | null, dryRun = false) => {
  const { bench, connectionId } = queue;
  const services = { ...bench, plugins, clock: systemClock };
  return updateSyncSettings(services, { actor: bench.actor, connectionId, change: { policies }, dryRun });
};

const stored = async () =>
  (await queue.bench.database.prisma.connection.findUniqueOrThrow({ where: { id: queue.connectionId } })).policies;

test.each([
  [{ field: "notes", policy: "PLATFORM_WINS" }, "policies.0.entity"],
  [{ entity: "Bill", policy: "PLATFORM_WINS" }, "policies.0.entity"],
  [{ entity: "Customer", field: "balance", policy: "PLATFORM_WINS" }, "policies.0.field"],
  [{ entity: "Customer", field: "no such", policy: "PLATFORM_WINS" }, "policies.0.field"],
] as const)("a policy for what cannot be edited is refused: %o", async (rule, field) => {
  await expect(setPolicies([rule])).rejects.toMatchObject({ code: "INVALID", field });
  expect(await stored()).toEqual([]);
});

test("two policies for the same are refused", async () => {
  const rule = { entity: "Customer", field: "notes", policy: "PLATFORM_WINS" } as const;
  await expect(setPolicies([rule, { ...rule, policy: "QUICKBOOKS_WINS" }])).rejects.toMatchObject({
    field: "policies.1",
  });
});

test("policies are tried before they are set: they tell of the open conflicts, and decide what is compared from then on", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  queue.company.change("Customer", quickbooksId, { Notes: "there" });
  await queue.sync();
  const conflict = await queue.conflictOf(id);
  const policies = [{ entity: "Customer", policy: "QUICKBOOKS_WINS" }] as const;
  const told = { conflicts: 1, outcomes: [{ conflictId: conflict?.id, outcome: "QUICKBOOKS_WINS" }] };
  expect(await setPolicies(policies, true)).toEqual({ policies: told, erasureIds: [] });
  expect(await stored()).toEqual([]);
  expect(await setPolicies(policies)).toEqual({ policies: told, erasureIds: [] });
  expect(await stored()).toEqual(policies);
  expect(await queue.conflictOf(id)).toMatchObject({ status: "OPEN" });
  expect(await queue.audited(queue.connectionId)).toContainEqual({
    action: "connection.updateSyncSettings",
    actor: "Test",
  });
  queue.company.change("Customer", quickbooksId, { Notes: "there, later" });
  await queue.sync();
  expect(await queue.conflictOf(id)).toMatchObject({ status: "SUPERSEDED" });
  expect(await queue.change(id)).toMatchObject({ status: "CANCELLED" });
  await setPolicies(null);
  expect(await stored()).toEqual([]);
});

test("the closing date of a company is read with its preferences, and one that is taken back too", async () => {
  const closedUntil = async (AccountingInfoPrefs: object) => {
    queue.company.change("Preferences", "1", { AccountingInfoPrefs });
    await queue.bench.database.pool.query("UPDATE connections SET company_read_at = now() - interval '25 hours'");
    await queue.sync();
    const where = { id: queue.connectionId };
    const connection = await queue.bench.database.prisma.connection.findUniqueOrThrow({ where });
    return connection.booksClosedUntil;
  };
  expect(await closedUntil({ BookCloseDate: "2025-12-31" })).toEqual(new Date("2025-12-31"));
  expect(await closedUntil({ BookCloseDate: "" })).toBeNull();
});

test("a conflict of an earlier life of the company is superseded, with an event", async () => {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const id = await queue.edit("Customer", recordId, { notes: "here" });
  queue.company.change("Customer", quickbooksId, { Notes: "there" });
  await queue.sync();
  const conflictId = (await queue.conflictOf(id))?.id ?? "";
  queue.bench.simulator.clock.advance(60_000);
  queue.company.reset();
  queue.bench.simulator.clock.advance(60_000);
  await queue.bench.fullSync(queue.connectionId);
  expect(await queue.conflictOf(id)).toMatchObject({ status: "SUPERSEDED" });
  expect(await queue.events(conflictId)).toEqual(["OPENED", "SUPERSEDED"]);
});
