import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const realmId = "9130000000000031";
let bench: EngineBench;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "earlier life", size: 80 }]);
});

afterAll(() => bench.stop());

test("a run that was claimed while its company was reset writes nothing more, and ends as interrupted", async () => {
  const { simulator, database, runs, actor } = bench;
  const connectionId = await bench.connect(realmId);
  const held = simulator.faults.inject({ kind: "hold", entity: "Invoice", times: 10 });
  const { run } = await runs.start({ actor, connectionId, mode: "FULL", dryRun: false });
  await until(() => held.met > 0 || undefined);
  // As it is where the run was not there yet for whoever ended all others.
  await database.pool.query("UPDATE connections SET epoch = epoch + 1 WHERE id = $1", [connectionId]);
  simulator.faults.clear();
  const ended = await bench.ended(run.id);
  expect({ status: ended.status, errorCode: ended.errorCode }).toEqual({
    status: "INTERRUPTED",
    errorCode: "COMPANY_RESET",
  });
  expect(await database.prisma.invoice.count({ where: { connectionId } })).toBe(0);
});
