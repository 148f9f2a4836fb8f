import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { enqueueDue } from "../../src/sync/schedule/due.js";
import { connectionStream } from "../../src/sync/run-view.js";
import { codesOf, connectCompany, dataOf, send } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";
import { defaults, mutation, updateSettings } from "./update.js";

/** The gateway's present: a Sunday. */
let now: Date;
let gateway: Gateway;
let firm: Firm;
let admin: string;
let connectionId: string;

beforeAll(async () => {
  gateway = await startGateway(() => ({ clock: { now: () => now } }));
});

beforeEach(async () => {
  now = new Date("2026-11-22T12:00:00Z");
  firm = await gateway.newFirm();
  admin = await firm.token("ADMIN");
  ({ connectionId } = await connectCompany(gateway, admin));
  await gateway.database.prisma.syncRun.updateMany({ data: { status: "SUCCEEDED", finishedAt: new Date() } });
});

afterEach(async () => {
  await gateway.database.prisma.syncRun.deleteMany();
  await gateway.database.prisma.connection.deleteMany();
});

afterAll(() => gateway.stop());

const update = (input: object, token = admin) => updateSettings(gateway, token, { connectionId, ...input });
const row = () => gateway.database.prisma.connection.findFirstOrThrow();
const sweep = () => enqueueDue({ ...gateway.services, environment: "SIMULATOR" }, now);
const waiting = () =>
  gateway.database.prisma.syncRun.findMany({ where: { status: "QUEUED" }, orderBy: { queuedAt: "asc" } });
const invalid = (field: string) => ({
  connection: null,
  userErrors: [{ field: ["input", ...field.split(".")], code: "INVALID" }],
});

test("settings begin with their defaults, and the next sync is told before it is planned", async () => {
  const query = `query ($id: ID!) { connection(id: $id) { nextSyncAt settings { cron timeZone priority entities transactionsSince isPaused } } }`;
  const read = () => dataOf(gateway, query, { token: admin, variables: { id: connectionId } });
  const before = await read();
  const { settings } = z.object({ settings: z.record(z.string(), z.unknown()) }).parse(before["connection"]);
  expect({ ...settings, entities: [...z.array(z.string()).parse(settings["entities"])].sort() }).toEqual(defaults);
  await sweep();
  expect(await read()).toEqual(before);
});

test("what is given changes, what is left out stays, null goes back to the default", async () => {
  const changed = { cron: "15 6 * * 1-5", timeZone: "Europe/Berlin", priority: true, transactionsSince: "2026-01-01" };
  const { connection } = await update({ ...changed, cron: "  15  6 * * 1-5 " });
  expect(connection).toMatchObject({ nextSyncAt: "2026-11-23T05:15:00.000Z", settings: changed });
  expect((await update({ priority: false })).connection?.settings).toMatchObject({ ...changed, priority: false });
  const back = await update({ cron: null, timeZone: null, priority: null, transactionsSince: null, isPaused: null });
  expect(back.connection?.settings).toMatchObject({ ...defaults, entities: expect.any(Array) });
  expect((await update({})).connection).toEqual(back.connection);
});

test("the next sync follows the cron, its zone and the priority at once", async () => {
  expect((await update({ cron: "0 */6 * * *", timeZone: "UTC" })).connection?.nextSyncAt).toBe(
    "2026-11-22T18:00:00.000Z",
  );
  expect((await update({ timeZone: "Asia/Tokyo" })).connection?.nextSyncAt).toBe("2026-11-22T15:00:00.000Z");
  expect((await update({ cron: null, priority: true })).connection?.nextSyncAt).toMatch(/^2026-11-22T1[23]:[01]/);
});

test.each([
  ["cron", { cron: "*/2 * * * *" }],
  ["cron", { cron: "every day" }],
  ["timeZone", { timeZone: "Mars/Olympus" }],
  ["entities", { entities: [] }],
])("%s is refused where it does not fit, and nothing changes", async (field, input) => {
  const before = await row();
  expect(await update({ priority: true, ...input })).toEqual(invalid(field));
  expect(await row()).toEqual(before);
});

test("a paused connection has no next sync; let go on, it catches up once", async () => {
  await update({ cron: "0 * * * *" });
  expect((await update({ isPaused: true })).connection).toMatchObject({ nextSyncAt: null, isPaused: true });
  now = new Date("2026-11-22T17:20:00Z");
  expect(await sweep()).toBe(0);
  await update({ isPaused: false, cron: "30 * * * *" });
  expect([await sweep(), await sweep()]).toEqual([1, 0]);
  expect(await waiting()).toHaveLength(1);
  expect((await row()).nextSyncAt).toEqual(new Date("2026-11-22T17:30:00Z"));
});

