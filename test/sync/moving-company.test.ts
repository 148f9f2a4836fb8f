import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Company, InjectedFault } from "../../simulator/index.js";
import type { SyncRun } from "../../src/generated/prisma/client.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const realmId = "9130000000000001";
/** Entities that are still being read while their pages are held; what was read before them is brought up by the next run. */
const heldEntities = ["Invoice", "Payment"];

let bench: EngineBench;
let company: Company;
let connectionId: string;

/** A company of so many records, of which more than a page are invoices. */
async function open(options: { readonly size?: number; readonly burst?: number } = {}): Promise<void> {
  bench = await engineBench([{ realmId, seed: "moving", size: 2_200, ...options }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
}

beforeEach(() => open());
afterEach(() => bench.stop());

const compare = (scope?: Parameters<typeof mirrorDifferences>[3]) =>
  mirrorDifferences(bench, connectionId, realmId, scope);

/** A full sync during which somebody works in QuickBooks: after the first page of invoices, and before any payment. */
async function syncWhile(work: () => void): Promise<SyncRun> {
  const { faults } = bench.simulator;
  const holds: InjectedFault[] = [
    faults.inject({ kind: "hold", entity: "Invoice", query: "MAXRESULTS 1000", after: 1 }),
    faults.inject({ kind: "hold", entity: "Payment", query: "MAXRESULTS 1000" }),
  ];
  const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  await until(() => holds.every(({ met }) => met > 0) || undefined, 20_000);
  work();
  for (const hold of holds) hold.release();
  return bench.ended(run.id);
}

/** Ids of the company's records: the oldest first. */
const idsOf = (entity: string): string[] => [...company.records(entity)].map(({ id }) => id);

function createInvoice(timing?: { readonly visibleAfterMs: number }): string {
  const [customer = ""] = idsOf("Customer");
  const line = {
    Amount: 12.5,
    DetailType: "SalesItemLineDetail",
    SalesItemLineDetail: { ItemRef: { value: "1" }, Qty: 1, UnitPrice: 12.5 },
  };
  const item = [...company.records("Item")].find(({ text }) => text.includes('"Type":"Service"'))?.id ?? "";
  line.SalesItemLineDetail.ItemRef.value = item;
  return company.create("Invoice", { CustomerRef: { value: customer }, Line: [line] }, timing);
}

/** Invoices that nothing has been paid on yet, so that they can be deleted and voided without a trace elsewhere. */
const unpaid = (): string[] =>
  [...company.records("Invoice")]
    .filter(({ text }) => text.includes('"LinkedTxn":[]') && !text.includes("Voided"))
    .map(({ id }) => id);

test("F3: records created, edited, deleted and voided between the pages are in the mirror as they then are", async () => {
  const run = await syncWhile(() => {
    const [oldest = "", second = "", third = "", ...others] = unpaid();
    const [last = "", beforeLast = "", ...rest] = others.reverse();
    for (const id of [oldest, last]) company.delete("Invoice", id);
    for (const id of [second, beforeLast]) company.void("Invoice", id);
    for (const id of [third, rest[0] ?? ""]) company.change("Invoice", id, { PrivateNote: "Edited between two pages" });
    for (let count = 0; count < 3; count++) createInvoice();
    const gone = createInvoice();
    company.delete("Invoice", gone);
    const [payment = ""] = idsOf("Payment");
    company.delete("Payment", payment);
  });
  expect(run.status).toBe("SUCCEEDED");
  expect(await compare({ entities: heldEntities })).toEqual([]);
  // Balances that followed belong to entities that had been read before: the next run brings them.
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await compare()).toEqual([]);
});

test("F3: with every page's worth of records deleted behind the reader, none that stayed is skipped", async () => {
  const run = await syncWhile(() => {
    for (const id of unpaid().slice(0, 100)) company.delete("Invoice", id);
  });
  expect(run.status).toBe("SUCCEEDED");
  expect(await compare({ entities: heldEntities })).toEqual([]);
});

test("a commit that becomes visible 100 seconds after its own time is not missed", async () => {
  createInvoice({ visibleAfterMs: 100_000 });
  const before = company.count("Invoice");
  const run = await syncWhile(() => bench.simulator.clock.advance(100_000));
  expect(company.count("Invoice")).toBe(before + 1);
  expect(run.status).toBe("SUCCEEDED");
  expect(await compare({ entities: heldEntities })).toEqual([]);
});

test("one that becomes visible only after the run comes with the next", async () => {
  createInvoice({ visibleAfterMs: 100_000 });
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  bench.simulator.clock.advance(100_000);
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await compare()).toEqual([]);
});

test("what was removed in QuickBooks since the last full sync becomes DELETED, and keeps what it was", async () => {
  await bench.fullSync(connectionId);
  const [invoice = ""] = unpaid();
  const [payment = ""] = idsOf("Payment");
  company.delete("Invoice", invoice);
  company.delete("Payment", payment);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await compare()).toEqual([]);
  const { rows } = await bench.database.pool.query(
    `SELECT state, raw ->> 'Id' AS id FROM invoices WHERE connection_id = $1 AND quickbooks_id = $2
     UNION ALL SELECT state, raw ->> 'Id' FROM payments WHERE connection_id = $1 AND quickbooks_id = $3`,
    [connectionId, invoice, payment],
  );
  expect(rows).toEqual([
    { state: "DELETED", id: invoice },
    { state: "DELETED", id: payment },
  ]);
});

test("a record that cannot be taken in is a failure and the run PARTIAL, until somebody mends it in QuickBooks", async () => {
  const [customer = ""] = idsOf("Customer");
  company.change("Customer", customer, { Notes: "no database keeps a \0" });
  expect((await bench.fullSync(connectionId)).status).toBe("PARTIAL");
  const { recordFailure } = bench.database.prisma;
  expect(await recordFailure.findMany({ where: { connectionId } })).toMatchObject([
    { entity: "Customer", quickbooksId: customer, code: "INVALID_RECORD", status: "OPEN" },
  ]);
  expect(await compare({ without: [`Customer ${customer}`] })).toEqual([]);
  company.change("Customer", customer, { Notes: "whole again" });
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await recordFailure.findMany({ where: { connectionId } })).toMatchObject([{ status: "RESOLVED" }]);
  expect(await compare({ entities: ["Customer"] })).toEqual([]);
});

test("a scope that begins on some day mirrors what is dated since, and a wider one the rest", async () => {
  const { prisma } = bench.database;
  const transactionsSince = "2026-01-01";
  const inScope = { connectionId, txnDate: { lt: new Date(transactionsSince) } };
  await prisma.connection.update({
    where: { id: connectionId },
    data: { transactionsSince: new Date(transactionsSince) },
  });
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await compare({ transactionsSince })).toEqual([]);
  expect(await prisma.invoice.count({ where: inScope })).toBe(0);
  await prisma.connection.update({ where: { id: connectionId }, data: { transactionsSince: null } });
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await compare()).toEqual([]);
  expect(await prisma.invoice.count({ where: inScope })).toBeGreaterThan(0);
});

test("more than 1,000 records of one second are all read, though QuickBooks gives them in another order each time", async () => {
  await bench.stop();
  await open({ size: 4_500, burst: 2_300 });
  bench.simulator.switches.ties = "shuffled";
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await compare()).toEqual([]);
});
