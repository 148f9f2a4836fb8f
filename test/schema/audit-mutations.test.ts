import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildSchema } from "graphql";
import { z } from "zod";
import { decodeId, encodeId } from "../../src/schema/relay.js";
import { consent, dataOf } from "../http/client.js";
import { type ConflictsWorld, createConflictsWorld } from "./conflicts-world.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});

let world: ConflictsWorld;

beforeAll(async () => {
  world = await createConflictsWorld();
});

afterAll(() => world.stop());

type Input = Readonly<Record<string, unknown>>;
/** A mutation, what it is asked for in the order of this list, and what the audit then says. */
type Step = readonly [mutation: string, action: string, input: () => Input | Promise<Input>];

const kept = "localChange.create";
const edited = "localChange.edit";
const started = "syncRun.start";

const rows = () => world.gateway.database.prisma;
const ours = (): { connectionId: string } => ({ connectionId: world.connectionId });
const record = (plural: string, quickbooksId: string) => world.idOf(plural, quickbooksId);
const fieldsOf = async (plural: string, id: string, fields: object): Promise<Input> => ({
  id: await record(plural, id),
  fields,
});
const only = async (plural: string, id: string): Promise<Input> => ({ id: await record(plural, id) });
const made = (fields: object): Input => ({ ...ours(), fields });

async function lastRun(): Promise<string> {
  const { id } = await rows().syncRun.findFirstOrThrow({ orderBy: { queuedAt: "desc" } });
  return encodeId("SyncRun", id);
}

async function newFailure(): Promise<string> {
  const id = randomUUID();
  const [at, { id: runId, connectionId, epoch }] = [new Date(), await rows().syncRun.findFirstOrThrow()];
  const where = { connectionId, epoch, runId, entity: "Customer", quickbooksId: id };
  const times = { firstSeenAt: at, lastSeenAt: at };
  await rows().recordFailure.create({
    data: { id, ...where, ...times, code: "INVALID", reason: "Broken", status: "OPEN" },
  });
  return encodeId("RecordFailure", id);
}

async function changeOf(entity: string, status: "PENDING" | "REJECTED"): Promise<Input> {
  const change = await rows().localChange.findFirstOrThrow({ where: { entity, operation: "CREATE" } });
  await rows().localChange.update({ where: { id: change.id }, data: { status } });
  return { id: encodeId("LocalChange", change.id) };
}

async function newMember(): Promise<Input> {
  const { id } = await rows().member.findFirstOrThrow({ where: { subject: "new" } });
  return { memberId: encodeId("Member", id) };
}

const steps: readonly Step[] = [
  ["cancelSync", "syncRun.cancel", async () => ({ syncRunId: await lastRun() })],
  ["startSync", started, () => ({ ...ours(), mode: "FULL" })],
  ["verifyMirror", started, ours],
  ["resyncRecord", "record.resync", async () => ({ recordId: await record("customers", "1") })],
  ["retryFailures", "failure.retry", async () => ({ failureIds: [await newFailure()] })],
  ["dismissFailures", "failure.dismiss", async () => ({ failureIds: [await newFailure()] })],
  ["replayWebhookEvents", "webhookEvents.replay", () => ({ filter: {} })],
  ["testConnection", "connection.test", ours],
  ["testEntitySync", "connection.testEntity", () => ({ ...ours(), entity: "CUSTOMER", limit: 1 })],
  ["createCustomer", kept, () => made({ displayName: "Eve" })],
  ["createAccount", kept, () => made({ name: "Rent", type: "Expense" })],
  [
    "createItem",
    kept,
    async () => made({ name: "Desk", type: "SERVICE", incomeAccountId: await record("accounts", "1") }),
  ],
  [
    "createInvoice",
    kept,
    async () =>
      made({
        customerId: await record("customers", "1"),
        lines: [{ itemId: await record("items", "1"), quantity: 2, unitPrice: "12.50" }],
      }),
  ],
  ["createPayment", kept, async () => made({ customerId: await record("customers", "1"), totalAmount: "10" })],
  ["updateCustomer", kept, () => fieldsOf("customers", "2", { notes: "Pays late" })],
  ["updateAccount", kept, () => fieldsOf("accounts", "2", { description: "For all days" })],
  ["updateItem", kept, () => fieldsOf("items", "1", { unitPrice: "60" })],
  ["updateInvoice", kept, () => fieldsOf("invoices", "2", { privateNote: "Call first" })],
  ["updatePayment", kept, () => fieldsOf("payments", "1", { referenceNumber: "C-7" })],
  [
    "applyPayment",
    edited,
    async () =>
      fieldsOf("payments", "1", { applications: [{ targetId: await record("invoices", "2"), amount: "50" }] }),
  ],
  [
    "unapplyPayment",
    edited,
    () => fieldsOf("payments", "1", { applications: [{ targetType: "Invoice", targetQuickbooksId: "2" }] }),
  ],
  ["deactivateCustomer", kept, () => only("customers", "2")],
  ["reactivateCustomer", kept, () => only("customers", "3")],
  ["deactivateAccount", kept, () => only("accounts", "2")],
  ["reactivateAccount", kept, () => only("accounts", "3")],
  ["deactivateItem", kept, () => only("items", "1")],
  ["reactivateItem", kept, () => only("items", "2")],
  ["voidInvoice", kept, () => only("invoices", "2")],
  ["deleteInvoice", kept, () => only("invoices", "1")],
  ["voidPayment", kept, () => only("payments", "1")],
  ["deletePayment", kept, () => only("payments", "1")],
  ["retryLocalChange", "localChange.retry", () => changeOf("Account", "REJECTED")],
  ["cancelLocalChange", "localChange.cancel", () => changeOf("Account", "PENDING")],
  [
    "resolveConflict",
    "conflict.resolve",
    async () => ({ conflictId: (await world.conflict()).id, default: "PLATFORM", expectedVersion: 1 }),
  ],
  [
    "reopenConflict",
    "conflict.reopen",
    async () => {
      const { id } = await rows().conflict.findFirstOrThrow({ where: { status: "RESOLVED" } });
      return { conflictId: encodeId("Conflict", id) };
    },
  ],
  ["ignoreConflict", "conflict.ignore", async () => ({ conflictId: (await world.conflict()).id })],
  [
    "assignConflict",
    "conflict.assign",
    async () => ({
      conflictId: (await world.conflict()).id,
      assigneeId: encodeId("Member", world.firm.memberId("ADMIN")),
    }),
  ],
  [
    "resolveConflicts",
    "conflict.resolve",
    async () => ({ conflictIds: [(await world.conflict()).id], resolution: "QUICKBOOKS_WINS" }),
  ],
  ["exportData", "dataExport.create", () => ({ ...ours(), format: "CSV" })],
  ["exportAudit", "dataExport.create", () => ({ format: "NDJSON" })],
  ["addMember", "member.add", () => ({ subject: "new", role: "VIEWER" })],
  ["setMemberRole", "member.setRole", async () => ({ ...(await newMember()), role: "OPERATOR" })],
  ["removeMember", "member.remove", newMember],
  ["createApiKey", "apiKey.create", () => ({ name: "Reports", role: "VIEWER" })],
  [
    "revokeApiKey",
    "apiKey.revoke",
    async () => ({ id: encodeId("ApiKey", (await rows().apiKey.findFirstOrThrow()).id) }),
  ],
  ["updateSyncSettings", "connection.updateSyncSettings", () => ({ ...ours(), isPaused: true })],
  ["connectQuickBooks", "connection.begin", () => ({ returnTo: "/" })],
  [
    "completeConnection",
    "connection.reconnect",
    async () => {
      const back = await consent(world.gateway, world.tokens.ADMIN, { returnTo: "/" });
      return { handle: back.searchParams.get("connect") };
    },
  ],
  ["disconnectQuickBooks", "connection.disconnect", ours],
  ["eraseData", "connection.erase", () => ({ ...ours(), confirm: "Hillside" })],
];

