import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import type { PushStep } from "../../src/sync/push/context.js";
import { until } from "../support/until.js";
import { inQuickBooks, pushOffice, someId, started, type PushOffice } from "./office.js";

let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice("9130000000000000403");
});
afterAll(() => office.stop());
afterEach(() => {
  office.simulator.faults.clear();
});

/** What a person in QuickBooks does, once, when a step is done. */
function once(wanted: PushStep, work: () => void) {
  let isDone = false;
  return (step: PushStep): Promise<void> => {
    if (step === wanted && !isDone) {
      isDone = true;
      work();
    }
    return Promise.resolve();
  };
}

test("F11: somebody was faster (5010): the record is read, merged, and sent again as another request", async () => {
  const id = someId(office, "Customer", 1);
  const change = await office.update("Customer", id, { notes: "ours" });
  const onStep = once("frozen", () => office.company.change("Customer", id, { Title: "Prof." }));
  const pusher = await started(office, { onStep });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED", generation: 1 });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: "ours", Title: "Prof." });
  const ids = office.writes().map(({ requestId, code }) => [requestId, code]);
  const part = change.replaceAll("-", "");
  expect(ids.filter(([requestId]) => requestId?.startsWith(part))).toEqual([
    [`${part}-0`, "5010"],
    [`${part}-1`, undefined],
  ]);
  await pusher.stop();
});

test("F11: where both changed the same field, nothing is overwritten: it is a conflict", async () => {
  const id = someId(office, "Customer", 2);
  const change = await office.update("Customer", id, { notes: "ours" });
  const onStep = once("frozen", () => office.company.change("Customer", id, { Notes: "theirs" }));
  const pusher = await started(office, { onStep });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "CONFLICT" });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: "theirs" });
  await pusher.stop();
});

test("a change in QuickBooks that was not mirrored yet is found before anything is sent", async () => {
  const id = someId(office, "Customer", 3);
  const change = await office.update("Customer", id, { notes: "ours" });
  office.company.change("Customer", id, { Notes: "theirs" });
  const before = office.writes().length;
  const pusher = await started(office);
  expect(await office.bench.pushed(change)).toMatchObject({ status: "CONFLICT", generation: 0 });
  expect(office.writes()).toHaveLength(before);
  await pusher.stop();
});

test("a record that was deleted in QuickBooks is not edited there: reading it shows a conflict", async () => {
  const id = someId(office, "Invoice", 3);
  const change = await office.update("Invoice", id, { privateNote: "ours" });
  office.company.delete("Invoice", id);
  const pusher = await started(office);
  expect(await office.bench.pushed(change)).toMatchObject({ status: "CONFLICT" });
  const conflict = await office.bench.database.prisma.conflict.findFirstOrThrow({ where: { localChangeId: change } });
  expect(conflict.kind).toBe("DELETED_IN_QUICKBOOKS");
  await pusher.stop();
});

test("a deletion on both sides is one", async () => {
  const id = someId(office, "Invoice", 4);
  const change = await office.end("DELETE", "Invoice", id);
  office.company.delete("Invoice", id);
  const pusher = await started(office);
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  await pusher.stop();
});

test("name lists go one after another in order of age, whatever pushes; transactions side by side", async () => {
  const held = office.simulator.faults.inject({ kind: "hold", operation: "write", entity: "Customer", times: 10 });
  const names = [5, 6, 7].map((at) => someId(office, "Customer", at));
  const changes: string[] = [];
  for (const id of names) changes.push(await office.update("Customer", id, { title: "Mx." }));
  const invoices: string[] = [];
  for (const at of [5, 6, 7]) {
    invoices.push(await office.update("Invoice", someId(office, "Invoice", at), { privateNote: "side by side" }));
  }
  const pushers = [await started(office), await started(office)];
  for (const id of invoices) expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED" });
  await until(() => (held.met === 1 ? true : undefined));
  expect((await Promise.all(changes.map(office.change))).map(({ status }) => status)).toEqual([
    "PUSHING",
    "PENDING",
    "PENDING",
  ]);
  held.release();
  for (const id of changes) expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED" });
  const order = office.writes("Customer").filter(({ id }) => id !== undefined && names.includes(id));
  expect(order.map(({ id }) => id)).toEqual(names);
  await Promise.all(pushers.map((each) => each.stop()));
});

test("what is queued when a company is disconnected waits, and goes out after it is connected again", async () => {
  const { pool } = office.bench.database;
  const customer = new RecordReference("Customer", await office.recordId("Customer", someId(office, "Customer", 1)));
  const payment = await office.create("Payment", { customer, totalAmount: "12.5" });
  await pool.query("UPDATE connections SET status = 'DISCONNECTED'");
  const pusher = await started(office);
  await pusher.idle();
  expect(await office.change(payment.id)).toMatchObject({ status: "PENDING", attempts: 0 });
  await pool.query("UPDATE connections SET status = 'CONNECTED'");
  pusher.poke();
  expect(await office.bench.pushed(payment.id)).toMatchObject({ status: "PUSHED" });
  await pusher.stop();
});

test("an edit that is made while the last look ends is found at once", async () => {
  const id = someId(office, "Invoice", 5);
  let edited: Promise<string> | undefined;
  const pool = new Proxy(office.bench.database.pool, {
    get(real, key) {
      const value: unknown = Reflect.get(real, key, real);
      if (key !== "query" || typeof value !== "function") return value;
      return async (...query: readonly unknown[]): Promise<unknown> => {
        const answer: unknown = await Reflect.apply(value, real, query);
        if (String(query[0]).includes("min(l.next_attempt_at)")) {
          edited ??= office.update("Invoice", id, { privateNote: "just now" });
          await edited;
        }
        return answer;
      };
    },
  });
  const pusher = await started(office, { database: { ...office.bench.database, pool } });
  const change = await until(() => edited);
  await until(async () => ((await office.change(change)).status === "PUSHED" ? true : undefined), 5_000);
  await pusher.stop();
});

test("a company that was reset ends what waits for it", async () => {
  const { id } = await office.create("Customer", { displayName: "Too Late" });
  office.company.reset();
  office.simulator.faults.inject({ kind: "10200", operation: "write" });
  const pusher = await started(office);
  const ended = await until(async () => {
    pusher.poke();
    const change = await office.change(id);
    return change.status === "REJECTED" ? change : undefined;
  });
  expect(ended).toMatchObject({ status: "REJECTED", errorCode: "COMPANY_RESET" });
  await pusher.stop();
});
