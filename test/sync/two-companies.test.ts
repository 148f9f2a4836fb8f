import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const realms = ["9130000000000051", "9130000000000052"] as const;
let bench: EngineBench;
let connections: readonly [string, string];

beforeAll(async () => {
  bench = await engineBench(realms.map((realmId) => ({ realmId, seed: "equal", size: 120 })));
  connections = [await bench.connect(realms[0]), await bench.connect(realms[1])];
  await Promise.all(connections.map((id) => bench.fullSync(id)));
});

afterAll(() => bench.stop());

const rowOf = (connectionId: string, quickbooksId: string) =>
  bench.database.prisma.invoice.findFirstOrThrow({ where: { connectionId, quickbooksId } });

test("equal ids in two companies are two records: what one company changes and deletes, the other keeps", async () => {
  const [one, other] = realms.map((realmId) => companyOf(bench, realmId));
  const [edited = "", deleted = ""] = [...(one?.records("Invoice") ?? [])]
    .filter(({ text }) => text.includes('"LinkedTxn":[]') && !text.includes("Voided"))
    .map(({ id }) => id);
  expect(other?.record("Invoice", edited)?.text).toBe(one?.record("Invoice", edited)?.text);
  const before = [await rowOf(connections[1], edited), await rowOf(connections[1], deleted)];
  bench.simulator.clock.advance(10 * 60_000);
  one?.change("Invoice", edited, { PrivateNote: "of the one company" });
  one?.delete("Invoice", deleted);
  for (const id of connections) expect((await bench.incrementalSync(id)).status).toBe("SUCCEEDED");
  expect([await rowOf(connections[1], edited), await rowOf(connections[1], deleted)]).toEqual(before);
  expect(await rowOf(connections[0], deleted)).toMatchObject({ state: "DELETED" });
  for (const [index, realmId] of realms.entries()) {
    expect(await mirrorDifferences(bench, connections[index] ?? "", realmId)).toEqual([]);
  }
});

test("disconnect with work queued: what runs and what waits ends as cancelled, and nothing is written afterwards", async () => {
  const [connectionId] = connections;
  const { actor, database, simulator } = bench;
  const hold = simulator.faults.inject({ kind: "hold", entity: "Invoice", query: "MAXRESULTS 1000" });
  const start = (mode: "FULL" | "INCREMENTAL" | "VERIFY") =>
    bench.runs.start({ actor, connectionId, mode, dryRun: false });
  const started = [await start("FULL"), await start("INCREMENTAL"), await start("VERIFY")];
  await until(() => hold.met > 0 || undefined, 20_000);
  companyOf(bench, realms[0]).change("Invoice", [...companyOf(bench, realms[0]).records("Invoice")][0]?.id ?? "", {
    PrivateNote: "nobody may read this any more",
  });
  await database.transaction(async (client) => {
    await client.query("UPDATE connections SET status = 'DISCONNECTED' WHERE id = $1", [connectionId]);
    await bench.runs.endAll(client, connectionId, actor.organizationId);
  });
  hold.release();
  for (const { run } of started) expect((await bench.ended(run.id)).status).toBe("CANCELLED");
  expect((await bench.fullSync(connections[1])).status).toBe("SUCCEEDED");
  const read = await database.prisma.invoice.count({
    where: { connectionId, privateNote: "nobody may read this any more" },
  });
  expect(read).toBe(0);
  await expect(start("FULL")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
});
