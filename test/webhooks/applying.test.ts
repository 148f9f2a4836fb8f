import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { until } from "../support/until.js";
import { cloudBody, legacyBody } from "./bodies.js";
import { openOffice, type Office } from "./office.js";

/** What becomes of notices when nothing goes wrong. */

let office: Office;

beforeAll(async () => {
  office = await openOffice({ realmId: "9130000000000021", seed: "webhooks", size: 300 });
});

beforeEach(async () => {
  await office.bench.database.prisma.webhookEvent.deleteMany();
  office.bench.simulator.clock.advance(60_000);
});

afterAll(() => office.bench.stop());

test.each([
  ["legacy", legacyBody],
  ["CloudEvents", cloudBody],
])("what a %s notice names is read again and stored, by a run that people see", async (format, bodyOf) => {
  const id = office.id("Customer", 0);
  office.company.change("Customer", id, { Notes: `told by ${format}` });
  await office.tell(bodyOf([office.notice({ name: "Customer", id, operation: "Update" })]));
  expect(await office.settled()).toMatchObject([{ status: "DONE", attempts: 0, reason: null }]);
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: `told by ${format}` });
  const run = (await office.runs()).at(-1);
  expect(run).toMatchObject({ mode: "RECORDS", status: "SUCCEEDED", apiCalls: 1 });
  expect(await office.bench.database.prisma.syncRunEntity.findMany({ where: { runId: run?.id ?? "" } })).toMatchObject([
    { entity: "Customer", phase: "DONE", expected: 1, read: 1, updated: 1, failed: 0 },
  ]);
});

test("what comes together is read together: one request for each entity, however many notices", async () => {
  const customers = office.ids("Customer", 10);
  const invoices = office.ids("Invoice", 10);
  for (const id of customers) office.company.change("Customer", id, { Notes: "together" });
  for (const id of invoices) office.company.change("Invoice", id, { PrivateNote: "together" });
  const before = office.bench.simulator.requests.length;
  await Promise.all(
    [...customers.map((id) => ["Customer", id] as const), ...invoices.map((id) => ["Invoice", id] as const)].map(
      ([name, id]) => office.tell(cloudBody([office.notice({ name, id, operation: "Update" })])),
    ),
  );
  const all = await office.settled();
  expect(all).toHaveLength(20);
  expect(all.every(({ status }) => status === "DONE")).toBe(true);
  // Some may have come after the first window.
  expect(office.bench.simulator.requests.length - before).toBeLessThanOrEqual(4);
  expect(await office.mirrored("invoices", invoices[9] ?? "")).toMatchObject({ private_note: "together" });
});

test("a record that is gone is removed, on the evidence of 610", async () => {
  const id = office.company.create("Invoice", {
    CustomerRef: { value: office.id("Customer", 1) },
    Line: office.lines(5),
  });
  await office.tell(cloudBody([office.notice({ name: "Invoice", id, operation: "Create" })]));
  await office.settled();
  expect(await office.mirrored("invoices", id)).toMatchObject({ state: "ACTIVE" });
  office.company.delete("Invoice", id);
  await office.tell(cloudBody([office.notice({ name: "Invoice", id, operation: "Delete" })]));
  expect(await office.settled()).toMatchObject([{ status: "DONE" }, { status: "DONE", attempts: 0 }]);
  expect(await office.mirrored("invoices", id)).toMatchObject({ state: "DELETED" });
});

test("a notice of a deletion that did not happen removes nothing", async () => {
  const id = office.id("Invoice", 3);
  await office.tell(cloudBody([office.notice({ name: "Invoice", id, operation: "Delete" })]));
  expect(await office.settled()).toMatchObject([{ status: "DONE", attempts: 3 }]);
  expect(await office.mirrored("invoices", id)).toMatchObject({ state: "ACTIVE" });
});

test("a void and a deactivation are told apart from deletions", async () => {
  const invoice = office.company.create("Invoice", {
    CustomerRef: { value: office.id("Customer", 2) },
    Line: office.lines(9),
  });
  const customer = office.company.create("Customer", { DisplayName: "Leaves soon" });
  office.company.void("Invoice", invoice);
  office.company.deactivate("Customer", customer);
  await office.tell(
    cloudBody([
      office.notice({ name: "Invoice", id: invoice, operation: "Void" }),
      office.notice({ name: "Customer", id: customer, operation: "Delete" }),
    ]),
  );
  expect((await office.settled()).map(({ status }) => status)).toEqual(["DONE", "DONE"]);
  expect(await office.mirrored("invoices", invoice)).toMatchObject({ state: "VOIDED" });
  expect(await office.mirrored("customers", customer)).toMatchObject({ state: "INACTIVE" });
});

