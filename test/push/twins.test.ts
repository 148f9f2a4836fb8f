import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import { MadeByAnother, landPending } from "../../src/sync/store/pending-records.js";
import { plugins } from "../support/engine.js";
import { until } from "../support/until.js";
import { missing, pushOffice, someId, started, type PushOffice } from "./office.js";

const noWindow = { windowMs: 1_000, cutOffMs: 1, delayMs: 20, longestDelayMs: 100 };
/** More than any window holds. */
const always = 1_000;

let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice("9130000000000000404");
});
afterAll(() => office.stop());
afterEach(() => {
  office.simulator.faults.clear();
});

const payments = (amount: string) =>
  [...office.company.records("Payment")].filter(({ text }) => text.includes(`"TotalAmt":${amount}`));

async function pay(totalAmount: string, more: object = {}) {
  const customer = new RecordReference("Customer", await office.recordId("Customer", someId(office, "Customer", 1)));
  return office.create("Payment", { customer, totalAmount, ...more });
}

/** Once nobody knew what came of each of these, QuickBooks is well again. */
async function allUnknown(ids: readonly string[]): Promise<void> {
  const lost = new Set<string>();
  await until(async () => {
    for (const id of ids) if (["UNKNOWN", "PUSHED"].includes((await office.change(id)).status)) lost.add(id);
    return lost.size === ids.length ? true : undefined;
  });
  office.simulator.faults.clear();
}

/** Both are in QuickBooks, each as a record of its own, and nothing else like them is. */
async function assertEachHasItsOwn(created: readonly { readonly recordId: string }[], amount: string): Promise<void> {
  const records = await Promise.all(created.map(({ recordId }) => office.record("Payment", recordId)));
  const inQuickBooks = payments(amount).map(({ id }) => id);
  expect(records.map(({ quickbooksId }) => quickbooksId).sort()).toEqual(inQuickBooks.sort());
  expect(inQuickBooks).toHaveLength(created.length);
}

test.each([
  ["neither landed", "503", undefined, "41.21"],
  ["one of them landed", "504-after", "503", "42.21"],
  ["both landed", "504-after", undefined, "43.21"],
] as const)(
  "F8: of two creates alike whose answers were lost, where %s, each ends with a record of its own",
  async (_, first, then, amount) => {
    office.simulator.faults.inject({ kind: first, operation: "write", times: then === undefined ? always : 1 });
    if (then !== undefined) office.simulator.faults.inject({ kind: then, operation: "write", times: always });
    const created = [await pay(amount), await pay(amount)];
    const pusher = await started(office, { pace: noWindow });
    await allUnknown(created.map(({ id }) => id));
    for (const { id } of created) expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED" });
    await assertEachHasItsOwn(created, amount);
    await pusher.stop();
  },
);

test("F8: a record that creates unlike each other may both have made is for a person", async () => {
  office.simulator.faults.inject({ kind: "504-after", operation: "write", times: 1 });
  office.simulator.faults.inject({ kind: "503", operation: "write", times: always });
  const created = [await pay("44.21"), await pay("44.21", { privateNote: "by cheque" })];
  const [plain, noted] = [created[0] ?? missing("payment"), created[1] ?? missing("payment")];
  await office.bench.database.pool.query(
    "UPDATE local_changes SET next_attempt_at = now() + interval '1 second' WHERE id = $1",
    [plain.id],
  );
  const pusher = await started(office, { pace: noWindow });
  await allUnknown(created.map(({ id }) => id));
  for (const { id } of [plain, noted]) {
    await until(async () => ((await office.change(id)).errorCode === "AMBIGUOUS" ? true : undefined));
  }
  expect(payments("44.21")).toHaveLength(1);
  await pusher.stop();
});

test("F8: what somebody entered under the name of a lost create, or changed since, is for a person to tell", async () => {
  office.simulator.faults.inject({ kind: "503", operation: "write", entity: "Customer", times: always });
  office.simulator.faults.inject({ kind: "504-after", operation: "write", entity: "Payment", times: 1 });
  const named = await office.create("Customer", { displayName: "Otter Bank", notes: "rings on Mondays" });
  const paid = await pay("46.21", { privateNote: "as entered" });
  office.simulator.faults.inject({ kind: "503", operation: "write", entity: "Payment", times: always });
  const pusher = await started(office, { pace: noWindow });
  await until(() => payments("46.21")[0]);
  office.company.create("Customer", { DisplayName: "Otter Bank" });
  office.company.change("Payment", payments("46.21")[0]?.id ?? "", { PrivateNote: "corrected" });
  await allUnknown([named.id, paid.id]);
  for (const { id } of [named, paid]) {
    await until(async () => ((await office.change(id)).errorCode === "AMBIGUOUS" ? true : undefined));
  }
  expect(payments("46.21")).toHaveLength(1);
  await pusher.stop();
});

