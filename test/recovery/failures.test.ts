import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { dismissFailures, retryFailures } from "../../src/sync/recovery/recovery.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000041";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "recovery", size: 400 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
});

afterAll(() => bench.stop());

const nth = (entity: string, index: number): string => [...company.records(entity)][index]?.id ?? "";

/** No database keeps a NUL. */
const refusedNote = "torn \0 off";

const failures = (where: object = {}) =>
  bench.database.prisma.recordFailure.findMany({ where: { connectionId, ...where }, orderBy: { firstSeenAt: "asc" } });
const failureOf = async (quickbooksId: string, entity = "Customer") => (await failures({ entity, quickbooksId }))[0];
const progressOf = (runId: string) => bench.database.prisma.syncRunEntity.findMany({ where: { runId } });

/** A change that cannot be taken in, met by an incremental sync; gives the failure's id. */
async function fail(customer: string): Promise<string> {
  company.change("Customer", customer, { Notes: refusedNote });
  expect((await bench.incrementalSync(connectionId)).status).toBe("PARTIAL");
  return (await failureOf(customer))?.id ?? "";
}

/** Until what has changed is no longer told of again. */
async function passOverlap(): Promise<void> {
  bench.simulator.clock.advance(10 * 60_000);
  await bench.incrementalSync(connectionId);
  bench.simulator.clock.advance(10 * 60_000);
}

/** QuickBooks fails to give it, with others and alone. */
function makeUnreadable(customer: string): void {
  company.poison("Customer", customer);
  bench.simulator.faults.inject({ kind: "500", path: `/customer/${customer}`, times: 2 });
}

async function retry(failureIds: readonly string[]) {
  const { id } = await retryFailures(bench, { actor: bench.actor, failureIds });
  return bench.ended(id);
}

test("a failed record is read alone, kept while it is refused, and resolved once it can be taken in", async () => {
  const customer = nth("Customer", 4);
  const failureId = await fail(customer);
  const refused = await retry([failureId]);
  expect(refused).toMatchObject({ mode: "RECORDS", trigger: "RECOVERY", status: "PARTIAL", apiCalls: 1 });
  expect(await failureOf(customer)).toMatchObject({ status: "OPEN", attempts: 2, runId: refused.id });

  company.change("Customer", customer, { Notes: "whole again" });
  const taken = await retry([failureId]);
  expect(taken).toMatchObject({ status: "SUCCEEDED", apiCalls: 1 });
  expect(await progressOf(taken.id)).toMatchObject([{ entity: "Customer", phase: "DONE", read: 1, updated: 1 }]);
  expect(await failureOf(customer)).toMatchObject({ status: "RESOLVED", attempts: 2 });
  const row = await bench.database.prisma.customer.findFirst({ where: { connectionId, quickbooksId: customer } });
  expect(row).toMatchObject({ notes: "whole again", staleSince: null });
});

test("all that a run left is tried again by naming the run", async () => {
  const customer = nth("Customer", 5);
  await fail(customer);
  const { runId = "" } = (await failureOf(customer)) ?? {};
  company.change("Customer", customer, { Notes: "whole again" });
  const run = await retryFailures(bench, { actor: bench.actor, syncRunId: runId });
  expect((await bench.ended(run.id)).status).toBe("SUCCEEDED");
  expect(await failureOf(customer)).toMatchObject({ status: "RESOLVED" });
  await expect(retryFailures(bench, { actor: bench.actor, syncRunId: runId })).rejects.toMatchObject({
    code: "ALREADY_FINISHED",
    field: "syncRunId",
  });
});

test("a record that QuickBooks fails to give by its id stays a failure, with one more attempt, and its payload is kept", async () => {
  const customer = nth("Customer", 6);
  const failureId = await fail(customer);
  makeUnreadable(customer);
  expect((await retry([failureId])).status).toBe("PARTIAL");
  company.cure("Customer", customer);
  expect(await failureOf(customer)).toMatchObject({
    status: "OPEN",
    code: "UNREADABLE_RECORD",
    attempts: 2,
    payload: expect.stringContaining(customer),
  });
  company.change("Customer", customer, { Notes: "whole again" });
  expect((await retry([failureId])).status).toBe("SUCCEEDED");
});

test("a failed record that is gone from QuickBooks is resolved by its removal", async () => {
  const invoice = nth("Invoice", 7);
  company.change("Invoice", invoice, { PrivateNote: refusedNote });
  await bench.incrementalSync(connectionId);
  const { id = "" } = (await failureOf(invoice, "Invoice")) ?? {};
  company.delete("Invoice", invoice);
  expect((await retry([id])).status).toBe("SUCCEEDED");
  expect(await failureOf(invoice, "Invoice")).toMatchObject({ status: "RESOLVED" });
  expect(
    await bench.database.prisma.invoice.findFirst({ where: { connectionId, quickbooksId: invoice } }),
  ).toMatchObject({ state: "DELETED" });
});

