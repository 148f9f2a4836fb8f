import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000047";
let bench: EngineBench;
let company: Company;
let connectionId: string;
/** Records that were broken before the first sync. */
let broken: string;

beforeEach(async () => {
  bench = await engineBench([{ realmId, seed: "counted in", size: 1_850 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  broken = unpaid()[40] ?? missing();
});

afterEach(() => bench.stop());

function missing(): never {
  throw new Error("The company is missing, or has too few records.");
}

const unpaid = (): string[] =>
  [...company.records("Invoice")]
    .filter(({ text }) => text.includes('"LinkedTxn":[]') && !text.includes("Voided"))
    .map(({ id }) => id);

/** More changes than one answer holds, by an incremental sync; the broken record is not among them. */
async function syncChanges(work: () => void = () => undefined) {
  bench.simulator.clock.advance(20 * 60_000);
  for (const { id } of company.records("Invoice"))
    if (id !== broken) company.change("Invoice", id, { PrivateNote: "all at once" });
  work();
  const run = await bench.incrementalSync(connectionId);
  const where = { runId_entity: { runId: run.id, entity: "Invoice" } };
  return (await bench.database.prisma.syncRunEntity.findUniqueOrThrow({ where })).proof;
}

/** The records that QuickBooks shows and the mirror lacks, and the other way round. */
async function differing(): Promise<readonly string[]> {
  const rows = await bench.database.prisma.invoice.findMany({ where: { connectionId, state: { not: "DELETED" } } });
  const mirrored = rows.map(({ quickbooksId }) => quickbooksId ?? "");
  const served = [...company.records("Invoice")].map(({ id }) => id);
  return [...mirrored.filter((id) => !served.includes(id)), ...served.filter((id) => !mirrored.includes(id))];
}

test("an old record that cannot be taken in is counted by its id: more changes than one answer holds are proved without it", async () => {
  company.change("Invoice", broken, { PrivateNote: "half of a character: \ud83d" });
  expect((await bench.fullSync(connectionId)).status).toBe("PARTIAL");
  expect(await syncChanges()).toBe("WINDOWS");
  expect(await differing()).toEqual([broken]);
});

test("a record that cannot be taken in, and one that was deleted, do not outweigh each other in the count", async () => {
  company.change("Invoice", broken, { PrivateNote: "half of a character: \ud83d" });
  expect((await bench.fullSync(connectionId)).status).toBe("PARTIAL");
  await syncChanges(() => company.delete("Invoice", unpaid()[3] ?? missing()));
  expect(await differing()).toEqual([broken]);
});

test("what QuickBooks cannot give has no id to count it by: the entity is read whole, and a deletion is found", async () => {
  company.poison("Invoice", broken);
  expect((await bench.fullSync(connectionId)).status).toBe("PARTIAL");
  expect(await syncChanges(() => company.delete("Invoice", unpaid()[3] ?? missing()))).toBe("IDS_AND_COUNT");
  expect(await differing()).toEqual([broken]);
});