test("F6: notices in any order, doubled and of one second, leave the newest state; replaying all of them writes nothing", async () => {
  const id = office.id("Customer", 4);
  const at = new Date(office.bench.simulator.clock.now());
  for (const version of ["v1", "v2", "v3"]) office.company.change("Customer", id, { Notes: version });
  const told = office.notice({ name: "Customer", id, operation: "Update", at });
  const older = { ...told, at: new Date(at.getTime() - 30_000) };
  await office.tell(cloudBody([told]));
  await office.tell(legacyBody([older, told]));
  await office.tell(cloudBody([older, told]));
  await office.settled();
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "v3" });
  const written = (await office.mirrored("customers", id))?.["version"];
  await office.bench.inbox.replay({ actor: office.bench.actor, which: { where: {} } });
  const all = await office.settled();
  expect(all.every(({ status }) => status === "DONE")).toBe(true);
  expect((await office.mirrored("customers", id))?.["version"]).toBe(written);
});

test("a second change of the same second, told of after the first was read, is a change of its own", async () => {
  const id = office.id("Customer", 5);
  const told = office.notice({ name: "Customer", id, operation: "Update" });
  office.company.change("Customer", id, { Notes: "first" });
  await office.tell(legacyBody([told]));
  await office.settled();
  office.company.change("Customer", id, { Notes: "second" });
  await office.tell(legacyBody([told]));
  expect(await office.settled()).toHaveLength(2);
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "second" });
});

test("a commit that becomes visible after its notice is read again until it shows", async () => {
  const id = office.id("Customer", 6);
  office.company.change("Customer", id, { Notes: "late" }, { visibleAfterMs: 100_000 });
  await office.tell(cloudBody([office.notice({ name: "Customer", id, operation: "Update" })]));
  await until(async () => ((await office.events())[0]?.reason === null ? undefined : true));
  expect(await office.events()).toMatchObject([
    { status: "PENDING", reason: expect.stringContaining("does not show") },
  ]);
  expect(await office.mirrored("customers", id)).not.toMatchObject({ notes: "late" });
  office.bench.simulator.clock.advance(100_000);
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "late" });
});

test("a new record that does not show yet is not taken for one that is gone", async () => {
  const id = office.company.create("Customer", { DisplayName: "Comes late" }, { visibleAfterMs: 60_000 });
  await office.tell(cloudBody([office.notice({ name: "Customer", id, operation: "Create" })]));
  await until(
    async () =>
      ((await office.events())[0]?.status === "PENDING" && (await office.events())[0]?.attempts === 1) || undefined,
  );
  office.bench.simulator.clock.advance(60_000);
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
  expect(await office.mirrored("customers", id)).toMatchObject({ display_name: "Comes late" });
});

test.each(["status Deleted", "inactive"] as const)(
  "after a merge that leaves the loser %s it is MERGED, and what moved to the survivor is read again although its time did not move",
  async (mergedCustomers) => {
    office.bench.simulator.switches.mergedCustomers = mergedCustomers;
    const [loser, survivor] = ["Loser", "Survivor"].map((name) =>
      office.company.create("Customer", { DisplayName: `${name} ${mergedCustomers}` }),
    );
    if (loser === undefined || survivor === undefined) throw new Error("Nobody was made.");
    const invoice = office.company.create("Invoice", { CustomerRef: { value: loser }, Line: office.lines(7) });
    const payment = office.company.create("Payment", { CustomerRef: { value: loser }, TotalAmt: 3, Line: [] });
    const made = { Customer: [loser, survivor], Invoice: [invoice], Payment: [payment] };
    const told = Object.entries(made).flatMap(([name, ids]) =>
      ids.map((id) => office.notice({ name, id, operation: "Create" })),
    );
    await office.tell(cloudBody(told));
    await office.settled();
    expect(await office.mirrored("invoices", invoice)).toMatchObject({ customer_ref: loser });
    office.bench.simulator.clock.advance(60_000);
    office.company.merge("Customer", loser, survivor);
    await office.tell(
      cloudBody([office.notice({ name: "Customer", id: survivor, operation: "Merge", deletedId: loser })]),
    );
    expect((await office.settled()).every(({ status }) => status === "DONE")).toBe(true);
    expect(await office.mirrored("customers", loser)).toMatchObject({ state: "MERGED" });
    expect(await office.mirrored("customers", survivor)).toMatchObject({ state: "ACTIVE" });
    expect(await office.mirrored("invoices", invoice)).toMatchObject({ customer_ref: survivor });
    expect(await office.mirrored("payments", payment)).toMatchObject({ customer_ref: survivor });
    const version = (await office.mirrored("customers", loser))?.["version"];
    expect((await office.bench.fullSync(office.connectionId)).status).toBe("SUCCEEDED");
    expect(await office.mirrored("customers", loser)).toMatchObject({ state: "MERGED", version });
  },
);

test("a merge that QuickBooks does not show takes nobody's record away", async () => {
  const [survivor, loser] = office.ids("Customer", 2, 10);
  if (loser === undefined || survivor === undefined) throw new Error("There are too few.");
  await office.tell(
    cloudBody([office.notice({ name: "Customer", id: survivor, operation: "Merge", deletedId: loser })]),
  );
  expect(await office.settled()).toMatchObject([{ status: "DONE", attempts: 3 }]);
  expect(await office.mirrored("customers", loser)).toMatchObject({ state: "ACTIVE" });
});
