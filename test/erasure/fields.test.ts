import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { systemClock } from "../../src/foundation/clock.js";
import type { ExcludedOfEntity } from "../../src/sync/excluded-fields.js";
import { updateSyncSettings } from "../../src/sync/schedule/settings.js";
import { missing } from "../push/office.js";
import { mirrorDifferences } from "../support/comparing.js";
import { plugins } from "../support/engine.js";
import { placesOf } from "../support/everywhere.js";
import { cloudBody } from "../webhooks/bodies.js";
import { openOffice, type Office } from "../webhooks/office.js";
import { type Erasing, startErasing } from "./erasing.js";

/** What a company does without is neither stored nor served. */

const realmId = "9130000000000072";
const planted = ["Larkspur Lane", "Moonlit"];
const [street = "", note = ""] = planted;
const unwanted: readonly ExcludedOfEntity[] = [
  { entity: "Customer", fields: ["notes", "businessAddress", "PrimaryTaxIdentifier"] },
  { entity: "Invoice", fields: ["billingAddress", "privateNote"] },
];

const payload = z.record(z.string(), z.unknown());

let office: Office;
let erasing: Erasing;
let customer: string;

beforeEach(async () => {
  office = await openOffice({ realmId, seed: "fields", size: 60 });
  erasing = startErasing(office);
  const { company } = office;
  const held = { Notes: note, BillAddr: { Line1: street, City: "Zanzibar" } };
  customer = company.create("Customer", { DisplayName: "Quill", GivenName: "Ada", ...held });
  const sold = { CustomerRef: { value: customer }, Line: office.lines(10) };
  company.create("Invoice", { ...sold, BillAddr: { Line1: street }, PrivateNote: note });
  await erasing.sync("INCREMENTAL");
});

afterEach(async () => {
  await erasing.stop();
  await office.bench.stop();
});

const places = () => placesOf(office.bench.database, office.bench.keyRing, planted);

const exclude = (excludedFields: readonly ExcludedOfEntity[] | null, dryRun = false) =>
  updateSyncSettings(
    { ...office.bench, plugins, clock: systemClock },
    { actor: office.bench.actor, connectionId: office.connectionId, change: { excludedFields }, dryRun },
  );

async function withoutFields(excluded: readonly ExcludedOfEntity[]): Promise<void> {
  await erasing.erased(...(await exclude(excluded)).erasureIds);
}

async function edit(entity: string, table: string, quickbooksId: string, values: Record<string, unknown>) {
  const recordId = (await office.mirrored(table, quickbooksId))?.["id"];
  const { actor, localChanges } = office.bench;
  return localChanges.edit({
    ...{ actor, operation: "UPDATE", entity, values, dryRun: false },
    recordId: typeof recordId === "string" ? recordId : missing(table),
  });
}

async function pushed(...ids: readonly (string | null)[]): Promise<void> {
  const pusher = office.bench.newPusher();
  await pusher.start();
  for (const id of ids) expect((await office.bench.pushed(id)).status).toBe("PUSHED");
  await pusher.stop();
}

const differences = () => mirrorDifferences(office.bench, office.connectionId, realmId);

test("what is held of a field is gone once the company does without it: from rows, payloads, versions, edits and their audit", async () => {
  office.company.change("Customer", customer, { Notes: `${note} later` });
  await erasing.sync("INCREMENTAL");
  const edited = await edit("Customer", "customers", customer, { notes: `${note} again`, title: "Dr" });
  await pushed(edited.localChangeId);
  expect(await places()).toEqual(
    expect.arrayContaining([
      ...["public.customers.raw", "public.customers.business_address", "public.invoices.raw"],
      ...["public.record_versions.row", "public.local_changes.edits", "public.audit_entries.after"],
    ]),
  );
  const { erasureIds } = await exclude(unwanted);
  expect(erasureIds).toHaveLength(2);
  await erasing.erased(...erasureIds);
  expect(await places()).toEqual([]);
  expect(await office.mirrored("customers", customer)).toMatchObject({
    ...{ display_name: "Quill", given_name: "Ada", title: "Dr", notes: null, business_address: null },
  });
});

test.each([
  ["reads everything", () => erasing.sync("FULL")],
  ["reads what changed", () => erasing.sync("INCREMENTAL")],
  ["verifies and repairs", () => erasing.sync("VERIFY")],
])("a sync that %s stores nothing of it, and finds the mirror complete", async (_name, next) => {
  await withoutFields(unwanted);
  office.company.change("Customer", customer, { Notes: `${note} new`, Title: "Prof" });
  office.company.create("Customer", { DisplayName: "Another", Notes: note });
  const { id: runId } = await next();
  expect(await places()).toEqual([]);
  expect(await office.mirrored("customers", customer)).toMatchObject({ title: "Prof", notes: null });
  const progress = await office.bench.database.prisma.syncRunEntity.findMany({ where: { runId } });
  expect(progress.every(({ complete, failed }) => complete && failed === 0)).toBe(true);
  await erasing.sync("VERIFY", true);
  expect(await office.bench.database.prisma.mirrorDrift.count({ where: { runId: { not: runId } } })).toBe(0);
});

