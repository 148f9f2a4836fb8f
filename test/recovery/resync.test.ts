import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { resyncRecord } from "../../src/sync/recovery/recovery.js";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000042";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "resync", size: 200 }]);
  company = bench.simulator.companies.get(realmId) ?? missing();
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
});

afterAll(() => bench.stop());

function missing(): never {
  throw new Error("Something the test needs is missing.");
}

const plugin = plugins.find(({ name }) => name === "Invoice") ?? missing();
const row = (quickbooksId: string) =>
  bench.database.prisma.invoice.findFirstOrThrow({ where: { connectionId, quickbooksId } });

async function resync(quickbooksId: string) {
  const { id: recordId } = await row(quickbooksId);
  const { id } = await resyncRecord(bench, { actor: bench.actor, plugin, recordId });
  return bench.ended(id);
}

const nth = (index: number): string => [...company.records("Invoice")][index]?.id ?? "";

test("one record is read by its id and taken in, and nothing else is read", async () => {
  const [wanted, other] = [nth(1), nth(2)];
  for (const id of [wanted, other]) company.change("Invoice", id, { PrivateNote: "changed" });
  const run = await resync(wanted);
  expect(run).toMatchObject({ mode: "RECORDS", trigger: "MANUAL", status: "SUCCEEDED", apiCalls: 1 });
  expect(await row(wanted)).toMatchObject({ privateNote: "changed", version: 2 });
  expect((await row(other)).privateNote).not.toBe("changed");
});

test("a record that QuickBooks says is gone (610) becomes deleted", async () => {
  const id = nth(3);
  company.delete("Invoice", id);
  expect((await resync(id)).status).toBe("SUCCEEDED");
  expect(await row(id)).toMatchObject({ state: "DELETED" });
});

test("a record that is as it was writes no version", async () => {
  const id = nth(4);
  const before = await row(id);
  expect((await resync(id)).status).toBe("SUCCEEDED");
  expect(await row(id)).toEqual(before);
});

test("it runs beside a sync of the whole company", async () => {
  const { epoch } = await bench.database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  const held = await bench.database.pool.query<{ id: string }>(
    `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at, lease_until, fence)
     VALUES (gen_random_uuid(), $1, $2, 'FULL', 'MANUAL', 'RUNNING', '{}', now(), now() + interval '1 hour', 1) RETURNING id`,
    [connectionId, epoch],
  );
  expect((await resync(nth(5))).status).toBe("SUCCEEDED");
  await bench.database.pool.query("DELETE FROM quickbooks_syncs WHERE id = $1", [held.rows[0]?.id]);
});

test("a record of another organization is not found", async () => {
  const { id: recordId } = await row(nth(6));
  const actor = { ...bench.actor, organizationId: "00000000-0000-4000-8000-000000000000" };
  await expect(resyncRecord(bench, { actor, plugin, recordId })).rejects.toMatchObject({
    code: "NOT_FOUND",
    field: "recordId",
  });
});
