import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { RecordSlice } from "../../src/foundation/json.js";
import { UnreadableResult } from "../../src/quickbooks/errors.js";
import { readAround } from "../../src/sync/full/poison.js";
import { seeded } from "../chaos/random.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
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
  const company = companyOf(bench, realmId);
  const [poisoned = ""] = [...company.records("Invoice")].slice(123).map(({ id }) => id);
  company.poison("Invoice", poisoned);
  const run = await bench.fullSync(connectionId);
  expect(run.status).toBe("PARTIAL");
  expect(await mirrored()).toBe(company.count("Invoice") - 1);
  const failures = await bench.database.prisma.recordFailure.findMany({ where: { connectionId, status: "OPEN" } });
  expect(failures).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ code: "UNREADABLE_RECORD", entity: "Invoice", quickbooksId: null }),
    ]),
  );
  company.cure("Invoice", poisoned);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await mirrored()).toBe(company.count("Invoice"));
});

test("an incremental sync reads around it as well", async () => {
  const company = companyOf(bench, realmId);
  bench.simulator.clock.advance(10 * 60_000);
  const [poisoned = "", edited = ""] = [...company.records("Invoice")].slice(50).map(({ id }) => id);
  company.change("Invoice", poisoned, { PrivateNote: "broken" });
  company.change("Invoice", edited, { PrivateNote: "sound" });
  company.poison("Invoice", poisoned);
  expect((await bench.incrementalSync(connectionId)).status).toBe("PARTIAL");
  const row = await bench.database.prisma.invoice.findFirst({ where: { connectionId, quickbooksId: edited } });
  expect(row?.privateNote).toBe("sound");
});

test("a broken record among many of one second hides none of the others, and is not taken for gone itself", async () => {
  const company = companyOf(bench, realmId);
  const open = (name: string) => company.create("Account", { Name: name, AccountType: "Expense" });
  const known = Array.from({ length: 30 }, (_, number) => open(`Known ${number}`));
  await bench.fullSync(connectionId);
  bench.simulator.clock.advance(10 * 60_000);
  Array.from({ length: 30 }, (_, number) => open(`New ${number}`));
  bench.simulator.switches.ties = "shuffled";
  company.poison("Account", known[7] ?? "");
  expect((await bench.fullSync(connectionId)).status).toBe("PARTIAL");
  expect(await bench.database.prisma.account.count({ where: { connectionId, state: "DELETED" } })).toBe(0);
  expect(await mirrorDifferences(bench, connectionId, realmId, { entities: ["Account"] })).toEqual([]);
});

test("a page that is read in parts, each time in another order, shows every record that can be given", async () => {
  const records = Array.from({ length: 100 }, (_, number) => new RecordSlice(Buffer.from("{}"), String(number)));
  const broken = records[60];
  const random = seeded(7);
  const read = (start: number, size: number) => {
    const drawn = records
      .map((record) => ({ record, draw: random.next() }))
      .sort((one, other) => one.draw - other.draw);
    const shown = drawn.slice(start - 1, start - 1 + size).map(({ record }) => record);
    if (broken !== undefined && shown.includes(broken)) return Promise.reject(new UnreadableResult("It is broken."));
    return Promise.resolve({ records: shown, answeredAt: new Date(0), request: "SELECT * FROM Account" });
  };
  const page = await readAround(read);
  expect(new Set(page.records)).toEqual(new Set(records.filter((record) => record !== broken)));
  expect(page.unreadable).toHaveLength(1);
});
