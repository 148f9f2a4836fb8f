import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { companyOf } from "../support/company.js";
import { mirrorDifferences } from "../support/comparing.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { written } from "../support/written.js";

const realmId = "9130000000000003";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "incremental", size: 1_500 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
});

/** What the full sync or an earlier test changed lies outside the overlap that every reading goes back. */
beforeEach(async () => {
  bench.simulator.clock.advance(10 * 60_000);
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  bench.simulator.clock.advance(10 * 60_000);
});

afterAll(() => bench.stop());

const ids = (entity: string, count: number, from = 0): string[] =>
  [...company.records(entity)].slice(from, from + count).map(({ id }) => id);

const found = () => mirrorDifferences(bench, connectionId, realmId);

const progressOf = (runId: string) =>
  bench.database.prisma.syncRunEntity.findMany({ where: { runId }, orderBy: { position: "asc" } });

test("nothing changed: one call to QuickBooks, and no row of the mirror written", async () => {
  const before = await written(bench, ["mirror_status"]);
  const run = await bench.incrementalSync(connectionId);
  expect(run).toMatchObject({ status: "SUCCEEDED", apiCalls: 1 });
  expect(await written(bench, ["mirror_status"])).toEqual(before);
  expect((await progressOf(run.id)).map(({ phase, proof }) => `${phase} ${proof}`)).toEqual(
    Array(5).fill("DONE CHANGES"),
  );
});

test("edits, voids, deletions, deactivations and new records arrive with one run", async () => {
  const [edited = "", voided = "", deleted = ""] = ids("Invoice", 3, 20);
  const [payment = ""] = ids("Payment", 1, 5);
  const customers = ids("Customer", 3, 3);
  company.change("Invoice", edited, { PrivateNote: "edited by a person" });
  company.void("Invoice", voided);
  company.delete("Invoice", deleted);
  company.delete("Payment", payment);
  company.change("Customer", customers[0] ?? "", { Notes: "called" });
  company.create("Customer", { DisplayName: "Newcomer of the day" });
  const run = await bench.incrementalSync(connectionId);
  expect(run.status).toBe("SUCCEEDED");
  expect(await found()).toEqual([]);
  const gone = await bench.database.prisma.invoice.findFirst({ where: { connectionId, quickbooksId: deleted } });
  expect(gone).toMatchObject({ state: "DELETED" });
});

test("F2: a stub of an id that was never seen, and one that was seen gone before, are taken without a word", async () => {
  const id = company.create("Invoice", {
    CustomerRef: { value: ids("Customer", 1)[0] ?? "" },
    Line: [
      {
        Amount: 10,
        DetailType: "SalesItemLineDetail",
        SalesItemLineDetail: { ItemRef: { value: ids("Item", 1)[0] ?? "" } },
      },
    ],
  });
  company.delete("Invoice", id);
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await found()).toEqual([]);
});

test("F1: more changes than one answer holds, with deletions behind them, are all found", async () => {
  for (const id of ids("Invoice", 700)) company.change("Invoice", id, { PrivateNote: "all at once" });
  for (const id of ids("Customer", 100)) company.change("Customer", id, { Notes: "all at once" });
  for (const id of ids("Payment", 250)) company.change("Payment", id, { PrivateNote: "all at once" });
  for (const id of ids("Invoice", 40, 650)) company.delete("Invoice", id);
  const run = await bench.incrementalSync(connectionId);
  expect(run.status).toBe("SUCCEEDED");
  expect(await found()).toEqual([]);
});

test("a mirror older than QuickBooks' memory of changes is read whole, and what was deleted meanwhile is gone", async () => {
  await bench.database.pool.query(
    "UPDATE mirror_status SET watermark = watermark - interval '40 days' WHERE connection_id = $1",
    [connectionId],
  );
  company.delete("Invoice", ids("Invoice", 1, 100)[0] ?? "");
  const run = await bench.incrementalSync(connectionId);
  expect((await progressOf(run.id)).map(({ proof }) => proof)).toEqual(Array(5).fill("IDS_AND_COUNT"));
  expect(await found()).toEqual([]);
});
