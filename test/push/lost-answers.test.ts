import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { systemClock } from "../../src/foundation/clock.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { createConflicts } from "../../src/sync/conflicts/resolve.js";
import { plugins } from "../support/engine.js";
import { until } from "../support/until.js";
import { inQuickBooks, pushOffice, someId, started, type PushOffice } from "./office.js";

/** So short that what is not answered at once is decided by what QuickBooks shows. */
const noWindow = { windowMs: 1_500, cutOffMs: 1, delayMs: 20, longestDelayMs: 100 };
/** More than any window holds. */
const always = 1_000;
/** More than one request sends by itself. */
const toTheLast = 5;

let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice("9130000000000000402");
});
afterAll(() => office.stop());
afterEach(() => {
  office.simulator.faults.clear();
});

/** Writes of a local change that had an effect. */
const effects = (requestPart: string) =>
  office.writes().filter(({ requestId, status, isReplay }) => {
    return requestId?.startsWith(requestPart) === true && status === 200 && !isReplay;
  });
const partOf = (id: string) => id.replaceAll("-", "");
const named = (name: string) =>
  [...office.company.records("Customer")].filter(({ text }) => text.includes(`"DisplayName":"${name}"`));

test.each(["drop-after", "504-after", "500-after", "drop", "503"] as const)(
  "F8: an answer lost by %s to the last is asked for again under the same requestid: one effect",
  async (kind) => {
    office.simulator.faults.inject({ kind, operation: "write", times: toTheLast });
    const pusher = await started(office);
    const { id, recordId } = await office.create("Customer", { displayName: `Lost by ${kind}` });
    expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED", generation: 0 });
    expect(effects(partOf(id))).toHaveLength(1);
    expect(named(`Lost by ${kind}`)).toHaveLength(1);
    expect((await office.record("Customer", recordId)).quickbooksId).toBe(named(`Lost by ${kind}`)[0]?.id);
    await pusher.stop();
  },
);

test("F8: a changed replay is not believed: what is there now is read by id", async () => {
  office.simulator.faults.inject({ kind: "504-after", operation: "write", times: toTheLast });
  const id = someId(office, "Customer", 5);
  const pusher = await started(office, { onStep: (step) => personIn(step, id) });
  const change = await office.update("Customer", id, { notes: "ours" });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  const record = await office.record("Customer", await office.recordId("Customer", id));
  expect(record.mapped.row).toMatchObject({ notes: "ours", title: "Prof." });
  await pusher.stop();
});

/** Once a change's fate is not known, its window is over, and then QuickBooks is well again. */
async function unknown(id: string): Promise<void> {
  await until(async () => ((await office.change(id)).status === "UNKNOWN" ? true : undefined));
  await office.bench.database.pool.query(
    "UPDATE local_changes SET first_sent_at = first_sent_at - interval '1 hour' WHERE id = $1 AND generation = 0",
    [id],
  );
  office.simulator.faults.clear();
}

/** Somebody in QuickBooks edits the record as soon as the write was answered at last. */
function personIn(step: string, id: string): Promise<void> {
  if (step === "sent") office.company.change("Customer", id, { Title: "Prof." });
  return Promise.resolve();
}

test("F8: while the fate is unknown, a further edit becomes a change behind it", async () => {
  const held = office.simulator.faults.inject({ kind: "hold-after", operation: "write" });
  const id = someId(office, "Customer", 6);
  const pusher = await started(office);
  const first = await office.update("Customer", id, { notes: "first" });
  await until(() => (held.met === 1 ? true : undefined));
  const second = await office.update("Customer", id, { notes: "second" });
  expect(second).not.toBe(first);
  held.release();
  expect(await office.bench.pushed(second)).toMatchObject({ status: "PUSHED", edits: { notes: { base: "first" } } });
  expect(await office.bench.pushed(first)).toMatchObject({ status: "PUSHED" });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: "second" });
  expect(await office.bench.database.prisma.conflict.count()).toBe(0);
  await pusher.stop();
});

test.each([
  ["landed", "504-after", "PUSHED", 0],
  ["did not land", "503", "PUSHED", 1],
] as const)(
  "F8: after the window an update that %s is known by its token and content",
  async (_, kind, status, generation) => {
    office.simulator.faults.inject({ kind, operation: "write", times: always });
    const pusher = await started(office, { pace: noWindow });
    const id = someId(office, "Customer", 7);
    const change = await office.update("Customer", id, { notes: `by token after ${kind}` });
    await unknown(change);
    expect(await office.bench.pushed(change)).toMatchObject({ status, generation });
    expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: `by token after ${kind}` });
    expect(effects(partOf(change))).toHaveLength(1);
    await pusher.stop();
  },
);

