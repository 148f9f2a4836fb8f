import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import type { Role } from "../../src/access/actor.js";
import { codesOf, send } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";

const editing = [
  ...["Customer", "Account", "Item"].flatMap((name) =>
    ["create", "update", "deactivate", "reactivate"].map((verb) => `${verb}${name}`),
  ),
  ...["Invoice", "Payment"].flatMap((name) => ["create", "update", "void", "delete"].map((verb) => `${verb}${name}`)),
  ...["applyPayment", "unapplyPayment", "retryLocalChange", "cancelLocalChange"],
];

/** What is not written here needs a VIEWER. */
const neededToRead: Readonly<Record<string, Role>> = { auditEntries: "ADMIN" };

/** A mutation must be written here. */
const needed: Readonly<Record<string, Role>> = {
  connectQuickBooks: "ADMIN",
  completeConnection: "ADMIN",
  disconnectQuickBooks: "ADMIN",
  updateSyncSettings: "ADMIN",
  resolveConflict: "ADMIN",
  resolveConflicts: "ADMIN",
  reopenConflict: "ADMIN",
  ignoreConflict: "ADMIN",
  assignConflict: "ADMIN",
  testConnection: "OPERATOR",
  testEntitySync: "OPERATOR",
  startSync: "OPERATOR",
  cancelSync: "OPERATOR",
  replayWebhookEvents: "OPERATOR",
  retryFailures: "OPERATOR",
  dismissFailures: "OPERATOR",
  resyncRecord: "OPERATOR",
  verifyMirror: "OPERATOR",
  ...Object.fromEntries(editing.map((name) => [name, "OPERATOR"])),
};

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
const queries = Object.values(schema.getQueryType()?.getFields() ?? {});
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

let gateway: Gateway;
let firm: Firm;

beforeAll(async () => {
  gateway = await startGateway(() => ({ isSchemaPublic: true }));
  firm = await gateway.newFirm();
});

afterAll(() => gateway.stop());

/** A value that fits the type and names nothing. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return "[]";
  if (isEnumType(type)) return type.getValues()[0]?.name ?? "";
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(" ")} }`;
  }
  return type.name === "Int" ? "1" : type.name === "Boolean" ? "true" : '"nothing"';
}

function operation(kind: "query" | "mutation", field: GraphQLField<unknown, unknown>): string {
  const args = field.args.filter(isRequiredArgument).map(({ name, type }) => `${name}: ${literal(type)}`);
  const selection = isLeafType(getNamedType(field.type)) ? "" : "{ __typename }";
  return `${kind} { ${field.name}${args.length === 0 ? "" : `(${args.join(" ")})`} ${selection} }`;
}

test("every mutation says which role it needs", () => {
  expect(mutations.map(({ name }) => name).sort()).toEqual(Object.keys(needed).sort());
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

test.each(["VIEWER", "OPERATOR", "ADMIN"] as const)(
  "a %s may do what the role allows, and nothing else",
  async (role) => {
    const ranks = ["VIEWER", "OPERATOR", "ADMIN"];
    const token = await firm.token(role);
    for (const [kind, fields] of [
      ["query", queries],
      ["mutation", mutations],
    ] as const) {
      for (const field of fields) {
        const codes = codesOf(await send(gateway, operation(kind, field), { token }));
        const isAllowed =
          ranks.indexOf(role) >= ranks.indexOf(needed[field.name] ?? neededToRead[field.name] ?? "VIEWER");
        expect({ field: field.name, codes }).toEqual({ field: field.name, codes: isAllowed ? [] : ["FORBIDDEN"] });
      }
    }
  },
);

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
  const query = "{ organization { id name members { name role subject } } }";
  const admin = await send(gateway, query, { token: await firm.token("ADMIN") });
  expect(admin.data).toMatchObject({
    organization: { name: "Firm", members: [{ subject: "ADMIN" }, { subject: "OPERATOR" }, { subject: "VIEWER" }] },
  });
  const viewer = await send(gateway, query, { token: await firm.token("VIEWER") });
  expect(viewer.data).toMatchObject({ organization: { name: "Firm", members: null } });
  expect(codesOf(viewer)).toEqual(["FORBIDDEN"]);
  const { organization } = admin.data ?? {};
  const { id } = organization as { id: string };
  const node = "query ($id: ID!) { node(id: $id) { __typename } }";
  const other = await (await gateway.newFirm()).token("ADMIN");
  expect((await send(gateway, node, { token: other, variables: { id } })).data).toEqual({ node: null });
  expect((await send(gateway, node, { token: await firm.token("VIEWER"), variables: { id } })).data).toEqual({
    node: { __typename: "Organization" },
  });
});
