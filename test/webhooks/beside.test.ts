import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { until } from "../support/until.js";
import { cloudBody, legacyBody, type Told } from "./bodies.js";
import { openOffice, type Office } from "./office.js";

/** Notices beside whole syncs, beside each other, and beside another company's. */

const realmId = "9130000000000023";
const otherRealmId = "9130000000000024";
let office: Office;

beforeAll(async () => {
  office = await openOffice({ realmId, seed: "beside", size: 300 });
});

beforeEach(async () => {
  await office.bench.database.prisma.webhookEvent.deleteMany();
  office.bench.simulator.clock.advance(60_000);
});

afterAll(() => office.bench.stop());

test("F7: a notice is applied beside a full sync, whose slow page does not overwrite what was read later", async () => {
  const { bench, company, connectionId } = office;
  const id = office.id("Customer", 0);
  company.change("Customer", id, { Notes: "as the slow page has it" });
  const slow = bench.simulator.faults.inject({ kind: "hold", entity: "Customer", query: "ORDERBY" });
  const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  await until(() => slow.met > 0 || undefined);
  bench.simulator.clock.advance(5_000);
  company.change("Customer", id, { Notes: "as the notice found it" });
  await office.tell(cloudBody([office.notice({ name: "Customer", id, operation: "Update" })]));
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "as the notice found it" });
  expect(await bench.database.prisma.syncRun.findUnique({ where: { id: run.id } })).toMatchObject({
    status: "RUNNING",
  });
  slow.release();
  expect((await bench.ended(run.id)).status).toBe("SUCCEEDED");
  expect(await office.mirrored("customers", id)).toMatchObject({ notes: "as the notice found it" });
});

test("F14: 200 deliveries at once about the same records in opposite order end without a deadlock, with the newest state of each", async () => {
  const { company } = office;
  const customers = office.ids("Customer", 10);
  const invoices = office.ids("Invoice", 10);
  const told: Told[] = [
    ...customers.map((id) => office.notice({ name: "Customer", id, operation: "Update" })),
    ...invoices.map((id) => office.notice({ name: "Invoice", id, operation: "Update" })),
  ];
  // Two more workers, as of other processes.
  const workers = [office.bench.newWorker(), office.bench.newWorker()];
  await Promise.all(workers.map((worker) => worker.start()));
  for (const id of customers) company.change("Customer", id, { Notes: "stampede" });
  for (const id of invoices) company.change("Invoice", id, { PrivateNote: "stampede" });
  const deliveries = Array.from({ length: 200 }, (_, number) => {
    const eventId = `stampede-${String(number % 180)}`;
    const part = told.map((one, index) => ({ ...one, eventId: `${eventId}-${String(index)}` }));
    return cloudBody(number % 2 === 0 ? part : part.reverse());
  });
  await Promise.all(deliveries.map((body) => office.tell(body)));
  const all = await office.settled();
  expect(all).toHaveLength(180 * told.length);
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(["DONE"]));
  const { rows } = await office.bench.database.pool.query<{ records: number }>(
    `SELECT count(*)::integer AS records FROM customers WHERE notes = 'stampede'
     UNION ALL SELECT count(*)::integer FROM invoices WHERE private_note = 'stampede'`,
  );
  expect(rows).toEqual([{ records: 10 }, { records: 10 }]);
  expect((await office.runs()).every(({ status }) => status === "SUCCEEDED")).toBe(true);
});

test("F5: a body of two companies that use equal ids changes each company's own record", async () => {
  const { bench } = office;
  const other = bench.simulator.addCompany({ realmId: otherRealmId, seed: "other", size: 60 });
  const otherConnection = await bench.connect(otherRealmId);
  const id = office.id("Customer", 2);
  office.company.change("Customer", id, { Notes: "here" });
  other.change("Customer", id, { Notes: "there" });
  const told = office.notice({ name: "Customer", id, operation: "Update" });
  const stranger = { ...told, realmId: "9130000000000999" };
  await office.tell(legacyBody([told, { ...told, realmId: otherRealmId }, stranger]));
  await until(async () => {
    await bench.runs.wake();
    return (await office.events()).every(({ status }) => status === "DONE" || status === "IGNORED") || undefined;
  });
  const { rows } = await bench.database.pool.query(
    "SELECT connection_id, notes FROM customers WHERE quickbooks_id = $1 ORDER BY notes",
    [id],
  );
  expect(rows).toEqual([
    { connection_id: office.connectionId, notes: "here" },
    { connection_id: otherConnection, notes: "there" },
  ]);
});