test("a disconnected company has no next sync, its settings can be changed, and nothing is read for that", async () => {
  await update({ entities: ["CUSTOMER"] });
  await gateway.database.prisma.connection.updateMany({ data: { status: "DISCONNECTED" } });
  const { connection } = await update({ entities: ["CUSTOMER", "ITEM"] });
  expect(connection).toMatchObject({ nextSyncAt: null, settings: { entities: ["CUSTOMER", "ITEM"] } });
  expect(await waiting()).toEqual([]);
});

test("a change is audited with before and after and told to those who follow; none is neither", async () => {
  await update({ priority: true });
  await update({ priority: true });
  const { organizationId, id } = await row();
  const audited = await gateway.database.prisma.auditEntry.findMany({
    where: { organizationId, action: "connection.updateSyncSettings" },
  });
  expect(audited).toMatchObject([
    { actorId: firm.memberId("ADMIN"), subjectId: id, before: { isPriority: false }, after: { isPriority: true } },
  ]);
  const told = await gateway.database.prisma.streamEvent.findMany({
    where: { stream: connectionStream(organizationId), kind: "CHANGED" },
  });
  expect(told).toMatchObject([{ data: { connectionId: id } }]);
});

test("only an ADMIN changes settings, and those of another organization are NOT_FOUND", async () => {
  for (const role of ["VIEWER", "OPERATOR"] as const) {
    const variables = { input: { connectionId, priority: true } };
    expect(codesOf(await send(gateway, mutation, { token: await firm.token(role), variables }))).toEqual(["FORBIDDEN"]);
  }
  const other = await (await gateway.newFirm()).token("ADMIN");
  const notFound = { connection: null, userErrors: [{ field: ["input", "connectionId"], code: "NOT_FOUND" }] };
  expect(await update({ priority: true }, other)).toEqual(notFound);
  expect(await update({ priority: true, connectionId: "nothing" })).toEqual(notFound);
  expect((await row()).isPriority).toBe(false);
});

test("how long what is kept is set as a whole, within bounds, and goes back to its defaults", async () => {
  const query = `mutation ($input: UpdateSyncSettingsInput!) { updateSyncSettings(input: $input) {
    connection { settings { retention { versionDays changeDays failureDays noticeDays } } } userErrors { field code } } }`;
  const keep = async (retention: object | null) =>
    (await dataOf(gateway, query, { token: admin, variables: { input: { connectionId, retention } } }))[
      "updateSyncSettings"
    ];
  const kept = (retention: object) => ({ connection: { settings: { retention } }, userErrors: [] });
  const nothing = { versionDays: null, changeDays: null, failureDays: null, noticeDays: null };
  expect(await keep({ versionDays: 30, noticeDays: 7 })).toEqual(kept({ ...nothing, versionDays: 30, noticeDays: 7 }));
  expect(await keep({ changeDays: 3_650 })).toEqual(kept({ ...nothing, changeDays: 3_650 }));
  for (const days of [6, 3_651, -1]) expect(await keep({ changeDays: days })).toEqual(invalid("retention.changeDays"));
  expect((await row()).retention).toMatchObject({ changeDays: 3_650 });
  expect(await keep(null)).toEqual(kept(nothing));
});

test("what a company does without is set as a whole, said by name, and told by what removes it", async () => {
  const query = `mutation ($input: UpdateSyncSettingsInput!) { updateSyncSettings(input: $input) {
    connection { settings { excludedFields { entity fields } } } erasures { entity fields recordId finishedAt } userErrors { field code } } }`;
  const exclude = async (excludedFields: object | null) =>
    (await dataOf(gateway, query, { token: admin, variables: { input: { connectionId, excludedFields } } }))[
      "updateSyncSettings"
    ];
  const set = (excludedFields: readonly object[], erasures: readonly object[]) => ({
    ...{ connection: { settings: { excludedFields } }, userErrors: [] },
    erasures: erasures.map((each) => ({ ...each, recordId: null, finishedAt: null })),
  });
  const invoices = { entity: "INVOICE", fields: ["billingAddress"] };
  const customers = { entity: "CUSTOMER", fields: ["website", "notes", "GSTIN"] };
  const asked = [invoices, { entity: "CUSTOMER", fields: ["GSTIN", "notes", "website"] }];
  expect(await exclude(asked)).toEqual(set([customers, invoices], [customers, invoices]));
  expect(await exclude([invoices])).toEqual(set([invoices], []));
  expect(await exclude([{ ...invoices, fields: ["lines"] }])).toEqual({
    ...{ connection: null, erasures: [] },
    userErrors: [{ field: ["input", "excludedFields", "0", "fields"], code: "INVALID" }],
  });
  const { entityTypes } = await dataOf(gateway, "{ entityTypes { entity excludableFields } }", { token: admin });
  expect(entityTypes).toContainEqual({ entity: "ACCOUNT", excludableFields: [] });
  expect(await exclude(null)).toEqual(set([], []));
});