test("a notice stores nothing of it, and neither does a change of it alone", async () => {
  await withoutFields(unwanted);
  const before = await office.mirrored("customers", customer);
  office.company.change("Customer", customer, { Notes: `${note} told` });
  await office.tell(cloudBody([office.notice({ name: "Customer", id: customer, operation: "Update" })]));
  expect(await office.settled()).toMatchObject([{ status: "DONE" }]);
  expect(await places()).toEqual([]);
  expect(await office.mirrored("customers", customer)).toMatchObject({ version: before?.["version"] });
});

test("what is wanted again is read whole again", async () => {
  await withoutFields(unwanted);
  expect(await differences()).not.toEqual([]);
  office.bench.simulator.clock.advance(60_000);
  const { erasureIds } = await exclude(null);
  expect(erasureIds).toEqual([]);
  const backfill = await office.bench.database.prisma.syncRun.findFirstOrThrow({ orderBy: { queuedAt: "desc" } });
  expect(backfill).toMatchObject({ mode: "FULL", entities: ["Customer", "Invoice"] });
  expect(await office.bench.ended(backfill.id)).toMatchObject({ status: "SUCCEEDED" });
  expect(await differences()).toEqual([]);
});

test("what is wanted again before it was erased is not erased any more, and what else was to be is", async () => {
  await exclude([{ entity: "Customer", fields: ["notes", "businessAddress"] }]);
  const { erasureIds } = await exclude([{ entity: "Customer", fields: ["businessAddress"] }]);
  expect(erasureIds).toHaveLength(1);
  await erasing.erased(...erasureIds);
  expect(await office.bench.database.prisma.erasure.count({ where: { finishedAt: null } })).toBe(0);
  expect(await office.mirrored("customers", customer)).toMatchObject({ notes: note, business_address: null });
  expect(JSON.stringify(await office.mirrored("customers", customer))).not.toContain(street);
});

test("edits of it are refused by name, and those that wait have to end first", async () => {
  const { actor, localChanges } = office.bench;
  const waiting = await edit("Customer", "customers", customer, { notes: `${note} once more` });
  await expect(exclude(unwanted)).rejects.toThrow("1 edits of these fields of Customer wait");
  await expect(exclude(unwanted, true)).rejects.toThrow("wait to be sent");
  await localChanges.cancel(actor, waiting.localChangeId ?? "");
  await withoutFields(unwanted);
  await expect(edit("Customer", "customers", customer, { notes: "New" })).rejects.toMatchObject({
    problems: [{ field: "fields.notes", message: expect.stringContaining("edit it in QuickBooks") }],
  });
  const asked = { actor, operation: "CREATE", entity: "Customer", connectionId: office.connectionId } as const;
  const values = { displayName: "New", notes: "New" };
  await expect(localChanges.edit({ ...asked, values, dryRun: false })).rejects.toMatchObject({
    problems: [{ field: "fields.notes" }],
  });
  expect(await places()).toEqual([]);
});

test("what an edit of another field had to send along of it is forgotten once it is sent, and stays in QuickBooks", async () => {
  const shown = (id: string) => payload.parse(JSON.parse(office.company.record("Customer", id)?.text ?? "{}"));
  const shared = office.company.create("Customer", { DisplayName: "Shared", BillAddr: { Line1: street } });
  office.company.change("Customer", shared, { ShipAddr: shown(shared)["BillAddr"] });
  await erasing.sync("INCREMENTAL");
  await withoutFields([{ entity: "Customer", fields: ["businessAddress"] }]);
  const moved = { lines: ["New Lane"], city: null, region: null, postalCode: null, country: null };
  const { localChangeId } = await edit("Customer", "customers", shared, { shippingAddress: moved });
  await pushed(localChangeId);
  expect(shown(shared)).toMatchObject({ BillAddr: { Line1: street }, ShipAddr: { Line1: "New Lane" } });
  const where = { id: localChangeId ?? "" };
  expect((await office.bench.database.prisma.localChange.findUniqueOrThrow({ where })).request).toBeNull();
});

test("nothing but what plugins offer can be left out", async () => {
  await expect(exclude([{ entity: "Customer", fields: ["displayName"] }])).rejects.toMatchObject({
    field: "excludedFields.0.fields",
    message: expect.stringContaining("displayName of Customer cannot be left out; these can: companyName,"),
  });
  await expect(exclude([{ entity: "Account", fields: ["name"] }])).rejects.toThrow("nothing can");
});