test("F8: after the window what neither token nor content decides waits for a person", async () => {
  office.simulator.faults.inject({ kind: "503", operation: "write", times: always });
  const id = someId(office, "Customer", 8);
  office.company.change("Customer", id, { Notes: "before" });
  await office.bench.incrementalSync(office.connectionId);
  const change = await office.update("Customer", id, { notes: "perhaps" });
  let isEdited = false;
  const pusher = await started(office, {
    pace: noWindow,
    onStep(step) {
      if (step === "frozen" && !isEdited) office.company.change("Customer", id, { Notes: "somebody else's" });
      if (step === "frozen") isEdited = true;
      return Promise.resolve();
    },
  });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "CONFLICT" });
  const conflictOf = () => office.bench.database.prisma.conflict.findFirstOrThrow({ where: { localChangeId: change } });
  expect(await conflictOf()).toMatchObject({ kind: "FIELDS", status: "OPEN" });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: "somebody else's" });
  // What it held before says nothing: the edit may have been done, and undone.
  office.company.change("Customer", id, { Notes: "before" });
  await office.bench.incrementalSync(office.connectionId);
  expect(await office.change(change)).toMatchObject({ status: "CONFLICT", errorCode: "UNDECIDED" });
  expect(await conflictOf()).toMatchObject({ status: "OPEN" });
  office.company.change("Customer", id, { Notes: "perhaps" });
  await office.bench.incrementalSync(office.connectionId);
  expect(await office.change(change)).toMatchObject({ status: "PUSHED", errorCode: null });
  expect(await conflictOf()).toMatchObject({ status: "SUPERSEDED" });
  await pusher.stop();
});

test("F8: what nobody could decide is sent once a person has decided", async () => {
  office.simulator.faults.inject({ kind: "503", operation: "write", times: always });
  const id = someId(office, "Customer", 9);
  const change = await office.update("Customer", id, { notes: "wanted" });
  let isEdited = false;
  const pusher = await started(office, {
    pace: noWindow,
    onStep(step) {
      if (step === "frozen" && !isEdited) office.company.change("Customer", id, { Title: "Prof." });
      if (step === "frozen") isEdited = true;
      return Promise.resolve();
    },
  });
  expect(await office.bench.pushed(change)).toMatchObject({ status: "CONFLICT", errorCode: "UNDECIDED" });
  office.simulator.faults.clear();
  const { bench } = office;
  const { id: conflictId } = await bench.database.prisma.conflict.findFirstOrThrow({
    where: { localChangeId: change },
  });
  const conflicts = createConflicts({
    ...bench,
    plugins,
    ids: randomIds,
    clock: systemClock,
    log: createLog({ level: "silent" }),
    wakeWorkers: () => {
      pusher.poke();
      return Promise.resolve();
    },
  });
  await conflicts.resolve({ actor: bench.actor, conflictId, default: "PLATFORM" });
  expect(await bench.pushed(change)).toMatchObject({ status: "PUSHED", errorCode: null });
  expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: "wanted", Title: "Prof." });
  await pusher.stop();
});

test.each([
  ["504-after", 0],
  ["503", 1],
] as const)(
  "F8: after the window a create lost by %s is found by search, or made anew: one record",
  async (kind, generation) => {
    office.simulator.faults.inject({ kind, operation: "write", times: always });
    const pusher = await started(office, { pace: noWindow });
    const { id, recordId } = await office.create("Customer", { displayName: `Searched after ${kind}` });
    await unknown(id);
    expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED", generation });
    expect(named(`Searched after ${kind}`)).toHaveLength(1);
    expect((await office.record("Customer", recordId)).quickbooksId).toBe(named(`Searched after ${kind}`)[0]?.id);
    await pusher.stop();
  },
);

test("F8: two records that a create may have made wait for a person, who sends it anew or gives it up", async () => {
  const { RecordReference } = await import("../../src/sync/local-changes/edits.js");
  office.simulator.faults.inject({ kind: "504-after", operation: "write", times: always });
  const customer = new RecordReference("Customer", await office.recordId("Customer", someId(office, "Customer", 1)));
  const { id } = await office.create("Payment", { customer, totalAmount: "77.35" });
  const pusher = await started(office, {
    pace: noWindow,
    onStep(step) {
      if (step === "frozen") twin();
      return Promise.resolve();
    },
  });
  const change = await until(async () => {
    const now = await office.change(id);
    return now.errorCode === "AMBIGUOUS" ? now : undefined;
  });
  expect(change.status).toBe("UNKNOWN");
  await office.bench.localChanges.cancel(office.bench.actor, id);
  expect((await office.change(id)).status).toBe("CANCELLED");
  await pusher.stop();
});

/** Somebody enters the same payment in QuickBooks. */
function twin(): void {
  const customer = someId(office, "Customer", 1);
  office.company.create("Payment", { CustomerRef: { value: customer }, TotalAmt: 77.35 });
}
