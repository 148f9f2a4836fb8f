import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { inQuickBooks, pushOffice, started, type PushOffice } from "./office.js";

let office: PushOffice;

beforeAll(async () => {
  office = await pushOffice("9130000000000000405");
});
afterAll(() => office.stop());

/** A customer in QuickBooks, and in the mirror. */
async function customer(name: string): Promise<string> {
  const id = office.company.create("Customer", { DisplayName: name });
  expect((await office.bench.incrementalSync(office.connectionId)).status).toBe("SUCCEEDED");
  return id;
}

const conflicts = () => office.bench.database.prisma.conflict.count();

/** No name with what QuickBooks adds to it stands in a request of ours. */
async function assertNoneSent(): Promise<void> {
  const changes = await office.bench.database.prisma.localChange.findMany();
  expect(JSON.stringify(changes.map(({ request, edits }) => [request, edits]))).not.toContain("(deleted");
}

test("an edit of what a person makes inactive meanwhile lands: its name is not another one", async () => {
  const id = await customer("Moss");
  const change = await office.update("Customer", id, { displayName: "Fern", notes: "moved" });
  office.company.deactivate("Customer", id);
  await office.bench.incrementalSync(office.connectionId);
  expect(await office.change(change)).toMatchObject({ status: "PENDING", edits: { displayName: { base: "Moss" } } });
  const pusher = await started(office);
  expect(await office.bench.pushed(change)).toMatchObject({ status: "PUSHED" });
  const { DisplayName, Notes, Active } = inQuickBooks(office, "Customer", id) ?? {};
  expect({ DisplayName, Notes, Active }).toEqual({ DisplayName: "Fern", Notes: "moved", Active: false });
  expect(await conflicts()).toBe(0);
  await assertNoneSent();
  await pusher.stop();
});

test("a rename lands behind the deactivation that it waits for", async () => {
  const id = await customer("Heather");
  const ending = await office.end("DEACTIVATE", "Customer", id);
  const renaming = await office.update("Customer", id, { displayName: "Broom" });
  expect(renaming).not.toBe(ending);
  const pusher = await started(office);
  expect(await office.bench.pushed(ending)).toMatchObject({ status: "PUSHED" });
  expect(await office.bench.pushed(renaming)).toMatchObject({ status: "PUSHED" });
  expect(String(inQuickBooks(office, "Customer", id)?.["DisplayName"])).toContain("Broom");
  expect(await conflicts()).toBe(0);
  await assertNoneSent();
  await pusher.stop();
});

test("a rename of what a person makes inactive and renames alike is in QuickBooks already", async () => {
  const id = await customer("Thyme");
  const change = await office.update("Customer", id, { displayName: "Sage" });
  office.company.change("Customer", id, { DisplayName: "Sage" });
  office.company.deactivate("Customer", id);
  await office.bench.incrementalSync(office.connectionId);
  expect(await office.change(change)).toMatchObject({ status: "PUSHED" });
  expect(await conflicts()).toBe(0);
  const record = await office.record("Customer", await office.recordId("Customer", id));
  expect(record.mapped.row).toMatchObject({ displayName: "Sage (deleted)" });
});

test("a name that a person gives to what they make inactive is still a conflict, told without what QuickBooks adds", async () => {
  const id = await customer("Rue");
  const change = await office.update("Customer", id, { displayName: "Mint" });
  office.company.change("Customer", id, { DisplayName: "Dill" });
  office.company.deactivate("Customer", id);
  await office.bench.incrementalSync(office.connectionId);
  expect(await office.change(change)).toMatchObject({ status: "CONFLICT" });
  const conflict = await office.bench.database.prisma.conflict.findFirstOrThrow({ where: { localChangeId: change } });
  expect(conflict.fields).toMatchObject([{ path: "displayName", base: "Rue", platform: "Mint", quickbooks: "Dill" }]);
});
