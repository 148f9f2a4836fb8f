import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { systemClock } from "../../src/foundation/clock.js";
import { createLog } from "../../src/foundation/log.js";
import { claimRun } from "../../src/sync/leases.js";
import type { SettingsChange } from "../../src/sync/schedule/changes.js";
import { enqueueDue } from "../../src/sync/schedule/due.js";
import { updateSyncSettings } from "../../src/sync/schedule/settings.js";
import { mirrorDifferences } from "../support/comparing.js";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const realmId = "9130000000000001";
let bench: EngineBench;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "schedule", size: 300 }]);
  connectionId = await bench.connect(realmId);
});

afterAll(() => bench.stop());

const update = (change: SettingsChange) =>
  updateSyncSettings({ ...bench, plugins, clock: systemClock }, { actor: bench.actor, connectionId, change });

const latestRun = () => bench.database.prisma.syncRun.findFirstOrThrow({ orderBy: { queuedAt: "desc" } });

const found = () => mirrorDifferences(bench, connectionId, realmId);

test("a scope that widens is mirrored completely, whatever was complete before", async () => {
  await update({ entities: ["Customer", "Invoice"], transactionsSince: "2026-09-01" });
  expect(await bench.fullSync(connectionId)).toMatchObject({ status: "SUCCEEDED" });
  expect(await found()).not.toEqual([]);
  await update({ entities: null, transactionsSince: null });
  const backfill = await latestRun();
  expect(backfill.entities).not.toContain("Customer");
  expect(await bench.ended(backfill.id)).toMatchObject({ status: "SUCCEEDED", trigger: "MANUAL" });
  expect(await found()).toEqual([]);
});

test("a scope that narrows keeps what is mirrored", async () => {
  await update({ entities: ["Customer"], transactionsSince: "2026-09-01" });
  expect(await bench.fullSync(connectionId)).toMatchObject({ status: "SUCCEEDED", entities: ["Customer"] });
  expect(await found()).toEqual([]);
  await update({ entities: null, transactionsSince: null });
  expect(await bench.ended((await latestRun()).id)).toMatchObject({ status: "SUCCEEDED" });
});

test("a run of a connection that is paused meanwhile finishes, no other begins, and it begins when let go on", async () => {
  const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  await until(async () => ((await latestRun()).status === "QUEUED" ? undefined : true));
  await update({ isPaused: true });
  expect(await bench.ended(run.id)).toMatchObject({ status: "SUCCEEDED" });
  const { run: next } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  expect(await claimRun(bench.database, bench.streams, { owner: 1n, isWholeTaken: true })).toBeUndefined();
  await update({ isPaused: false });
  expect(await bench.ended(next.id)).toMatchObject({ status: "SUCCEEDED" });
});

test("a run whose worker is dead goes on, and the schedule behind it lives", async () => {
  const { id: held } = await bench.database.prisma.syncRun.create({
    data: {
      id: randomUUID(),
      connectionId,
      epoch: 1,
      mode: "INCREMENTAL",
      trigger: "SCHEDULE",
      status: "RUNNING",
      entities: ["Customer"],
      queuedAt: new Date(),
      startedAt: new Date(),
      fence: 1,
      leaseOwner: 1n,
      leaseUntil: new Date("2099-01-01"),
    },
  });
  await bench.database.prisma.syncRunEntity.create({
    data: { runId: held, entity: "Customer", position: 1, phase: "WAITING" },
  });
  await bench.runs.wake();
  expect(await bench.ended(held)).toMatchObject({ status: "SUCCEEDED" });
  await bench.database.prisma.connection.updateMany({ data: { nextSyncAt: new Date() } });
  const log = createLog({ level: "silent" });
  expect(await enqueueDue({ ...bench, log, environment: "SIMULATOR" }, new Date())).toBe(1);
  const following = await latestRun();
  expect(following.id).not.toBe(held);
  await bench.runs.wake();
  expect(await bench.ended(following.id)).toMatchObject({ status: "SUCCEEDED", trigger: "SCHEDULE" });
});
