import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";

let bench: EngineBench;

beforeAll(async () => {
  bench = await engineBench([{ realmId: "9130000000000001", seed: "full", size: 2_000, burst: 1_200 }]);
});

afterAll(() => bench.stop());

test("a company mirrors completely", async () => {
  const connectionId = await bench.connect("9130000000000001");
  const run = await bench.fullSync(connectionId);
  const progress = await bench.database.prisma.syncRunEntity.findMany({ where: { runId: run.id } });
  console.log(run, progress);
  expect(run.status).toBe("SUCCEEDED");
  const company = bench.simulator.companies.get("9130000000000001");
  for (const { name, table } of plugins) {
    const { rows } = await bench.database.pool.query<{ records: number }>(
      `SELECT count(*)::integer AS records FROM ${table} WHERE connection_id = $1`,
      [connectionId],
    );
    expect([name, rows[0]?.records]).toEqual([name, company?.count(name)]);
  }
});