test("a failure without an id is met once however often, tried by reading its place again, and resolved when that is sound", async () => {
  const invoice = nth("Invoice", 30);
  company.poison("Invoice", invoice);
  const placed = { quickbooksId: null, status: "OPEN" as const };
  expect((await bench.fullSync(connectionId)).status).toBe("PARTIAL");
  expect((await bench.fullSync(connectionId)).status).toBe("PARTIAL");
  const met = await failures(placed);
  const ids = met.map(({ id }) => id);
  expect(new Set(met.map(({ place }) => place)).size).toBe(met.length);
  expect((await retry(ids)).status).toBe("PARTIAL");
  expect((await failures(placed)).map(({ attempts }) => attempts)).toEqual(met.map(({ attempts }) => attempts + 1));
  company.cure("Invoice", invoice);
  expect((await retry(ids)).status).toBe("SUCCEEDED");
  expect(await failures(placed)).toEqual([]);
});

test("a complete reading resolves the failures that it does not meet any more", async () => {
  const invoice = nth("Invoice", 31);
  company.poison("Invoice", invoice);
  await bench.fullSync(connectionId);
  company.cure("Invoice", invoice);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await failures({ status: "OPEN" })).toEqual([]);
});

test("every run tries again what could not be taken in, though it has not changed since", async () => {
  const customer = nth("Customer", 9);
  await fail(customer);
  await passOverlap();
  const refused = await bench.incrementalSync(connectionId);
  expect(refused).toMatchObject({ status: "PARTIAL", apiCalls: 2 });
  expect(await failureOf(customer)).toMatchObject({ status: "OPEN", attempts: 3, runId: refused.id });

  // As a gateway leaves it that could not take in what this one can.
  const sound = nth("Customer", 10);
  const { prisma } = bench.database;
  await prisma.recordFailure.updateMany({
    where: { connectionId, quickbooksId: customer },
    data: { quickbooksId: sound },
  });
  await prisma.customer.deleteMany({ where: { connectionId, quickbooksId: sound } });
  const taken = await bench.incrementalSync(connectionId);
  expect(taken).toMatchObject({ status: "SUCCEEDED", apiCalls: 2 });
  expect(await failureOf(sound)).toMatchObject({ status: "RESOLVED" });
  company.change("Customer", customer, { Notes: "whole again" });
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
});

test("the place of a record without an id is looked at again once a day, not by every run", async () => {
  const invoice = nth("Invoice", 32);
  company.poison("Invoice", invoice);
  await bench.fullSync(connectionId);
  await passOverlap();
  expect(await bench.incrementalSync(connectionId)).toMatchObject({ status: "SUCCEEDED", apiCalls: 1 });
  const { prisma } = bench.database;
  const yesterday = new Date(Date.now() - 24 * 3_600_000);
  await prisma.recordFailure.updateMany({ where: { connectionId, status: "OPEN" }, data: { lastSeenAt: yesterday } });
  expect((await bench.incrementalSync(connectionId)).status).toBe("PARTIAL");
  company.cure("Invoice", invoice);
  await prisma.recordFailure.updateMany({ where: { connectionId, status: "OPEN" }, data: { lastSeenAt: yesterday } });
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await failures({ status: "OPEN" })).toEqual([]);
});

test("a dismissed failure is audited, counts in no run, and is open again where something else is wrong", async () => {
  const customer = nth("Customer", 8);
  const failureId = await fail(customer);
  await dismissFailures(bench, {
    actor: bench.actor,
    failureIds: [failureId],
    note: "The note is torn in QuickBooks too.",
  });
  expect(await failureOf(customer)).toMatchObject({ status: "DISMISSED", note: "The note is torn in QuickBooks too." });
  const entries = await bench.database.prisma.auditEntry.findMany({ where: { subjectId: failureId } });
  expect(entries).toMatchObject([
    { action: "failure.dismiss", actorId: bench.actor.id, after: { status: "DISMISSED" } },
  ]);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await failureOf(customer)).toMatchObject({ status: "DISMISSED" });

  makeUnreadable(customer);
  expect((await retry([failureId])).status).toBe("PARTIAL");
  expect(await failureOf(customer)).toMatchObject({ status: "OPEN", code: "UNREADABLE_RECORD" });
});

test("failures of others, and none at all, are refused with the field to blame", async () => {
  const foreign = { ...bench.actor, organizationId: "00000000-0000-4000-8000-000000000000" };
  const [known] = await failures();
  const failureIds = [known?.id ?? ""];
  const refusal = { code: "NOT_FOUND", field: "failureIds" };
  await expect(retryFailures(bench, { actor: foreign, failureIds })).rejects.toMatchObject(refusal);
  await expect(dismissFailures(bench, { actor: foreign, failureIds })).rejects.toMatchObject(refusal);
});
