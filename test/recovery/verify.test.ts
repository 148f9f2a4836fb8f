import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { companyOf } from "../support/company.js";
import { mirrorDifferences } from "../support/comparing.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { written } from "../support/written.js";

const realmId = "9130000000000043";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "verify", size: 600 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
});

afterAll(() => bench.stop());

const nth = (entity: string, index: number): string => [...company.records(entity)][index]?.id ?? "";

async function verify(repair: boolean) {
  const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "VERIFY", dryRun: !repair });
  return bench.ended(run.id);
}

const found = () => mirrorDifferences(bench, connectionId, realmId);

const driftOf = async (runId: string) => {
  const rows = await bench.database.prisma.mirrorDrift.findMany({ where: { runId } });
  return rows.map(({ entity, quickbooksId, kind }) => `${kind} ${entity} ${quickbooksId}`).sort();
};
const statuses = () =>
  bench.database.prisma.mirrorStatus.findMany({ where: { connectionId }, orderBy: { entity: "asc" } });
const progressOf = async (runId: string, entity: string) =>
  bench.database.prisma.syncRunEntity.findUniqueOrThrow({ where: { runId_entity: { runId, entity } } });

/** The mirror loses a record, keeps one that is gone, and misses a change. */
async function driftApart(at: number): Promise<readonly string[]> {
  const [lost, changed, deleted] = [nth("Invoice", at), nth("Customer", at), nth("Payment", at)];
  await bench.database.pool.query(
    `WITH gone AS (DELETE FROM invoices WHERE connection_id = $1 AND quickbooks_id = $2 RETURNING id, connection_id, state),
       lines AS (DELETE FROM invoice_lines l USING gone WHERE l.record_id = gone.id)
     UPDATE mirror_counts m SET records = records - 1 FROM gone
     WHERE m.connection_id = gone.connection_id AND m.entity = 'Invoice' AND m.state = gone.state`,
    [connectionId, lost],
  );
  company.change("Customer", changed, { Notes: "missed" });
  company.delete("Payment", deleted);
  return [`MISSING Invoice ${lost}`, `DIFFERENT Customer ${changed}`, `EXTRA Payment ${deleted}`];
}

test("a mirror that holds what QuickBooks holds has no drift, and was verified just now", async () => {
  const before = await statuses();
  const run = await verify(false);
  expect(run).toMatchObject({ mode: "VERIFY", status: "SUCCEEDED", isDryRun: true });
  expect(await driftOf(run.id)).toEqual([]);
  for (const [index, status] of (await statuses()).entries()) {
    expect(status).toMatchObject({ verifiedBy: run.id, watermark: before[index]?.watermark });
    expect(status.lastVerifiedAt?.getTime()).toBeGreaterThan(before[index]?.lastVerifiedAt?.getTime() ?? 0);
    expect(await progressOf(run.id, status.entity)).toMatchObject({ complete: true, proof: "IDS_AND_COUNT" });
  }
});

test("what is missing, different and too much is named and counted, and nothing is written", async () => {
  const drift = await driftApart(10);
  const [before, watermarks] = [await written(bench, ["mirror_status"]), await statuses()];
  const run = await verify(false);
  expect(run.status).toBe("SUCCEEDED");
  expect(await driftOf(run.id)).toEqual(expect.arrayContaining([...drift]));
  expect(await written(bench, ["mirror_status"])).toEqual(before);
  expect((await statuses()).map(({ watermark }) => watermark)).toEqual(watermarks.map(({ watermark }) => watermark));
  expect(await progressOf(run.id, "Invoice")).toMatchObject({ complete: false, created: 1 });
  expect(await progressOf(run.id, "Payment")).toMatchObject({ complete: false, removed: 1 });
});

test("with repair it mends what it finds, says what that was, and the mirror is complete", async () => {
  const drift = await driftApart(20);
  const run = await verify(true);
  expect(run).toMatchObject({ status: "SUCCEEDED", isDryRun: false });
  expect(await driftOf(run.id)).toEqual(expect.arrayContaining([...drift]));
  expect(await found()).toEqual([]);
  expect(await progressOf(run.id, "Invoice")).toMatchObject({ complete: true, proof: "IDS_AND_COUNT" });
  expect((await statuses()).map(({ verifiedBy }) => verifiedBy)).toEqual(Array(5).fill(run.id));
  const older = await bench.database.prisma.mirrorDrift.count({ where: { connectionId, runId: { not: run.id } } });
  expect(older).toBe(0);
});

test("a full sync leaves no word of earlier drift", async () => {
  await verify(false);
  await bench.fullSync(connectionId);
  expect((await statuses()).map(({ verifiedBy }) => verifiedBy)).toEqual(Array(5).fill(null));
});

test("a comparison joins a comparison, and never a run that writes", async () => {
  const start = (dryRun: boolean) => bench.runs.start({ actor: bench.actor, connectionId, mode: "VERIFY", dryRun });
  const [comparing, again, mending] = [await start(true), await start(true), await start(false)];
  expect(again).toMatchObject({ outcome: "JOINED", run: { id: comparing.run.id } });
  expect(mending.run.id).not.toBe(comparing.run.id);
  await Promise.all([bench.ended(comparing.run.id), bench.ended(mending.run.id)]);
});
