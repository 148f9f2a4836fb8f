import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const realmId = "9130000000000046";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeEach(async () => {
  bench = await engineBench([{ realmId, seed: "watermarks", size: 500 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
});

afterEach(() => bench.stop());

function missing(): never {
  throw new Error("The company is missing.");
}

async function setScope(since: string | null): Promise<void> {
  const transactionsSince = since === null ? null : new Date(since);
  await bench.database.prisma.connection.update({ where: { id: connectionId }, data: { transactionsSince } });
  bench.simulator.clock.advance(10 * 60_000);
}

async function proofs(runId: string): Promise<Readonly<Record<string, string | null>>> {
  const rows = await bench.database.prisma.syncRunEntity.findMany({ where: { runId } });
  return Object.fromEntries(rows.map(({ entity, proof }) => [entity, proof]));
}

const compare = (transactionsSince?: string) =>
  mirrorDifferences(bench, connectionId, realmId, transactionsSince === undefined ? {} : { transactionsSince });

const byChanges = { Account: "CHANGES", Customer: "CHANGES", Item: "CHANGES" };

test("a narrower scope keeps the watermark: the next incremental sync reads changes, and what left the scope is still followed", async () => {
  await bench.fullSync(connectionId);
  await setScope("2026-06-01");
  const [old] = await bench.database.prisma.invoice.findMany({
    where: { connectionId, state: "ACTIVE", txnDate: { lt: new Date("2026-06-01") } },
  });
  company.change("Invoice", old?.quickbooksId ?? "", { PrivateNote: "edited outside the scope" });
  const run = await bench.incrementalSync(connectionId);
  expect(run).toMatchObject({ status: "SUCCEEDED", apiCalls: 1 });
  expect(await proofs(run.id)).toEqual({ ...byChanges, Invoice: "CHANGES", Payment: "CHANGES" });
  expect(await compare()).toEqual([]);
});

test("I2: a wider scope has the transactions read whole, and the name lists by their changes, for they have no dates", async () => {
  await setScope("2026-06-01");
  await bench.fullSync(connectionId);
  expect(await compare("2026-06-01")).toEqual([]);
  await setScope("2025-06-01");
  const run = await bench.incrementalSync(connectionId);
  expect(await proofs(run.id)).toEqual({ ...byChanges, Invoice: "IDS_AND_COUNT", Payment: "IDS_AND_COUNT" });
  expect(await compare("2025-06-01")).toEqual([]);
});

test("I2: what is read after a scope narrowed is complete for the narrower alone: widening it again reads the rest", async () => {
  await bench.fullSync(connectionId);
  await setScope("2026-06-01");
  const [customer = ""] = [...company.records("Customer")].map(({ id }) => id);
  const item = [...company.records("Item")].find(({ text }) => text.includes('"Type":"Service"'))?.id ?? "";
  const detail = { DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: item } } };
  company.create("Invoice", {
    CustomerRef: { value: customer },
    TxnDate: "2026-02-03",
    Line: [{ Amount: 10, ...detail }],
  });
  await bench.incrementalSync(connectionId);
  bench.simulator.clock.advance(10 * 60_000);
  await setScope(null);
  await bench.incrementalSync(connectionId);
  expect(await compare()).toEqual([]);
});

test("a full sync asked for after the scope was widened waits behind the one that began before, and reads the rest", async () => {
  await setScope("2026-06-01");
  const hold = bench.simulator.faults.inject({ kind: "hold", entity: "Invoice", query: "MAXRESULTS 1000" });
  const start = () => bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  const begun = await start();
  await until(() => hold.met > 0 || undefined, 20_000);
  expect(await start()).toMatchObject({ outcome: "JOINED", run: { id: begun.run.id } });
  await setScope("2026-09-01");
  expect(await start()).toMatchObject({ outcome: "JOINED", run: { id: begun.run.id } });
  await setScope(null);
  const wider = await start();
  expect(wider.outcome).toBe("QUEUED");
  expect(await start()).toMatchObject({ outcome: "JOINED", run: { id: wider.run.id } });
  hold.release();
  await bench.ended(begun.run.id);
  await bench.ended(wider.run.id);
  expect(await compare()).toEqual([]);
});

test("a record edited out of the scope's dates is followed, one edited into them arrives, and a scope widened later brings the rest", async () => {
  await setScope("2026-06-01");
  await bench.fullSync(connectionId);
  const { invoice } = bench.database.prisma;
  bench.simulator.clock.advance(10 * 60_000);
  const dated = [...company.records("Invoice")].flatMap(({ id, text }) => {
    const date = /"TxnDate":"([^"]+)"/.exec(text)?.[1] ?? "";
    return text.includes('"LinkedTxn":[]') && !text.includes("Voided") ? [{ id, date }] : [];
  });
  const leaving = dated.find(({ date }) => date >= "2026-06-01")?.id ?? missing();
  const entering = dated.find(({ date }) => date < "2026-06-01")?.id ?? missing();
  company.change("Invoice", leaving, { TxnDate: "2026-01-15" });
  company.change("Invoice", entering, { TxnDate: "2026-07-15" });
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  const row = (quickbooksId: string) => invoice.findFirst({ where: { connectionId, quickbooksId } });
  expect(await row(leaving)).toMatchObject({ state: "ACTIVE", txnDate: new Date("2026-01-15") });
  expect(await row(entering)).toMatchObject({ state: "ACTIVE", txnDate: new Date("2026-07-15") });
  company.change("Invoice", leaving, { PrivateNote: "edited outside the scope" });
  await bench.incrementalSync(connectionId);
  expect(await row(leaving)).toMatchObject({ privateNote: "edited outside the scope" });
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await row(leaving)).toMatchObject({ state: "ACTIVE" });
  await setScope(null);
  await bench.incrementalSync(connectionId);
  expect(await compare()).toEqual([]);
});
