import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  buildSchema,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from "graphql";
import { z } from "zod";
import { realmLookup } from "../../src/quickbooks/realm.js";
import { decodeId } from "../../src/schema/relay.js";
import { codesOf, dataOf, send } from "../http/client.js";
import { realmId, webhookVerifierTokens } from "../http/gateway.js";
import { cloudBody, deliver, legacyBody, sign } from "../webhooks/bodies.js";
import { type ConflictsWorld, createConflictsWorld } from "./conflicts-world.js";

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));

type Field = GraphQLField<unknown, unknown>;
const fieldsOf = (type: GraphQLNamedType): readonly Field[] =>
  isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];

/** All that can be asked for without a mutation. */
function readable(): readonly GraphQLNamedType[] {
  const found = new Set<GraphQLNamedType>();
  const visit = (type: GraphQLNamedType | null | undefined): void => {
    if (!type || found.has(type)) return;
    found.add(type);
    for (const { type: next } of fieldsOf(type)) visit(getNamedType(next));
    if (isInterfaceType(type) || isUnionType(type)) schema.getPossibleTypes(type).forEach(visit);
  };
  visit(schema.getQueryType());
  visit(schema.getSubscriptionType());
  return [...found];
}

/** What holds data as it came, by its type or by what it says of itself. */
const isPayload = ({ type, description }: Field): boolean =>
  ["JSON", "JSONObject"].includes(getNamedType(type).name) ||
  /for (OPERATOR and above|ADMIN)\.$/i.test(description ?? "");

const records = (name: string, plural: string) =>
  ({ [`${name}.raw`]: `${plural}(connectionId: $c) { nodes { hidden: raw } }` }) as const;
const inValues = "{ hidden: value }";

/** Where each payload is met; `hidden` is its name there. A new one must be written here. */
const places: Readonly<Record<string, string>> = {
  ...records("Account", "accounts"),
  ...records("Customer", "customers"),
  ...records("Invoice", "invoices"),
  ...records("Item", "items"),
  ...records("Payment", "payments"),
  "MirroredRecord.raw": `localChanges(connectionId: $c) { nodes { record { hidden: raw } } }
    conflicts(connectionId: $c) { nodes { record { hidden: raw } } }`,
  "RecordVersion.raw": "customers(connectionId: $c) { nodes { versions { nodes { hidden: raw } } } }",
  "FieldValue.value": `localChanges(connectionId: $c) { nodes { fields { before ${inValues} after ${inValues} } } }
    conflicts(connectionId: $c) { nodes { fields { base ${inValues} platform ${inValues} quickbooks ${inValues} } } }`,
  "PreviewedField.before": "syncRuns(connectionId: $c) { nodes { preview { nodes { fields { hidden: before } } } } }",
  "PreviewedField.after": "syncRuns(connectionId: $c) { nodes { preview { nodes { fields { hidden: after } } } } }",
  "RecordFailure.payload": "failures(connectionId: $c) { nodes { hidden: payload } }",
  "WebhookEvent.payload": "webhookEvents(connectionId: $c) { nodes { hidden: payload } }",
  "ConnectedCompany.realmId": "connection(id: $c) { hidden: realmId }",
  "AuditEntry.before": "connection(id: $c) { id } auditEntries { nodes { hidden: before } }",
  "AuditEntry.after": "connection(id: $c) { id } auditEntries { nodes { hidden: after } }",
  "Query.auditEntries": "connection(id: $c) { id } hidden: auditEntries { totalCount }",
  "Organization.members": "connection(id: $c) { id } organization { hidden: members { name } }",
};

const planted = "planted-9f2c";
const otherRealm = "9130000000000002";

let world: ConflictsWorld;
let otherFirm: Awaited<ReturnType<ConflictsWorld["gateway"]["newFirm"]>>;

beforeAll(async () => {
  world = await createConflictsWorld();
  const { gateway, firm } = world;
  const { prisma } = gateway.database;
  await world.conflict({ notes: `Ours ${planted}` }, { Notes: "Theirs", Unmapped: planted });
  for (const entity of ["Account", "Item", "Invoice", "Payment"]) await plant(entity);
  const { id: runId, connectionId, epoch } = await prisma.syncRun.findFirstOrThrow();
  const of = { id: randomUUID(), connectionId, runId, entity: "Customer", quickbooksId: "1" };
  const seen = { firstSeenAt: new Date(), lastSeenAt: new Date() };
  await prisma.recordFailure.create({
    data: { ...of, ...seen, epoch, code: "INVALID", reason: "Broken", status: "OPEN", payload: planted },
  });
  const fields = [{ path: "notes", before: `Before ${planted}`, after: `After ${planted}` }];
  await prisma.syncRun.update({ where: { id: runId }, data: { isDryRun: true } });
  await prisma.mirrorDrift.create({ data: { ...of, kind: "DIFFERENT", fields } });
  await world.decide("updateSyncSettings", { connectionId: world.connectionId, isPaused: true }, "userErrors { code }");
  otherFirm = await gateway.newFirm();
  const other = decodeId(await world.newCompany(otherFirm))?.id ?? "";
  const lookup = realmLookup(gateway.services.keyRing, "SIMULATOR", otherRealm);
  await prisma.connection.update({ where: { id: other }, data: { realmLookup: lookup } });
  expect(firm.organizationId).not.toBe(otherFirm.organizationId);
});

