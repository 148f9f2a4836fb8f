import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000009";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "lost", size: 8_700 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
  bench.simulator.clock.advance(10 * 60_000);
}, 120_000);

afterAll(() => bench.stop());

/** Changes as many invoices as one answer holds, so that it tells of no deletion, and deletes some of the others. */
function changeAndRemove(removed: number): void {
  const ids = [...company.records("Invoice")].map(({ id }) => id);
  for (const id of ids.slice(-1_000)) {
    company.change("Invoice", id, { PrivateNote: `changed with ${removed} gone` });
    bench.simulator.clock.advance(1_000);
  }
  for (const id of ids.slice(2_000, 2_000 + removed)) company.delete("Invoice", id);
}

/** How many invoices an incremental run reads by the time of their change and in windows of creation times, and its proof. */
async function readBy(): Promise<{ readonly proof: unknown; readonly changed: number; readonly searched: number }> {
  const { id: runId } = await bench.incrementalSync(connectionId);
  const where = { runId, entity: "Invoice" };
  const pages = await bench.database.prisma.syncPage.findMany({ where });
  const rows = (...ranges: readonly number[]): number =>
    pages.filter(({ range }) => ranges.includes(range)).flatMap(({ ids }) => ids).length;
  const entity = await bench.database.prisma.syncRunEntity.findFirst({ where });
  return { proof: entity?.proof, changed: rows(1_000), searched: rows(-1) };
}

test("F1: a deletion behind more changes than one answer holds is searched for by counts, and little is read for it", async () => {
  changeAndRemove(1);
  const { proof, changed, searched } = await readBy();
  expect({ proof, changed }).toEqual({ proof: "WINDOWS", changed: 1_000 });
  expect(searched).toBeGreaterThan(0);
  expect(searched).toBeLessThanOrEqual(1_000);
  expect(await mirrorDifferences(bench, connectionId, realmId, { entities: ["Invoice"] })).toEqual([]);
}, 60_000);

test("F1: of many deletions the COUNT tells before anything is read, and the entity is read whole and once", async () => {
  bench.simulator.clock.advance(10 * 60_000);
  changeAndRemove(30);
  expect(await readBy()).toEqual({ proof: "IDS_AND_COUNT", changed: 0, searched: 0 });
  expect(await mirrorDifferences(bench, connectionId, realmId, { entities: ["Invoice"] })).toEqual([]);
}, 60_000);