test("F8: a lost create whose customer was merged into another meanwhile, which moves it without a trace, is for a person to tell", async () => {
  const { company, simulator } = office;
  simulator.switches.mergeMoves = "nothing";
  simulator.faults.inject({ kind: "504-after", operation: "write", entity: "Payment", times: 1 });
  const kept = company.create("Customer", { DisplayName: "Otter Holding" });
  const merged = company.create("Customer", { DisplayName: "Otter Branch" });
  await office.bench.fullSync(office.connectionId);
  const customer = new RecordReference("Customer", await office.recordId("Customer", merged));
  const paid = await office.create("Payment", { customer, totalAmount: "47.21" });
  simulator.faults.inject({ kind: "503", operation: "write", entity: "Payment", times: always });
  const pusher = await started(office, { pace: noWindow });
  await until(() => payments("47.21")[0]);
  company.merge("Customer", merged, kept);
  await allUnknown([paid.id]);
  await until(async () => ((await office.change(paid.id)).errorCode === "AMBIGUOUS" ? true : undefined));
  expect(payments("47.21")).toHaveLength(1);
  await pusher.stop();
});

test("F8: what others of our creates asked for, whose answers were lost too, is no doubt about one that differs in whom it is for", async () => {
  office.simulator.faults.inject({ kind: "504-after", operation: "write", times: 1 });
  office.simulator.faults.inject({ kind: "503", operation: "write", times: always });
  const other = new RecordReference("Customer", await office.recordId("Customer", someId(office, "Customer", 2)));
  const created = [await pay("48.21"), await pay("48.21", { customer: other })];
  const pusher = await started(office, { pace: noWindow });
  await allUnknown(created.map(({ id }) => id));
  for (const { id } of created) expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED" });
  await assertEachHasItsOwn(created, "48.21");
  await pusher.stop();
});

test("a record that one of our creates made is never taken for another's", async () => {
  const [landed, other] = [await pay("45.21"), await pay("45.21")];
  const { database } = office.bench;
  const plugin = plugins.find(({ name }) => name === "Payment") ?? missing("plugin");
  const mirror = { connectionId: office.connectionId, epoch: 1 };
  const land = (recordId: string) =>
    database.transaction((client) => landPending(client, mirror, plugin, recordId, "987654", plugins));
  await land(landed.recordId);
  await expect(land(other.recordId)).rejects.toThrow(MadeByAnother);
  expect((await office.record("Payment", landed.recordId)).quickbooksId).toBe("987654");
  expect((await office.record("Payment", other.recordId)).quickbooksId).toBe(`local:${other.recordId}`);
});

test.each([
  ["merged into another", "Customer", (id: string, kept: string) => office.company.merge("Customer", id, kept)],
  ["deleted", "Payment", (id: string) => office.company.delete("Payment", id)],
] as const)("F8: a lost create that a person has %s meanwhile is for a person to tell", async (_, entity, remove) => {
  const { company, simulator } = office;
  const kept = company.create("Customer", { DisplayName: `Heron ${entity}` });
  await office.bench.incrementalSync(office.connectionId);
  simulator.faults.inject({ kind: "504-after", operation: "write", entity, times: 1 });
  const ids = () => [...company.records(entity)].map(({ id }) => id);
  const before = new Set(ids());
  const lost =
    entity === "Customer" ? await office.create("Customer", { displayName: "Heron Branch" }) : await pay("49.21");
  simulator.faults.inject({ kind: "503", operation: "write", entity, times: always });
  const pusher = await started(office, { pace: noWindow });
  const made = await until(() => ids().find((id) => !before.has(id)));
  remove(made, kept);
  await allUnknown([lost.id]);
  await until(async () => ((await office.change(lost.id)).errorCode === "AMBIGUOUS" ? true : undefined));
  expect(await office.change(lost.id)).toMatchObject({ status: "UNKNOWN", generation: 0 });
  await pusher.stop();
});
