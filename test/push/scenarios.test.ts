import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { systemClock } from "../../src/foundation/clock.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { RecordReference, createLocalChanges } from "../../src/sync/local-changes/edits.js";
import type { Pusher, PusherOptions } from "../../src/sync/push/pusher.js";
import { mirrorDifferences } from "../support/comparing.js";
import { plugins } from "../support/engine.js";
import { until } from "../support/until.js";
import { inQuickBooks, missing, pushOffice, someId, started, type PushOffice } from "./office.js";

const realmId = "9130000000000000405";
let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice(realmId);
});
afterAll(() => office.stop());
afterEach(async () => {
  office.simulator.faults.clear();
  await Promise.all(pushers.splice(0).map((each) => each.stop()));
});

const pushers: Pusher[] = [];

async function start(options: Partial<PusherOptions> = {}): Promise<Pusher> {
  const pusher = await started(office, options);
  pushers.push(pusher);
  return pusher;
}

const effectsOf = (id: string): number =>
  office.writes().filter(({ requestId, status, isReplay }) => {
    return requestId?.startsWith(id.replaceAll("-", "")) === true && status === 200 && !isReplay;
  }).length;

type Held = Readonly<Record<string, unknown>>;

/** A record that fits, as QuickBooks holds it. */
function someRecord(entity: string, fits: (record: Held) => boolean): Held & { readonly Id: string } {
  for (const { text, id } of office.company.records(entity)) {
    const record = JSON.parse(text) as Held;
    if (fits(record)) return { ...record, Id: id };
  }
  return missing(`${entity} that fits`);
}

const linksTo = ({ LinkedTxn = [], Line = [] }: Held, type: string): boolean =>
  JSON.stringify([LinkedTxn, Line]).includes(`"TxnType":"${type}"`);

async function mirrorIsEqual(): Promise<void> {
  office.simulator.clock.advance(60_000);
  expect((await office.bench.incrementalSync(office.connectionId)).status).toBe("SUCCEEDED");
  const withoutProperties = plugins.flatMap(({ quickbooks }) => quickbooks.variesByReading);
  expect(await mirrorDifferences(office.bench, office.connectionId, realmId, { withoutProperties })).toEqual([]);
}

test("delete racing an edit: what is deleted in QuickBooks while an edit of it is being sent comes to people, and is not made anew", async () => {
  const id = someId(office, "Invoice", 1);
  const change = await office.update("Invoice", id, { privateNote: "ours" });
  const pusher = await start({
    onStep(step, { id: pushed }) {
      if (step === "frozen" && pushed === change) office.company.delete("Invoice", id);
      return Promise.resolve();
    },
  });
  expect(await office.bench.pushed(change)).toMatchObject({
    status: "CONFLICT",
    edits: { privateNote: { value: "ours" } },
  });
  const conflict = await office.bench.database.prisma.conflict.findFirstOrThrow({ where: { localChangeId: change } });
  expect(conflict.kind).toBe("DELETED_IN_QUICKBOOKS");
  expect(effectsOf(change)).toBe(0);
  expect(inQuickBooks(office, "Invoice", id)).toBeUndefined();
  await pusher.stop();
  await office.bench.localChanges.cancel(office.bench.actor, change);
});

test("delete racing an edit: what somebody in QuickBooks edits while it is being deleted here stays, until a person has seen the edit", async () => {
  const id = someId(office, "Invoice", 2);
  const change = await office.end("DELETE", "Invoice", id);
  const pusher = await start({
    onStep(step, { id: pushed, generation }) {
      if (step === "frozen" && pushed === change && generation === 0)
        office.company.change("Invoice", id, { PrivateNote: "do not delete" });
      return Promise.resolve();
    },
  });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "CONFLICT" });
  expect(inQuickBooks(office, "Invoice", id)).toMatchObject({ PrivateNote: "do not delete" });
  await pusher.stop();
  await office.bench.localChanges.cancel(office.bench.actor, change);
});

test("disconnect with work queued: edits wait, one whose fate is unknown too, and each goes out once after the company is connected again", async () => {
  const { pool } = office.bench.database;
  const [asked, customer] = [someId(office, "Customer", 1), someId(office, "Customer", 2)];
  office.simulator.faults.inject({ kind: "hold-after", operation: "write", entity: "Customer" });
  const first = await office.update("Customer", asked, { notes: "on its way" });
  const pusher = await start();
  await until(() => (effectsOf(first) === 1 ? true : undefined));
  await pusher.stop();
  await pool.query("UPDATE connections SET status = 'DISCONNECTED'");
  expect(await office.change(first)).toMatchObject({ status: "UNKNOWN" });
  await pool.query("UPDATE connections SET status = 'CONNECTED'");
  const second = await office.update("Customer", customer, { notes: "queued" });
  await pool.query("UPDATE connections SET status = 'DISCONNECTED'");
  const other = await start();
  await other.idle();
  expect(await office.change(first)).toMatchObject({ status: "UNKNOWN" });
  expect(await office.change(second)).toMatchObject({ status: "PENDING", attempts: 0 });
  await pool.query("UPDATE connections SET status = 'CONNECTED'");
  other.poke();
  expect(await office.bench.pushed(first)).toMatchObject({ status: "PUSHED", generation: 0 });
  expect(await office.bench.pushed(second)).toMatchObject({ status: "PUSHED" });
  expect([effectsOf(first), effectsOf(second)]).toEqual([1, 1]);
});

