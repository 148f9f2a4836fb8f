import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000004";
let bench: EngineBench;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "poison", size: 900 }]);
  connectionId = await bench.connect(realmId);
});

afterAll(() => bench.stop());

const mirrored = async (): Promise<number> =>
  bench.database.prisma.invoice.count({ where: { connectionId, state: { not: "DELETED" } } });

test("a record that makes QuickBooks fail every answer it is in costs nobody but itself", async () => {
  const company = bench.simulator.companies.get(realmId);
  const [poisoned = ""] = [...(company?.records("Invoice") ?? [])].slice(123).map(({ id }) => id);
  company?.poison("Invoice", poisoned);
  const run = await bench.fullSync(connectionId);
  expect(run.status).toBe("PARTIAL");
  expect(await mirrored()).toBe((company?.count("Invoice") ?? 0) - 1);
  const failures = await bench.database.prisma.recordFailure.findMany({ where: { connectionId, status: "OPEN" } });
  expect(failures).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ code: "UNREADABLE_RECORD", entity: "Invoice", quickbooksId: null }),
    ]),
  );
  company?.cure("Invoice", poisoned);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await mirrored()).toBe(company?.count("Invoice"));
});

test("an incremental sync reads around it as well", async () => {
  const company = bench.simulator.companies.get(realmId);
  bench.simulator.clock.advance(10 * 60_000);
  const [poisoned = "", edited = ""] = [...(company?.records("Invoice") ?? [])].slice(50).map(({ id }) => id);
  company?.change("Invoice", poisoned, { PrivateNote: "broken" });
  company?.change("Invoice", edited, { PrivateNote: "sound" });
  company?.poison("Invoice", poisoned);
  expect((await bench.incrementalSync(connectionId)).status).toBe("PARTIAL");
  const row = await bench.database.prisma.invoice.findFirst({ where: { connectionId, quickbooksId: edited } });
  expect(row?.privateNote).toBe("sound");
});
