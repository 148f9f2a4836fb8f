import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const realmId = "9130000000000050";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "many", size: 29_900 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
}, 60_000);

afterAll(() => bench.stop());

test("17,000 records: with one inserted and one deleted between the pages, none is skipped and none stands twice", async () => {
  const invoices = [...company.records("Invoice")];
  expect(invoices.length).toBeGreaterThan(17_000);
  const deleted = invoices.find(({ text }) => text.includes('"LinkedTxn":[]'))?.id ?? "";
  const hold = bench.simulator.faults.inject({ kind: "hold", entity: "Invoice", query: "MAXRESULTS 1000", after: 3 });
  const { actor } = bench;
  const entities = ["Invoice"];
  const { run } = await bench.runs.start({ actor, connectionId, mode: "FULL", entities, dryRun: false });
  await until(() => hold.met > 0 || undefined, 30_000);
  company.delete("Invoice", deleted);
  const line = { Amount: 5, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } };
  const customer = [...company.records("Customer")][0]?.id ?? "";
  company.create("Invoice", { CustomerRef: { value: customer }, Line: [line] });
  hold.release();
  const ended = await bench.ended(run.id);
  expect(ended.status).toBe("SUCCEEDED");
  expect(await bench.database.prisma.invoice.count({ where: { connectionId, state: { not: "DELETED" } } })).toBe(
    company.count("Invoice"),
  );
  expect(await mirrorDifferences(bench, connectionId, realmId, { entities })).toEqual([]);
  // A call for each page, and a few for borders, counts and the window that moved.
  expect(ended.apiCalls).toBeLessThan(3 * 18);
}, 240_000);
