import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { atLeast, roles } from "../../src/access/actor.js";
import { maySeePayloads } from "../../src/access/payloads.js";
import { writeAudit } from "../../src/access/audit.js";
import { AccessProblem } from "../../src/access/errors.js";
import { createOrganizations, type Organizations } from "../../src/access/organizations.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { newId, randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const operator = { kind: "SYSTEM", name: "operator" } as const;
const now = new Date("2026-11-22T10:00:00Z");

let fresh: FreshDatabase;
let database: Database;
let organizations: Organizations;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
  organizations = createOrganizations({ database, clock: { now: () => now }, ids: randomIds });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

async function newOrganization(): Promise<{ organizationId: string; adminId: string }> {
  const { organization, admin } = await organizations.create(operator, { name: "Firm", admin: { subject: "ada" } });
  return { organizationId: organization.id, adminId: admin.id };
}

const actionsIn = async (organizationId: string): Promise<readonly string[]> =>
  (await database.prisma.auditEntry.findMany({ where: { organizationId } })).map(({ action }) => action).sort();

test("roles are ordered, and payloads are for OPERATOR and above", () => {
  expect(roles.map((role) => roles.filter((needed) => atLeast({ role }, needed)).length)).toEqual([1, 2, 3]);
  expect(roles.filter((role) => maySeePayloads({ role }))).toEqual(["OPERATOR", "ADMIN"]);
});

test("a new organization has an ADMIN, and both are audited", async () => {
  const { organizationId, adminId } = await newOrganization();
  expect(await database.prisma.member.findMany({ where: { organizationId } })).toMatchObject([
    { id: adminId, role: "ADMIN", createdAt: now },
  ]);
  expect(await actionsIn(organizationId)).toEqual(["member.add", "organization.create"]);
  expect((await organizations.list()).map(({ id }) => id)).toContain(organizationId);
});

test("a change of role is audited with before and after", async () => {
  const { organizationId } = await newOrganization();
  const member = await organizations.addMember(operator, organizationId, { subject: "olaf", role: "VIEWER" });
  await organizations.setRole(operator, organizationId, member.id, "OPERATOR");
  const entry = await database.prisma.auditEntry.findFirst({ where: { organizationId, action: "member.setRole" } });
  expect(entry).toMatchObject({
    subjectId: member.id,
    at: now,
    actorName: "operator",
    before: { role: "VIEWER" },
    after: { role: "OPERATOR" },
  });
});

test("somebody who is a member is not added twice", async () => {
  const { organizationId } = await newOrganization();
  await expect(
    organizations.addMember(operator, organizationId, { subject: "ada", role: "VIEWER" }),
  ).rejects.toMatchObject({ code: "ALREADY_MEMBER" });
  expect(await actionsIn(organizationId)).toEqual(["member.add", "organization.create"]);
});

test("somebody removed can be taken back with another role", async () => {
  const { organizationId } = await newOrganization();
  const { id } = await organizations.addMember(operator, organizationId, { subject: "olaf", role: "OPERATOR" });
  expect(await organizations.removeMember(operator, organizationId, id)).toMatchObject({ removedAt: now });
  await expect(organizations.removeMember(operator, organizationId, id)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await organizations.addMember(operator, organizationId, { subject: "olaf", role: "VIEWER" })).toMatchObject({
    id,
    role: "VIEWER",
    removedAt: null,
  });
});

test("the only ADMIN can neither be removed nor lowered", async () => {
  const { organizationId, adminId } = await newOrganization();
  await expect(organizations.removeMember(operator, organizationId, adminId)).rejects.toMatchObject({
    code: "LAST_ADMIN",
  });
  await expect(organizations.setRole(operator, organizationId, adminId, "OPERATOR")).rejects.toMatchObject({
    code: "LAST_ADMIN",
  });
});

test("two ADMINs who remove each other at once leave one", async () => {
  const { organizationId, adminId } = await newOrganization();
  const other = await organizations.addMember(operator, organizationId, { subject: "olaf", role: "ADMIN" });
  const results = await Promise.allSettled(
    [adminId, other.id].map((id) => organizations.removeMember(operator, organizationId, id)),
  );
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("another organization's member is not found", async () => {
  const [one, other] = [await newOrganization(), await newOrganization()];
  await expect(organizations.setRole(operator, one.organizationId, other.adminId, "VIEWER")).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await expect(organizations.addMember(operator, newId(), { subject: "x", role: "VIEWER" })).rejects.toBeInstanceOf(
    AccessProblem,
  );
});

test("an empty subject is refused by name", async () => {
  await expect(organizations.create(operator, { name: "Firm", admin: { subject: "  " } })).rejects.toThrow(
    "subject must have",
  );
});

test("an audit entry shares the fate of its transaction, by Prisma and by a plain client, and loses secrets", async () => {
  const organizationId = newId();
  const entry = {
    organizationId,
    actor: operator,
    action: "connection.connect",
    subjectType: "ConnectedCompany" as const,
    subjectId: newId(),
    after: { realmId: "9130", status: "CONNECTED" },
  };
  await database.transaction((client) => writeAudit(client, entry));
  await database.prisma.$transaction((transaction) => writeAudit(transaction, entry));
  const undone = database.transaction(async (client) => {
    await writeAudit(client, entry);
    throw new Error("undone");
  });
  await expect(undone).rejects.toThrow("undone");
  const entries = await database.prisma.auditEntry.findMany({ where: { organizationId } });
  expect(entries.map(({ after }) => after)).toEqual([
    { realmId: "[redacted]", status: "CONNECTED" },
    { realmId: "[redacted]", status: "CONNECTED" },
  ]);
});
