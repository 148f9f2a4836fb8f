import type { Member, Organization, Prisma } from "../generated/prisma/client.js";
import type { Actor, Role, SystemActor } from "./actor.js";
import { writeAudit } from "./audit.js";
import { revokeKeys } from "./api-keys.js";
import { tellAccessChanged } from "./changes.js";
import { AccessProblem } from "./errors.js";
import { type AccessParts, lockOrganization, named } from "./managing.js";

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
  /** Also takes back a removed member, with the role given now. Throws AccessProblem NOT_FOUND or ALREADY_MEMBER. */
  addMember(actor: AnyActor, organizationId: string, input: NewMember & { role: Role }): Promise<Member>;
  /** Takes effect at once, also on the keys they made and on open sockets. Throws AccessProblem NOT_FOUND or LAST_ADMIN. */
  setRole(actor: AnyActor, organizationId: string, memberId: string, role: Role): Promise<Member>;
  /** The same; the keys they made are revoked. Throws AccessProblem NOT_FOUND or LAST_ADMIN. */
  removeMember(actor: AnyActor, organizationId: string, memberId: string): Promise<Member>;
}

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
    await lockOrganization(transaction, { actor, organizationId });
    const data = { ...memberData(input), role: input.role };
    const key = { organizationId_subject: { organizationId, subject: data.subject } };
    const before = await transaction.member.findUnique({ where: key });
    if (before !== null && before.removedAt === null) {
      throw new AccessProblem(
        "ALREADY_MEMBER",
        "subject",
        "This subject is a member already. Change the role instead.",
      );
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
    await lockOrganization(transaction, { actor, organizationId });
    const before = await transaction.member.findFirst({ where: { id: memberId, organizationId, removedAt: null } });
    if (before === null) throw new AccessProblem("NOT_FOUND", "memberId", "There is no member with this id.");
    const staysAdmin = "role" in data && data.role === "ADMIN";
    if (before.role === "ADMIN" && !staysAdmin) await requireAnotherAdmin(transaction, before);
    const after = await transaction.member.update({ where: { id: memberId }, data });
    const at = clock.now();
    await writeAudit(transaction, {
      organizationId,
      actor,
      at,
      action,
      subjectType: "Member",
      subjectId: memberId,
      before,
      after,
    });
    // Who leaves may have copied the keys they made.
    if ("removedAt" in data) {
      await revokeKeys(transaction, { actor, organizationId, at, where: { createdById: memberId } });
    }
    await tellAccessChanged(transaction, organizationId);
    return after;
  });
}

async function requireAnotherAdmin(
  transaction: Prisma.TransactionClient,
  { id, organizationId }: Member,
): Promise<void> {
  const others = await transaction.member.count({
    where: { organizationId, role: "ADMIN", removedAt: null, id: { not: id } },
  });
  if (others > 0) return;
  throw new AccessProblem(
    "LAST_ADMIN",
    "memberId",
    "This is the organization's only ADMIN. Make another member ADMIN first.",
  );
}

function memberData({ subject, name, email }: NewMember) {
  return {
    subject: named("subject", subject),
    ...(name === undefined ? {} : { name: named("name", name) }),
    ...(email === undefined ? {} : { email: named("email", email) }),
  };
}
