import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createLog } from "../../src/foundation/log.js";
import { monthOf } from "../../src/quickbooks/quota.js";
import { defaultPace } from "../../src/sync/inbox/pace.js";
import { queueWebhookRuns } from "../../src/sync/inbox/queue.js";
import { enqueueDue } from "../../src/sync/schedule/due.js";
import { mirrorDifferences } from "../support/comparing.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";
import { cloudBody } from "../webhooks/bodies.js";

const realmId = "9130000000000001";
const monthlyReads = 1_000;
const log = createLog({ level: "silent" });
let aheadMs = 0;
const clock = { now: () => new Date(Date.now() + aheadMs) };
let bench: EngineBench;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "spent", size: 300 }], {}, { monthlyReads, clock });
  connectionId = await bench.connect(realmId);
});

afterAll(() => bench.stop());

const sweep = () => enqueueDue({ ...bench, log, environment: "SIMULATOR" }, clock.now());
const plan = (nextSyncAt: Date) =>
  bench.database.prisma.connection.update({ where: { id: connectionId }, data: { nextSyncAt } });
const planned = () => bench.database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
const notices = () => bench.database.prisma.webhookEvent.findMany();

/** Somebody edits a customer, and QuickBooks tells of it. */
async function edit(): Promise<void> {
  const company = bench.simulator.companies.get(realmId);
  const [customer] = company?.records("Customer") ?? [];
  company?.change("Customer", customer?.id ?? "", { Notes: "edited while nothing could be read" });
  const at = new Date(bench.simulator.clock.now());
  const body = cloudBody([{ realmId, name: "Customer", id: customer?.id ?? "", operation: "Update", at }]);
  await bench.inbox.keep(Buffer.from(body));
}

test("quota spent: a run says so, nothing is lost, notices wait, and the schedule goes on with the next month", async () => {
  await bench.database.prisma.apiUsage.create({
    data: { connectionId, month: new Date(monthOf(clock.now())), reads: monthlyReads - 6 },
  });
  // What is known of the month's reads is looked at again after ten seconds.
  aheadMs = 11_000;
  const stopped = await bench.fullSync(connectionId);
  expect(stopped).toMatchObject({ status: "FAILED", errorCode: "QUOTA_SPENT" });
  expect(stopped.errorMessage).toContain("QUICKBOOKS_MONTHLY_READS");
  expect(stopped.apiCalls).toBeGreaterThan(0);
  expect(await mirrorDifferences(bench, connectionId, realmId)).not.toEqual([]);

  await edit();
  await queueWebhookRuns(bench, defaultPace);
  await plan(clock.now());
  await until(async () => (await bench.quota.at(clock.now())).reads >= monthlyReads || undefined, 45_000);
  expect(await sweep()).toBe(0);
  expect(await bench.database.prisma.syncRun.findMany()).toHaveLength(1);
  expect(await notices()).toMatchObject([{ status: "PENDING", attempts: 0 }]);

  const { nextSyncAt } = await planned();
  aheadMs = (nextSyncAt?.getTime() ?? 0) - Date.now();
  expect(monthOf(clock.now()) > monthOf(new Date())).toBe(true);
  expect(await sweep()).toBe(1);
  await bench.runs.wake();
  const scheduled = await bench.database.prisma.syncRun.findFirstOrThrow({ where: { trigger: "SCHEDULE" } });
  expect(await bench.ended(scheduled.id)).toMatchObject({ status: "SUCCEEDED", mode: "INCREMENTAL" });
  await until(async () => (await notices()).every(({ status }) => status === "DONE") || undefined, 45_000);
  expect(await mirrorDifferences(bench, connectionId, realmId)).toEqual([]);
}, 120_000);
