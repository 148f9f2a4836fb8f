import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000006";
let bench: EngineBench;
let company: Company | undefined;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "feed", size: 300 }]);
  company = bench.simulator.companies.get(realmId);
  connectionId = await bench.connect(realmId);
});

afterAll(() => bench.stop());

const feed = (after = 0) =>
  bench.database.prisma.entityChange.findMany({
    where: { connectionId, number: { gt: after } },
    orderBy: { number: "asc" },
  });

test("every record that comes in is told once, in numbers without a gap", async () => {
  await bench.fullSync(connectionId);
  const changes = await feed();
  const total = plugins.reduce((sum, { name }) => sum + (company?.count(name) ?? 0), 0);
  expect(changes.map(({ number }) => Number(number))).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  expect(new Set(changes.map(({ recordId }) => recordId)).size).toBe(total);
  expect(new Set(changes.map(({ kind, version }) => `${kind} ${version}`))).toEqual(new Set(["CREATED 1"]));
});

test("what did not change is not told again", async () => {
  const before = await feed();
  await bench.fullSync(connectionId);
  expect(await feed()).toEqual(before);
});

test("an edit and a deletion are told with the versions they made", async () => {
  const told = (await feed()).length;
  const [edited = "", deleted = ""] = [...(company?.records("Payment") ?? [])].map(({ id }) => id);
  company?.change("Payment", edited, { PrivateNote: "edited" });
  company?.delete("Payment", deleted);
  await bench.fullSync(connectionId);
  const changes = (await feed(told)).filter(({ entity }) => entity === "Payment");
  expect(changes.map(({ kind, version }) => `${kind} ${version}`).sort()).toEqual(["REMOVED 2", "UPDATED 2"]);
});
