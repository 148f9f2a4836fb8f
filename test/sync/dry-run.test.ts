import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { written } from "../support/written.js";

const [realmId, newRealmId] = ["9130000000000045", "9130000000000055"];
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([
    { realmId, seed: "dry run", size: 2_400 },
    { realmId: newRealmId, seed: "not mirrored yet", size: 1_200 },
  ]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
});

/** What an earlier test changed lies outside the overlap that every reading goes back. */
beforeEach(() => {
  bench.simulator.clock.advance(20 * 60_000);
});

afterAll(() => bench.stop());

type Mode = "FULL" | "INCREMENTAL";

async function run(mode: Mode, dryRun: boolean, of = connectionId) {
  const { run: started } = await bench.runs.start({ actor: bench.actor, connectionId: of, mode, dryRun });
  return bench.ended(started.id);
}

const idOf = (entity: string, index: number): string => [...company.records(entity)][index]?.id ?? "";

async function preview(runId: string): Promise<readonly string[]> {
  const rows = await bench.database.prisma.mirrorDrift.findMany({ where: { runId } });
  return rows.map(({ entity, quickbooksId, kind }) => `${kind} ${entity} ${quickbooksId}`).sort();
}

async function counts(runId: string) {
  const rows = await bench.database.prisma.syncRunEntity.findMany({ where: { runId }, orderBy: { position: "asc" } });
  return rows.map(({ entity, read, created, updated, unchanged, removed, failed, proof }) => ({
    entity,
    read,
    created,
    updated,
    unchanged,
    removed,
    failed,
    proof,
  }));
}

const unpaid = (): string[] =>
  [...company.records("Invoice")]
    .filter(({ text }) => text.includes('"LinkedTxn":[]') && !text.includes("Voided"))
    .map(({ id }) => id);

test("a dry run of a first full sync lists the whole company, writes none of it, and reads nothing twice", async () => {
  const connection = await bench.connect(newRealmId);
  const before = await written(bench);
  const dry = await run("FULL", true, connection);
  expect(dry).toMatchObject({ status: "SUCCEEDED", isDryRun: true });
  expect(await written(bench)).toEqual(before);
  const real = await run("FULL", false, connection);
  expect(await counts(dry.id)).toEqual(await counts(real.id));
  // The first run of a day asks for the company's settings too.
  expect(dry.apiCalls).toBeLessThanOrEqual(real.apiCalls + 1);
  expect((await preview(dry.id)).filter((line) => !line.startsWith("MISSING"))).toEqual([]);
  expect(await preview(dry.id)).toHaveLength((await counts(real.id)).reduce((sum, { created }) => sum + created, 0));
  expect(await mirrorDifferences(bench, connection, newRealmId)).toEqual([]);
});

/** A customer is new, one cannot be taken in, an invoice is edited and another deleted. */
function work(): readonly string[] {
  const [edited = "", deleted = ""] = unpaid().slice(3);
  const refused = idOf("Customer", 4);
  const created = company.create("Customer", { DisplayName: `Newcomer after ${deleted}` });
  company.change("Customer", refused, { Notes: "half of a character: \ud83d" });
  company.change("Invoice", edited, { PrivateNote: `edited when ${deleted} went` });
  company.delete("Invoice", deleted);
  return [
    `MISSING Customer ${created}`,
    `REFUSED Customer ${refused}`,
    `DIFFERENT Invoice ${edited}`,
    `EXTRA Invoice ${deleted}`,
  ];
}

async function expectSameAsReal(mode: Mode, expected: readonly string[]): Promise<void> {
  const before = await written(bench);
  const dry = await run(mode, true);
  expect(dry.status).toBe("PARTIAL");
  expect(await written(bench)).toEqual(before);
  expect(await preview(dry.id)).toEqual(expect.arrayContaining([...expected]));
  const real = await run(mode, false);
  expect(await counts(dry.id)).toEqual(await counts(real.id));
}

test("a dry run of changes counts what the real one then does, and writes nothing", async () => {
  await expectSameAsReal("INCREMENTAL", work());
});

test("a dry run of a full sync counts what the real one then does, and writes nothing", async () => {
  await expectSameAsReal("FULL", work());
});

test("a dry run of more changes than one answer holds counts what the real one then does, by windows and by whole reads", async () => {
  company.change("Customer", idOf("Customer", 4), { Notes: "a whole one" });
  await run("INCREMENTAL", false);
  bench.simulator.clock.advance(20 * 60_000);
  for (const { id } of company.records("Invoice")) company.change("Invoice", id, { PrivateNote: "all at once" });
  const created = company.create("Customer", { DisplayName: "Newcomer of the windows" });
  const before = await written(bench);
  const dry = await run("INCREMENTAL", true);
  expect(await written(bench)).toEqual(before);
  const found = await preview(dry.id);
  expect(found).toContain(`MISSING Customer ${created}`);
  expect(found.filter((line) => line.startsWith("DIFFERENT Invoice"))).toHaveLength(company.count("Invoice"));
  const real = await run("INCREMENTAL", false);
  expect(await counts(dry.id)).toEqual(await counts(real.id));
  expect((await counts(dry.id)).find(({ entity }) => entity === "Invoice")?.proof).toBe("WINDOWS");
});

test("a dry run after a pause longer than QuickBooks remembers changes reads everything, and still writes nothing", async () => {
  await bench.database.pool.query(
    "UPDATE mirror_status SET watermark = watermark - interval '40 days' WHERE connection_id = $1",
    [connectionId],
  );
  const [deleted = ""] = unpaid().slice(7);
  company.delete("Invoice", deleted);
  const before = await written(bench);
  const dry = await run("INCREMENTAL", true);
  expect(await written(bench)).toEqual(before);
  expect(await preview(dry.id)).toContain(`EXTRA Invoice ${deleted}`);
  expect((await counts(dry.id)).map(({ proof }) => proof)).toEqual(Array(5).fill("IDS_AND_COUNT"));
});

test("an updated record is listed with the fields that differ, before and after", async () => {
  await run("INCREMENTAL", false);
  bench.simulator.clock.advance(20 * 60_000);
  const customer = idOf("Customer", 9);
  company.change("Customer", customer, { Notes: "called twice" });
  const dry = await run("INCREMENTAL", true);
  const row = await bench.database.prisma.mirrorDrift.findFirst({ where: { runId: dry.id, quickbooksId: customer } });
  expect(row?.fields).toEqual([expect.objectContaining({ path: "notes", after: "called twice" })]);
});

test("a dry run joins a dry run and never a run that writes, and the next real one follows it", async () => {
  const start = (dryRun: boolean) => bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun });
  const [dry, again, real] = [await start(true), await start(true), await start(false)];
  expect(again).toMatchObject({ outcome: "JOINED", run: { id: dry.run.id } });
  expect(real.outcome).toBe("QUEUED");
  const [first, second] = [await bench.ended(dry.run.id), await bench.ended(real.run.id)];
  expect(first.finishedAt?.getTime()).toBeLessThanOrEqual(second.startedAt?.getTime() ?? 0);
  expect(second).toMatchObject({ status: "SUCCEEDED", isDryRun: false });
});

test("what an earlier dry run listed gives way to the next one's list", async () => {
  company.change("Customer", idOf("Customer", 11), { Notes: "called again" });
  const [first, other, second] = [await run("FULL", true), await run("INCREMENTAL", true), await run("FULL", true)];
  expect(await preview(first.id)).toEqual([]);
  expect(await preview(other.id)).toEqual(await preview(second.id));
  expect(await preview(other.id)).not.toEqual([]);
});