const payload = z.object({ userErrors: z.array(z.unknown()) });

async function entriesAfter<T>(work: () => Promise<T>) {
  const { organizationId } = world.firm;
  const before = await rows().auditEntry.findMany({ where: { organizationId }, select: { id: true } });
  const result = await work();
  const seen = { organizationId, id: { notIn: before.map(({ id }) => id) } };
  return { result, entries: await rows().auditEntry.findMany({ where: seen }) };
}

test("every mutation leaves an entry in the audit: who did it, by which request, and to what", async () => {
  expect(steps.map(([mutation]) => mutation).sort()).toEqual(mutations.sort());
  const token = world.tokens.ADMIN;
  for (const [mutation, action, input] of steps) {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const query = `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { code field message } } }`;
    const variables = { input: await input() };
    const { result, entries } = await entriesAfter(() => dataOf(world.gateway, query, { token, variables }));
    const told = entries.map((entry) => ({
      action: entry.action,
      actorId: entry.actorId,
      hasRequest: entry.requestId !== null,
    }));
    const expected = { action, actorId: world.firm.memberId("ADMIN"), hasRequest: true };
    expect({ mutation, ...payload.parse(result[mutation]) }).toEqual({ mutation, userErrors: [] });
    expect({ mutation, told }).toEqual({ mutation, told: expect.arrayContaining([expected]) });
  }
});

test("what was done to one thing names it, so that it can be asked for", async () => {
  const { organizationId } = world.firm;
  const entries = await rows().auditEntry.findMany({ where: { organizationId } });
  const many = new Set(["webhookEvents.replay", "connection.begin"]);
  const unnamed = entries.filter(({ subjectId, action }) => subjectId === null && !many.has(action));
  expect(unnamed.map(({ action }) => action)).toEqual([]);
  for (const { subjectType, subjectId } of entries) {
    expect(schema.getType(subjectType)).toBeDefined();
    if (subjectId !== null)
      expect(decodeId(encodeId(subjectType, subjectId))).toEqual({ type: subjectType, id: subjectId });
  }
});

test("what tells of a member, or of a record's values, is found by it when they are erased", async () => {
  const { organizationId } = world.firm;
  const entries = await rows().auditEntry.findMany({ where: { organizationId } });
  const told = entries.filter(({ subjectType }) => ["Member", "LocalChange", "Conflict"].includes(subjectType));
  expect(new Set(told.map(({ subjectType }) => subjectType)).size).toBe(3);
  expect(told.filter(({ erasureKey }) => erasureKey === null)).toEqual([]);
  const customer = decodeId(await record("customers", "2"))?.id ?? "";
  const ofCustomer = entries.filter(({ erasureKey }) => erasureKey === customer);
  expect(JSON.stringify(ofCustomer)).toContain("Pays late");
});
