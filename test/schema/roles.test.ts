import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Role } from "../../src/access/actor.js";
import { codesOf, send, socketClient } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";
import { mutations, operation, queries, subscriptions } from "./operations.js";

const editing = [
  ...["Customer", "Account", "Item"].flatMap((name) =>
    ["create", "update", "deactivate", "reactivate"].map((verb) => `${verb}${name}`),
  ),
  ...["Invoice", "Payment"].flatMap((name) => ["create", "update", "void", "delete"].map((verb) => `${verb}${name}`)),
  ...["applyPayment", "unapplyPayment", "retryLocalChange", "cancelLocalChange"],
];
const reading = [
  ...["account", "customer", "invoice", "item", "payment"].flatMap((name) => [name, `${name}s`]),
  ...["viewer", "organization", "entityTypes", "node", "nodes", "connection", "connections", "syncRun", "syncRuns"],
  ...[
    "conflict",
    "conflicts",
    "localChange",
    "localChanges",
    "failures",
    "entityChanges",
    "webhookEvents",
    "alerts",
    "dashboard",
  ],
];
const following = ["syncRunEvents", "connectionEvents", "conflictEvents", "localChangeEvents", "entityChanged"];

/** What an operation needs; `PERSON` is what no API key may do, whatever its role. */
type Rule = Role | "PERSON";

const ruled = (rule: Rule, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, rule]));

/** The matrix: every operation must be written here. */
const rules: Readonly<Record<string, Rule>> = {
  ...ruled("VIEWER", [...reading, ...following]),
  ...ruled("OPERATOR", editing),
  ...ruled("OPERATOR", ["startSync", "cancelSync", "verifyMirror", "resyncRecord", "testConnection", "testEntitySync"]),
  ...ruled("OPERATOR", ["retryFailures", "dismissFailures", "replayWebhookEvents"]),
  ...ruled("ADMIN", ["auditEntries", "dataExport", "exportData", "exportAudit"]),
  ...ruled("ADMIN", ["connectQuickBooks", "completeConnection", "disconnectQuickBooks", "updateSyncSettings"]),
  ...ruled("ADMIN", ["eraseData"]),
  ...ruled("ADMIN", ["resolveConflict", "resolveConflicts", "reopenConflict", "ignoreConflict", "assignConflict"]),
  ...ruled("PERSON", ["addMember", "setMemberRole", "removeMember", "createApiKey", "revokeApiKey"]),
};
const ranks = ["VIEWER", "OPERATOR", "ADMIN"] as const;

function isAllowed(name: string, { role, isPerson }: { role: Role; isPerson: boolean }): boolean {
  const rule = rules[name] ?? "PERSON";
  if (rule === "PERSON") return isPerson && role === "ADMIN";
  return ranks.indexOf(role) >= ranks.indexOf(rule);
}

let gateway: Gateway;
let firm: Firm;

beforeAll(async () => {
  gateway = await startGateway(() => ({ isSchemaPublic: true }));
  firm = await gateway.newFirm();
});

afterAll(() => gateway.stop());

test("every operation of the schema has a rule, and every rule an operation", () => {
  const names = [...queries, ...mutations, ...subscriptions].map(({ name }) => name);
  expect(names.sort()).toEqual(Object.keys(rules).sort());
});

test("without a token nothing but the schema itself can be read, even where that is public", async () => {
  for (const [kind, fields] of [
    ["query", queries],
    ["mutation", mutations],
  ] as const) {
    for (const field of fields) {
      const answer = await send(gateway, operation(kind, field));
      expect({ field: field.name, status: answer.status, codes: codesOf(answer) }).toEqual({
        field: field.name,
        status: 401,
        codes: ["UNAUTHENTICATED"],
      });
    }
  }
  const { data } = await send(gateway, "{ __schema { queryType { name } } }");
  expect(data).toEqual({ __schema: { queryType: { name: "Query" } } });
});

/** Asks for every query and mutation, and compares who is refused with the matrix. */
async function expectRules(token: string, caller: { role: Role; isPerson: boolean }): Promise<void> {
  for (const [kind, fields] of [
    ["query", queries],
    ["mutation", mutations],
  ] as const) {
    for (const field of fields) {
      const codes = codesOf(await send(gateway, operation(kind, field), { token }));
      const expected = isAllowed(field.name, caller) ? [] : ["FORBIDDEN"];
      expect({ field: field.name, codes }).toEqual({ field: field.name, codes: expected });
    }
  }
}

test.each(ranks)("a %s may do what the role allows, and nothing else", async (role) => {
  await expectRules(await firm.token(role), { role, isPerson: true });
});

test.each(ranks)(
  "an API key of the role %s may do what the role allows, and never manage members or keys",
  async (role) => {
    const operator = { kind: "SYSTEM", name: "operator" } as const;
    const { key } = await gateway.services.apiKeys.create(operator, firm.organizationId, { name: "Program", role });
    await expectRules(key, { role, isPerson: false });
  },
);

test("every subscription is open to a VIEWER", async () => {
  for (const field of subscriptions) {
    const client = socketClient(gateway, await firm.token("VIEWER"));
    const first = await new Promise<unknown>((resolve) => {
      const query = operation("subscription", field);
      client.subscribe({ query }, { next: resolve, error: resolve, complete: () => resolve(undefined) });
    });
    await client.dispose();
    const known = { field: field.name, isRefused: JSON.stringify(first).includes("FORBIDDEN") };
    expect(known).toEqual({ field: field.name, isRefused: !isAllowed(field.name, { role: "VIEWER", isPerson: true }) });
  }
});

test("a token that claims more than the member's role gets no more", async () => {
  const { prisma } = gateway.database;
  await prisma.member.updateMany({
    where: { organizationId: firm.organizationId, subject: "OPERATOR" },
    data: { role: "VIEWER" },
  });
  const { data } = await send(gateway, "{ viewer { role } }", { token: await firm.token("OPERATOR") });
  expect(data).toEqual({ viewer: { role: "VIEWER" } });
});

test("only an ADMIN sees the members, and others' organizations are never shown", async () => {
  const own = await gateway.newFirm();
  const query = "{ organization { id name members { name role subject } } }";
  const admin = await send(gateway, query, { token: await own.token("ADMIN") });
  expect(admin.data).toMatchObject({
    organization: { name: "Firm", members: [{ subject: "ADMIN" }, { subject: "OPERATOR" }, { subject: "VIEWER" }] },
  });
  const viewer = await send(gateway, query, { token: await own.token("VIEWER") });
  expect(viewer.data).toMatchObject({ organization: { name: "Firm", members: null } });
  expect(codesOf(viewer)).toEqual(["FORBIDDEN"]);
  const { organization } = admin.data ?? {};
  const { id } = organization as { id: string };
  const node = "query ($id: ID!) { node(id: $id) { __typename } }";
  const other = await (await gateway.newFirm()).token("ADMIN");
  expect((await send(gateway, node, { token: other, variables: { id } })).data).toEqual({ node: null });
  expect((await send(gateway, node, { token: await own.token("VIEWER"), variables: { id } })).data).toEqual({
    node: { __typename: "Organization" },
  });
});