test("an edit made while the last one's fate is unknown: it waits behind, over that one's value, and is no conflict with it", async () => {
  const id = someId(office, "Customer", 3);
  const held = office.simulator.faults.inject({ kind: "hold-after", operation: "write", entity: "Customer" });
  const first = await office.update("Customer", id, { notes: "first" });
  const pusher = await start();
  await until(() => (held.met === 1 ? true : undefined));
  await pusher.stop();
  expect(await office.change(first)).toMatchObject({ status: "UNKNOWN" });
  const second = await office.update("Customer", id, { notes: "second" });
  expect(await office.update("Customer", id, { notes: "third" })).toBe(second);
  expect(await office.change(second)).toMatchObject({ edits: { notes: { base: "first", value: "third" } } });
  office.simulator.faults.clear();
  await start();
  expect(await office.bench.pushed(second)).toMatchObject({ status: "PUSHED" });
  expect(await office.change(first)).toMatchObject({ status: "PUSHED", generation: 0 });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: "third" });
  expect([effectsOf(first), effectsOf(second)]).toEqual([1, 1]);
  expect(await office.bench.database.prisma.conflict.count({ where: { localChangeId: { in: [first, second] } } })).toBe(
    0,
  );
});

test("zero-amount payment that applies a credit memo: an edit of its note leaves what it applies as it is", async () => {
  const before = someRecord("Payment", (each) => each["TotalAmt"] === 0 && linksTo(each, "CreditMemo"));
  await start();
  const change = await office.update("Payment", before.Id, { privateNote: "explained" });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  const { Line, TotalAmt, UnappliedAmt } = before;
  expect(inQuickBooks(office, "Payment", before.Id)).toMatchObject({
    PrivateNote: "explained",
    Line,
    TotalAmt,
    UnappliedAmt,
  });
  await mirrorIsEqual();
});

test("void of a paid invoice: voided here, its payment is free again on both sides, and an edit of that payment is no conflict", async () => {
  const paid = someRecord(
    "Invoice",
    (each) => each["Balance"] === 0 && Number(each["TotalAmt"]) > 0 && linksTo(each, "Payment"),
  );
  const payment = someRecord(
    "Payment",
    ({ Line, TotalAmt }) => Number(TotalAmt) > 0 && JSON.stringify(Line).includes(`"TxnId":"${paid.Id}"`),
  );
  await start();
  const voiding = await office.end("VOID", "Invoice", paid.Id);
  const noting = await office.update("Payment", payment.Id, { privateNote: "now for another" });
  expect(await office.bench.pushed(voiding)).toMatchObject({ status: "PUSHED" });
  expect(await office.bench.pushed(noting)).toMatchObject({ status: "PUSHED" });
  expect(inQuickBooks(office, "Invoice", paid.Id)).toMatchObject({ TotalAmt: 0, Balance: 0 });
  expect((await office.record("Invoice", await office.recordId("Invoice", paid.Id))).state).toBe("VOIDED");
  const freed = inQuickBooks(office, "Payment", payment.Id) ?? {};
  expect(freed["PrivateNote"]).toBe("now for another");
  expect(Number(freed["UnappliedAmt"])).toBeGreaterThan(Number(payment["UnappliedAmt"]));
  await mirrorIsEqual();
});

test("death between commit and job: an edit whose process dies before it wakes anybody is found by the sweep, and by the next start", async () => {
  const { database, streams, actor } = office.bench;
  const dying = createLocalChanges({
    ...{ database, streams, plugins, ids: randomIds, clock: systemClock, log: createLog({ level: "silent" }) },
    wakeWorkers: () => Promise.reject(new Error("The process is no more.")),
  });
  const keep = async (notes: string): Promise<string> => {
    const recordId = await office.recordId("Customer", someId(office, "Customer", 4));
    const edit = {
      actor,
      operation: "UPDATE",
      entity: "Customer",
      recordId,
      values: { notes },
      dryRun: false,
    } as const;
    return (await dying.edit(edit)).localChangeId ?? missing("local change");
  };
  const atStart = await keep("found at the next start");
  const pusher = await start();
  expect(await office.bench.pushed(atStart)).toMatchObject({ status: "PUSHED" });
  await pusher.idle();
  const bySweep = await keep("found by the sweep");
  expect(await office.change(bySweep)).toMatchObject({ status: "PENDING", attempts: 0 });
  pusher.poke();
  expect(await office.bench.pushed(bySweep)).toMatchObject({ status: "PUSHED" });
  await pusher.stop();
});

test("refresh token at its end: edits are kept while QuickBooks lets nobody in, and go out under the new authorization", async () => {
  const { pool } = office.bench.database;
  const customer = new RecordReference("Customer", await office.recordId("Customer", someId(office, "Customer", 5)));
  const payment = await office.create("Payment", { customer, totalAmount: "31.40" });
  office.simulator.disconnect(realmId);
  const pusher = await start();
  const status = async (): Promise<unknown> =>
    (await pool.query<{ status: string }>("SELECT status FROM connections WHERE id = $1", [office.connectionId]))
      .rows[0]?.status;
  await until(async () => ((await status()) === "REAUTHORIZATION_REQUIRED" ? true : undefined));
  await pusher.idle();
  expect(await office.change(payment.id)).toMatchObject({ status: "PENDING", request: null });
  await office.bench.authorizeAgain(office.connectionId, realmId);
  await until(async () => {
    pusher.poke();
    return (await office.change(payment.id)).status === "PUSHED" ? true : undefined;
  });
  expect(effectsOf(payment.id)).toBe(1);
  await pusher.stop();
});