afterAll(() => world.stop());

/** What QuickBooks says beyond the fields of the schema. */
async function plant(entity: string): Promise<void> {
  const { pool } = world.gateway.database;
  const table = world.gateway.services.plugins.find(({ name }) => name === entity)?.table ?? "";
  await pool.query(`UPDATE "${table}" SET raw = raw || $1::jsonb`, [JSON.stringify({ Unmapped: planted })]);
}

async function post(body: string): Promise<void> {
  const signature = { "intuit-signature": sign(body, webhookVerifierTokens[0]) };
  expect((await deliver(world.gateway.url, body, signature)).status).toBe(200);
}

/** Every value of the name, wherever it stands. */
function hiddenIn(answer: unknown): readonly unknown[] {
  if (typeof answer !== "object" || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) => (name === "hidden" ? [value] : hiddenIn(value)));
}

const ask = (token: string, selection: string) =>
  send(world.gateway, `query ($c: ID!) { ${selection} }`, { token, variables: { c: world.connectionId } });

test("every field that holds a payload is one that this file knows", () => {
  const found = readable().flatMap((type) =>
    fieldsOf(type)
      .filter(isPayload)
      .map(({ name }) => `${type.name}.${name}`),
  );
  expect(found.filter((name) => !(name in places)).sort()).toEqual([]);
  expect(Object.keys(places).filter((name) => !found.includes(name))).toEqual([]);
});

/** What a VIEWER is refused, as all around it is for an ADMIN; of anything else the payload alone is left out. */
const refusedWhole = ["AuditEntry.before", "AuditEntry.after", "Query.auditEntries", "Organization.members"];

test.each(Object.entries(places))("a VIEWER is given nothing of %s, and who may see it is", async (name, selection) => {
  const body = cloudBody([{ realmId, name: "Customer", id: "77", operation: "Update", eventId: "one" }]);
  await post(body);
  const denied = await ask(world.tokens.VIEWER, selection);
  expect(codesOf(denied)).toEqual(refusedWhole.includes(name) ? ["FORBIDDEN"] : []);
  if (!refusedWhole.includes(name)) expect(hiddenIn(denied.data)).not.toEqual([]);
  expect(hiddenIn(denied.data).filter((value) => value !== null)).toEqual([]);
  expect(JSON.stringify(denied)).not.toContain(planted);
  const allowed = await ask(world.tokens.ADMIN, selection);
  expect(codesOf(allowed)).toEqual([]);
  expect(hiddenIn(allowed.data).filter((value) => value !== null)).not.toEqual([]);
});

const events = z.object({ webhookEvents: z.object({ nodes: z.array(z.object({ payload: z.string() })) }) });

test.each([
  ["cloudevents", cloudBody],
  ["legacy", legacyBody],
])(
  "of a %s body about several companies each organization is served its own notices, and nobody the whole",
  async (_name, bodyOf) => {
    const told = { name: "Customer", operation: "Update" } as const;
    const own = { ...told, realmId, id: "501" };
    const foreign = { ...told, realmId: otherRealm, id: "502" };
    const unknown = { ...told, realmId: "9130000000000003", id: "503" };
    const body = bodyOf([own, foreign, unknown]);
    await post(body);
    await post(body.slice(0, -1));
    const query = "{ webhookEvents(first: 100) { nodes { payload } } }";
    const servedTo = async (token: string) =>
      events.parse(await dataOf(world.gateway, query, { token })).webhookEvents.nodes.map(({ payload }) => payload);
    const [ours, theirs] = [await servedTo(world.tokens.OPERATOR), await servedTo(await otherFirm.token("OPERATOR"))];
    expect(ours.filter((payload) => payload.includes('"501"'))).not.toEqual([]);
    expect(theirs.filter((payload) => payload.includes('"502"'))).not.toEqual([]);
    expect(ours.join("")).not.toMatch(/"50[23]"/);
    expect(theirs.join("")).not.toMatch(/"50[13]"/);
    expect([...ours, ...theirs].join("")).not.toMatch(/91300000000000|realmId|intuitaccountid/);
  },
);
