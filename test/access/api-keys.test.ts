import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { codesOf, dataOf, send } from "../http/client.js";
import { type Gateway, startGateway } from "../http/gateway.js";
import { globalId, type Managed, managedFirm, viewer } from "./managed.js";

let gateway: Gateway;
let firm: Managed["firm"];
let admin: string;
let change: Managed["change"];
let createKey: Managed["createKey"];
let audited: Managed["audited"];

beforeAll(async () => {
  gateway = await startGateway();
});

beforeEach(async () => {
  ({ firm, admin, change, createKey, audited } = await managedFirm(gateway));
});

afterAll(() => gateway.stop());

test("a key is shown once, kept as a hash, and lets a program in with its role", async () => {
  const { key, apiKey } = await createKey();
  expect(key).toMatch(/^qbgw_[\w-]{43}$/);
  expect(key.startsWith(apiKey.start)).toBe(true);
  expect(await dataOf(gateway, viewer, { token: key })).toEqual({
    viewer: { kind: "API_KEY", name: "Nightly", role: "OPERATOR" },
  });
  const rows = await gateway.database.prisma.apiKey.findMany({ where: { organizationId: firm.organizationId } });
  const entries = await audited("apiKey.create");
  expect(entries).toMatchObject([{ actorId: firm.memberId("ADMIN"), subjectType: "ApiKey" }]);
  expect(
    JSON.stringify([rows, entries], (_name, value: unknown) => (typeof value === "bigint" ? "" : value)),
  ).not.toContain(key.slice(apiKey.start.length));
  expect(gateway.logged()).not.toContain(key);
});

test("the keys that are not revoked are listed with what they may do and when they were used", async () => {
  const { key, apiKey } = await createKey({ expiresAt: "2099-01-01T00:00:00Z" });
  const list = `{ organization { apiKeys {
    id name start role connections { id } createdBy { id } expiresAt revokedAt lastUsedAt } } }`;
  const unused = { id: apiKey.id, name: "Nightly", start: apiKey.start, role: "OPERATOR", connections: null };
  const made = {
    ...unused,
    createdBy: { id: globalId("Member", firm.memberId("ADMIN")) },
    expiresAt: "2099-01-01T00:00:00.000Z",
    revokedAt: null,
  };
  expect(await dataOf(gateway, list, { token: admin })).toEqual({
    organization: { apiKeys: [{ ...made, lastUsedAt: null }] },
  });
  await dataOf(gateway, viewer, { token: key });
  expect(await dataOf(gateway, list, { token: admin })).toEqual({
    organization: { apiKeys: [{ ...made, lastUsedAt: expect.any(String) }] },
  });
  await change("revokeApiKey", { id: apiKey.id }, "apiKey { revokedAt }");
  expect(await dataOf(gateway, list, { token: admin })).toEqual({ organization: { apiKeys: [] } });
});

test("the use of a key is noted once a minute, not with every request", async () => {
  const { key } = await createKey();
  await dataOf(gateway, viewer, { token: key });
  const used = async () =>
    (await gateway.database.prisma.apiKey.findFirstOrThrow({ where: { organizationId: firm.organizationId } }))
      .lastUsedAt;
  const first = await used();
  await dataOf(gateway, viewer, { token: key });
  expect(await used()).toEqual(first);
  const { organizationId } = firm;
  const longAgo = new Date("2026-01-01T00:00:00Z");
  await gateway.database.prisma.apiKey.updateMany({ where: { organizationId }, data: { lastUsedAt: longAgo } });
  await dataOf(gateway, viewer, { token: key });
  expect((await used())?.getTime()).toBeGreaterThan(longAgo.getTime());
});

test("a revoked key, one that is over, and one that nobody made are refused alike", async () => {
  const [revoked, over] = [await createKey(), await createKey({ expiresAt: "2099-01-01T00:00:00Z" })];
  expect(await change("revokeApiKey", { id: revoked.apiKey.id }, "apiKey { id }")).toMatchObject({ userErrors: [] });
  await change("revokeApiKey", { id: revoked.apiKey.id }, "apiKey { id }");
  expect(await audited("apiKey.revoke")).toHaveLength(1);
  await gateway.database.prisma.apiKey.updateMany({
    where: { organizationId: firm.organizationId, revokedAt: null },
    data: { expiresAt: new Date(Date.now() - 1) },
  });
  const answers = [];
  for (const token of [revoked.key, over.key, `qbgw_${"x".repeat(43)}`])
    answers.push(await send(gateway, viewer, { token }));
  expect(answers.map((answer) => [answer.status, ...codesOf(answer)])).toEqual(Array(3).fill([401, "UNAUTHENTICATED"]));
  expect(new Set(answers.map(({ errors }) => JSON.stringify(errors))).size).toBe(1);
});

test.each([
  ["an empty list of connections", { connectionIds: [] }, "connectionIds", "INVALID"],
  ["a connection that is none", { connectionIds: ["nothing"] }, "connectionIds", "NOT_FOUND"],
  ["an end in the past", { expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt", "INVALID"],
  ["no name", { name: "  " }, "name", "INVALID"],
])("a key with %s is refused, with the field to mend", async (_what, input, field, code) => {
  expect(await change("createApiKey", { name: "Nightly", role: "VIEWER", ...input }, "key")).toMatchObject({
    key: null,
    userErrors: [{ field: ["input", field], code }],
  });
});

test("a key is found by those who manage keys alone, and another organization's by nobody", async () => {
  const { key, apiKey } = await createKey({ role: "ADMIN" });
  const node = "query ($id: ID!) { node(id: $id) { __typename } }";
  const ask = async (token: string) => (await dataOf(gateway, node, { token, variables: { id: apiKey.id } }))["node"];
  expect(await ask(admin)).toEqual({ __typename: "ApiKey" });
  const stranger = await (await gateway.newFirm()).token("ADMIN");
  for (const token of [await firm.token("OPERATOR"), key, stranger]) expect(await ask(token)).toBeNull();
  expect(await change("revokeApiKey", { id: apiKey.id }, "apiKey { id }", stranger)).toMatchObject({
    userErrors: [{ field: ["input", "id"], code: "NOT_FOUND" }],
  });
  await dataOf(gateway, viewer, { token: key });
});

test("nobody gives a key a role above their own", async () => {
  const { organizationId } = firm;
  const actor = {
    kind: "MEMBER",
    id: firm.memberId("OPERATOR"),
    organizationId,
    role: "OPERATOR",
    name: "Olga",
  } as const;
  const above = gateway.services.apiKeys.create(actor, organizationId, { name: "Above", role: "ADMIN" });
  await expect(above).rejects.toThrow("OPERATOR at most");
});

test("a key sees no other keys, whatever its role", async () => {
  const { key } = await createKey({ role: "ADMIN" });
  expect(codesOf(await send(gateway, "{ organization { apiKeys { id } } }", { token: key }))).toEqual(["FORBIDDEN"]);
});
