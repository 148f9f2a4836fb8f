import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { codesOf, dataOf, send } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";

let gateway: Gateway;
let firm: Firm;
let admin: string;

beforeAll(async () => {
  gateway = await startGateway();
});

beforeEach(async () => {
  firm = await gateway.newFirm();
  admin = await firm.token("ADMIN");
});

afterAll(() => gateway.stop());

const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString("base64url");
const memberId = (role: "ADMIN" | "OPERATOR" | "VIEWER"): string => globalId("Member", firm.memberId(role));

/** What a mutation answers, by its name. */
async function change(name: string, input: object, selection: string, token = admin): Promise<unknown> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { field code message } } }`;
  return (await dataOf(gateway, query, { token, variables: { input } }))[name];
}

const madeKey = z.object({ key: z.string(), apiKey: z.object({ id: z.string(), start: z.string() }) });
const createKey = async (input: object = {}) =>
  madeKey.parse(
    await change("createApiKey", { name: "Nightly", role: "OPERATOR", ...input }, "key apiKey { id start }"),
  );

const viewer = "{ viewer { kind name role } }";
const audited = async (action: string) =>
  gateway.database.prisma.auditEntry.findMany({ where: { organizationId: firm.organizationId, action } });

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
    createdBy: { id: memberId("ADMIN") },
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

test("who was removed while they asked for it makes no key, and adds nobody", async () => {
  const { organizationId } = firm;
  const { apiKeys, organizations } = gateway.services;
  const operator = { kind: "SYSTEM", name: "operator" } as const;
  const { id } = await organizations.addMember(operator, organizationId, { subject: "late", role: "ADMIN" });
  const late = { kind: "MEMBER", id, organizationId, role: "ADMIN", name: "Late" } as const;
  await organizations.removeMember(operator, organizationId, id);
  const made = apiKeys.create(late, organizationId, { name: "Late", role: "VIEWER" });
  await expect(made).rejects.toThrow("This needs the role ADMIN");
  const added = organizations.addMember(late, organizationId, { subject: "friend", role: "ADMIN" });
  await expect(added).rejects.toThrow("This needs the role ADMIN");
});

test("a key sees no other keys, whatever its role", async () => {
  const { key } = await createKey({ role: "ADMIN" });
  expect(codesOf(await send(gateway, "{ organization { apiKeys { id } } }", { token: key }))).toEqual(["FORBIDDEN"]);
});

test("people are added, given another role and removed, each audited with who did it", async () => {
  const added = z
    .object({ member: z.object({ id: z.string(), role: z.string() }) })
    .parse(await change("addMember", { subject: "olga", role: "VIEWER", name: "Olga" }, "member { id role }"));
  const { id } = added.member;
  expect(await change("setMemberRole", { memberId: id, role: "OPERATOR" }, "member { role }")).toEqual({
    member: { role: "OPERATOR" },
    userErrors: [],
  });
  expect(await change("removeMember", { memberId: id }, "member { name }")).toEqual({
    member: { name: "Olga" },
    userErrors: [],
  });
  expect(await change("removeMember", { memberId: id }, "member { name }")).toMatchObject({
    userErrors: [{ field: ["input", "memberId"], code: "NOT_FOUND" }],
  });
  for (const action of ["member.setRole", "member.remove"]) {
    expect(await audited(action)).toMatchObject([{ actorKind: "MEMBER", actorId: firm.memberId("ADMIN") }]);
  }
});

test("who is a member already, and the last ADMIN, are told so", async () => {
  expect(await change("addMember", { subject: "VIEWER", role: "ADMIN" }, "member { id }")).toMatchObject({
    userErrors: [{ field: ["input", "subject"], code: "ALREADY_MEMBER" }],
  });
  const own = { memberId: memberId("ADMIN") };
  for (const refused of [
    await change("removeMember", own, "member { id }"),
    await change("setMemberRole", { ...own, role: "VIEWER" }, "member { id }"),
  ]) {
    expect(refused).toMatchObject({ userErrors: [{ field: ["input", "memberId"], code: "LAST_ADMIN" }] });
  }
});

test("another organization's member cannot be changed, nor be told from nobody", async () => {
  const stranger = globalId("Member", (await gateway.newFirm()).memberId("VIEWER"));
  expect(await change("removeMember", { memberId: stranger }, "member { id }")).toEqual(
    await change("removeMember", { memberId: globalId("Member", firm.organizationId) }, "member { id }"),
  );
});

test("a key's role falls with the role of the member who made it, and it ends with them", async () => {
  await change("setMemberRole", { memberId: memberId("OPERATOR"), role: "ADMIN" }, "member { id }");
  const { key } = madeKey.parse(
    await change(
      "createApiKey",
      { name: "Theirs", role: "ADMIN" },
      "key apiKey { id start }",
      await firm.token("OPERATOR", 600_000, "ADMIN"),
    ),
  );
  const role = async () => (await dataOf(gateway, viewer, { token: key }))["viewer"];
  expect(await role()).toMatchObject({ role: "ADMIN" });
  await change("setMemberRole", { memberId: memberId("OPERATOR"), role: "VIEWER" }, "member { id }");
  expect(await role()).toMatchObject({ role: "VIEWER" });
  await change("removeMember", { memberId: memberId("OPERATOR") }, "member { id }");
  expect((await send(gateway, viewer, { token: key })).status).toBe(401);
  expect(await audited("apiKey.revoke")).toHaveLength(1);
  await change("addMember", { subject: "OPERATOR", role: "ADMIN" }, "member { id }");
  expect((await send(gateway, viewer, { token: key })).status).toBe(401);
});
