import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { dataOf, send } from "../http/client.js";
import { type Gateway, startGateway } from "../http/gateway.js";
import { globalId, type Managed, managedFirm, viewer } from "./managed.js";

let gateway: Gateway;
let firm: Managed["firm"];
let change: Managed["change"];
let createKey: Managed["createKey"];
let audited: Managed["audited"];

beforeAll(async () => {
  gateway = await startGateway();
});

beforeEach(async () => {
  ({ firm, change, createKey, audited } = await managedFirm(gateway));
});

afterAll(() => gateway.stop());

const memberId = (role: "ADMIN" | "OPERATOR" | "VIEWER"): string => globalId("Member", firm.memberId(role));

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
  const { key } = await createKey({ role: "ADMIN" }, await firm.token("OPERATOR", 600_000, "ADMIN"));
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
