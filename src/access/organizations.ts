import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { Ids } from "../foundation/ids.js";
import type { Member, Organization, Prisma } from "../generated/prisma/client.js";
import type { Actor, Role, SystemActor } from "./actor.js";
import { writeAudit } from "./audit.js";
import { MemberError } from "./errors.js";

/** A person as given by who adds them. `subject` is the `sub` of the tokens they bring. */
export interface NewMember {
  readonly subject: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

type AnyActor = Actor | SystemActor;

/** Organizations and their members. Every change is audited; an organization always keeps an ADMIN. */
export interface Organizations {
  create(
    actor: AnyActor,
    input: { name: string; admin: NewMember },
  ): Promise<{ organization: Organization; admin: Member }>;
  list(): Promise<readonly Organization[]>;
  /** Also takes back a removed member, with the role given now. Throws MemberError NOT_FOUND or ALREADY_MEMBER. */
  addMember(actor: AnyActor, organizationId: string, input: NewMember & { role: Role }): Promise<Member>;
  /** Throws MemberError NOT_FOUND or LAST_ADMIN. */
  setRole(actor: AnyActor, organizationId: string, memberId: string, role: Role): Promise<Member>;
  /** Throws MemberError NOT_FOUND or LAST_ADMIN. */
  removeMember(actor: AnyActor, organizationId: string, memberId: string): Promise<Member>;
}

export interface AccessParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
}

const maxNameLength = 200;

export function createOrganizations(parts: AccessParts): Organizations {
  const { prisma } = parts.database;
  return {
    create: (actor, input) => createOrganization(parts, actor, input),
    list: () => prisma.organization.findMany({ orderBy: [{ createdAt: "asc" }, { id: "asc" }] }),
    addMember: (actor, organizationId, input) => addMember(parts, actor, organizationId, input),
    setRole: (actor, organizationId, memberId, role) =>
      changeMember(parts, actor, { organizationId, memberId, action: "member.setRole", data: { role } }),
    removeMember: (actor, organizationId, memberId) =>
      changeMember(parts, actor, {
        organizationId,
        memberId,
        action: "member.remove",
        data: { removedAt: parts.clock.now() },
      }),
  };
}

async function createOrganization(
  { database, clock, ids }: AccessParts,
  actor: AnyActor,
  input: { name: string; admin: NewMember },
) {
  const at = clock.now();
  return database.prisma.$transaction(async (transaction) => {
    const data = { id: ids.newId(), name: named("name", input.name), createdAt: at };
    const organization = await transaction.organization.create({ data });
    const admin = await transaction.member.create({
      data: {
        ...memberData(input.admin),
        id: ids.newId(),
        organizationId: organization.id,
        role: "ADMIN",
        createdAt: at,
      },
    });
    const audit = { organizationId: organization.id, actor, at };
    await writeAudit(transaction, {
      ...audit,
      action: "organization.create",
      subjectType: "Organization",
      subjectId: organization.id,
      after: organization,
    });
    await writeAudit(transaction, {
      ...audit,
      action: "member.add",
      subjectType: "Member",
      subjectId: admin.id,
      after: admin,
    });
    return { organization, admin };
  });
}

async function addMember(
  { database, clock, ids }: AccessParts,
  actor: AnyActor,
  organizationId: string,
  input: NewMember & { role: Role },
) {
  const at = clock.now();
  return database.prisma.$transaction(async (transaction) => {
    await lockOrganization(transaction, organizationId);
    const data = { ...memberData(input), role: input.role };
    const key = { organizationId_subject: { organizationId, subject: data.subject } };
    const before = await transaction.member.findUnique({ where: key });
    if (before !== null && before.removedAt === null) {
      throw new MemberError("ALREADY_MEMBER", "This subject is a member already. Change the role instead.");
    }
    const after = await transaction.member.upsert({
      where: key,
      create: { ...data, id: ids.newId(), organizationId, createdAt: at },
      update: { ...data, removedAt: null },
    });
    const change = { before: before ?? undefined, after };
    await writeAudit(transaction, {
      organizationId,
      actor,
      at,
      action: "member.add",
      subjectType: "Member",
      subjectId: after.id,
      ...change,
    });
    return after;
  });
}

interface MemberChange {
  readonly organizationId: string;
  readonly memberId: string;
  readonly action: string;
  readonly data: { readonly role: Role } | { readonly removedAt: Date };
}

async function changeMember(
  { database, clock }: AccessParts,
  actor: AnyActor,
  { organizationId, memberId, action, data }: MemberChange,
) {
  return database.prisma.$transaction(async (transaction) => {
    await lockOrganization(transaction, organizationId);
    const before = await transaction.member.findFirst({ where: { id: memberId, organizationId, removedAt: null } });
    if (before === null) throw new MemberError("NOT_FOUND", "There is no member with this id.");
    const staysAdmin = "role" in data && data.role === "ADMIN";
    if (before.role === "ADMIN" && !staysAdmin) await requireAnotherAdmin(transaction, before);
    const after = await transaction.member.update({ where: { id: memberId }, data });
    await writeAudit(transaction, {
      organizationId,
      actor,
      at: clock.now(),
      action,
      subjectType: "Member",
      subjectId: memberId,
      before,
      after,
    });
    return after;
  });
}

/** Changes of one organization's members wait for one another, so that two cannot remove the last two admins at once. */
async function lockOrganization(transaction: Prisma.TransactionClient, organizationId: string): Promise<void> {
  const locked =
    await transaction.$executeRaw`SELECT 1 FROM organizations WHERE id = ${organizationId}::uuid FOR UPDATE`;
  if (locked === 0) throw new MemberError("NOT_FOUND", "There is no organization with this id.");
}

async function requireAnotherAdmin(
  transaction: Prisma.TransactionClient,
  { id, organizationId }: Member,
): Promise<void> {
  const others = await transaction.member.count({
    where: { organizationId, role: "ADMIN", removedAt: null, id: { not: id } },
  });
  if (others > 0) return;
  throw new MemberError("LAST_ADMIN", "This is the organization's only ADMIN. Make another member ADMIN first.");
}

function memberData({ subject, name, email }: NewMember) {
  return {
    subject: named("subject", subject),
    ...(name === undefined ? {} : { name: named("name", name) }),
    ...(email === undefined ? {} : { email: named("email", email) }),
  };
}

function named(field: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed !== "" && trimmed.length <= maxNameLength) return trimmed;
  throw new MemberError("INVALID", `${field} must have 1 to ${String(maxNameLength)} characters.`);
}
