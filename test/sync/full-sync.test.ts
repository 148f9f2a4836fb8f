import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mirrorDifferences } from "../support/comparing.js";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000001";
let bench: EngineBench;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "full", size: 2_000, burst: 1_200 }]);
  connectionId = await bench.connect(realmId);
});

afterAll(() => bench.stop());

const found = () => mirrorDifferences(bench, connectionId, realmId);

test("a company mirrors completely, more than 1,000 records of one second included, and the run says how it knows", async () => {
  const run = await bench.fullSync(connectionId);
  expect(run.status).toBe("SUCCEEDED");
  expect(await found()).toEqual([]);
  const progress = await bench.database.prisma.syncRunEntity.findMany({ where: { runId: run.id } });
  for (const entity of progress) {
    expect(entity).toMatchObject({ phase: "DONE", complete: true, proof: "IDS_AND_COUNT", failed: 0 });
    expect(entity.read).toBe(entity.expected);
    expect(entity.created).toBe(entity.expected);
  }
});

test("the same again changes nothing and counts every record as unchanged", async () => {
  const run = await bench.fullSync(connectionId);
  const progress = await bench.database.prisma.syncRunEntity.findMany({ where: { runId: run.id } });
  for (const { read, unchanged, created, updated } of progress) {
    expect({ created, updated, unchanged }).toEqual({ created: 0, updated: 0, unchanged: read });
  }
});

test("a run over some days reads those alone, and neither moves a watermark nor removes anything", async () => {
  const before = await bench.database.prisma.mirrorStatus.findMany({
    where: { connectionId },
    orderBy: { entity: "asc" },
  });
  const { run } = await bench.runs.start({
    actor: bench.actor,
    connectionId,
    mode: "FULL",
    entities: ["Invoice"],
    transactionsFrom: "2026-01-01",
    transactionsTo: "2026-03-31",
    dryRun: false,
  });
  expect((await bench.ended(run.id)).status).toBe("SUCCEEDED");
  const [progress] = await bench.database.prisma.syncRunEntity.findMany({ where: { runId: run.id } });
  expect(progress).toMatchObject({ complete: false, proof: null, removed: 0 });
  expect(
    await bench.database.prisma.mirrorStatus.findMany({ where: { connectionId }, orderBy: { entity: "asc" } }),
  ).toEqual(before);
  expect(await found()).toEqual([]);
});
