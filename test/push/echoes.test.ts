import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { PushStep } from "../../src/sync/push/context.js";
import { until } from "../support/until.js";
import { cloudBody } from "../webhooks/bodies.js";
import { inQuickBooks, pushOffice, someId, started, type PushOffice } from "./office.js";

const realmId = "9130000000000000406";
let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice(realmId);
});
afterAll(() => office.stop());

/** A notice of it is delivered, and applied before this ends. */
async function told(id: string, operation: "Create" | "Update"): Promise<void> {
  const { inbox, runs, database } = office.bench;
  await inbox.keep(Buffer.from(cloudBody([{ realmId, name: "Customer", id, operation }])));
  await until(async () => {
    await runs.wake();
    const events = await database.prisma.webhookEvent.findMany();
    return events.every(({ status }) => !["PENDING", "CLAIMED", "FAILED"].includes(status)) ? true : undefined;
  });
}

const steps: readonly PushStep[] = ["sent", "landed", "stored"];
const conflicts = () => office.bench.database.prisma.conflict.count();
const customerNamed = (name: string): string =>
  [...office.company.records("Customer")].find(({ text }) => text.includes(`"DisplayName":"${name}"`))?.id ?? "";

test.each(steps)(
  "F9: own echo: a notice of an update that is %s makes no second version, and no conflict",
  async (at) => {
    const id = someId(office, "Customer", steps.indexOf(at));
    const recordId = await office.recordId("Customer", id);
    const change = await office.update("Customer", id, { notes: `told when ${at}` });
    const { version } = await office.record("Customer", recordId);
    const pusher = await started(office, { onStep: async (step) => (step === at ? told(id, "Update") : undefined) });
    expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
    await pusher.stop();
    expect(await office.record("Customer", recordId)).toMatchObject({ version: version + 1 });
    expect(inQuickBooks(office, "Customer", id)).toMatchObject({ Notes: `told when ${at}` });
    expect(await conflicts()).toBe(0);
  },
);

test.each(steps)("F9: own echo: a notice of a create that is %s leaves one record, under its id", async (at) => {
  const name = `Told when ${at}`;
  const { id, recordId } = await office.create("Customer", { displayName: name });
  const pusher = await started(office, {
    onStep: async (step) => (step === at ? told(customerNamed(name), "Create") : undefined),
  });
  expect(await office.bench.pushed(id)).toMatchObject({ status: "PUSHED" });
  await pusher.stop();
  const quickbooksId = customerNamed(name);
  expect(await office.record("Customer", recordId)).toMatchObject({ quickbooksId, state: "ACTIVE" });
  const { rows } = await office.bench.database.pool.query("SELECT id, version FROM customers WHERE display_name = $1", [
    name,
  ]);
  expect(rows).toMatchObject([{ id: recordId }]);
  expect(await conflicts()).toBe(0);
});
