import { randomToken, sha256 } from "../foundation/ids.js";
import type { ApiKey, Prisma } from "../generated/prisma/client.js";
import { atLeast, type Actor, type Role, type SystemActor } from "./actor.js";
import { writeAudit } from "./audit.js";
import { tellAccessChanged } from "./changes.js";
import { AccessProblem, Forbidden } from "./errors.js";
import { type AccessParts, lockOrganization, type Managing, named } from "./managing.js";
import { reachedConnections } from "./reach.js";

/** By which people, and programs that look for lost secrets, know one. */
const prefix = "qbgw_";
const startLength = prefix.length + 6;
/** `organization.apiKeys` shows all. */
const mostKeys = 200;

/** What may be shown of a key. */
export type ShownApiKey = Omit<ApiKey, "keyHash">;

export interface NewApiKey {
  readonly name: string;
  readonly role: Role;
  /** Left out: all connections of the organization, those to come as well. */
  readonly connectionIds?: readonly string[] | undefined;
  readonly expiresAt?: Date | undefined;
}

/** Keys of programs. Every change is audited in its transaction, and tells open sockets. */
export interface ApiKeys {
  /** `key` is shown here and never again: only its hash is kept. Throws AccessProblem, and Forbidden for a role above the actor's. */
  create(
    actor: Actor | SystemActor,
    organizationId: string,
    input: NewApiKey,
  ): Promise<{ readonly apiKey: ShownApiKey; readonly key: string }>;
  /** Takes effect at once. Revoking again changes nothing. Throws AccessProblem NOT_FOUND. */
  revoke(actor: Actor | SystemActor, organizationId: string, id: string): Promise<ShownApiKey>;
  /** Those that are not revoked, the latest first. */
  list(organizationId: string): Promise<readonly ShownApiKey[]>;
}

const withoutHash = { keyHash: true } as const;

export function createApiKeys(parts: AccessParts): ApiKeys {
  const { prisma } = parts.database;
  return {
    create: (actor, organizationId, input) => createKey(parts, { actor, organizationId }, input),
    revoke: (actor, organizationId, id) => revokeKey(parts, { actor, organizationId }, id),
    list: (organizationId) =>
      prisma.apiKey.findMany({
        where: { organizationId, revokedAt: null },
        orderBy: [{ createdAt: "desc" }, { id: "desc" }],
        omit: withoutHash,
      }),
  };
}

/** 256 random bits behind the prefix. */
const keyForm = new RegExp(`^${prefix}[\\w-]{43}$`);

export function isApiKey(text: string): boolean {
  return keyForm.test(text);
}

/** By which a key is found. Its 256 random bits need no salt and no slow hash. */
export function keyHash(key: string): string {
  return sha256(key);
}

async function createKey({ database, clock, ids }: AccessParts, { actor, organizationId }: Managing, input: NewApiKey) {
  const createdAt = clock.now();
  const { role, expiresAt } = input;
  if (actor.kind !== "SYSTEM" && !atLeast(actor, role))
    throw new Forbidden(`You may give a key ${actor.role} at most.`);
  if (expiresAt !== undefined && expiresAt <= createdAt) {
    throw new AccessProblem("INVALID", "expiresAt", "expiresAt must lie ahead; leave it out for a key without an end.");
  }
  const key = `${prefix}${randomToken()}`;
  const data = {
    ...{ id: ids.newId(), organizationId, name: named("name", input.name), role, createdAt },
    ...{ start: key.slice(0, startLength), keyHash: keyHash(key), expiresAt: expiresAt ?? null },
    createdById: actor.kind === "SYSTEM" ? null : actor.id,
  };
  const apiKey = await database.prisma.$transaction(async (transaction) => {
    await lockOrganization(transaction, { actor, organizationId });
    await assertRoom(transaction, organizationId);
    const connectionIds = await namedConnections(transaction, { actor, organizationId }, input.connectionIds);
    const made = await transaction.apiKey.create({ data: { ...data, connectionIds }, omit: withoutHash });
    await writeAudit(transaction, {
      organizationId,
      actor,
      at: createdAt,
      action: "apiKey.create",
      subjectType: "ApiKey",
      subjectId: made.id,
      after: made,
    });
    return made;
  });
  return { apiKey, key };
}

async function assertRoom(transaction: Prisma.TransactionClient, organizationId: string): Promise<void> {
  const keys = await transaction.apiKey.count({ where: { organizationId, revokedAt: null } });
  if (keys < mostKeys) return;
  const message = `There are ${String(mostKeys)} keys already. Revoke those that are not used any more.`;
  throw new AccessProblem("INVALID", "name", message);
}

async function namedConnections(
  transaction: Prisma.TransactionClient,
  { actor, organizationId }: Managing,
  given: readonly string[] | undefined,
): Promise<string[]> {
  if (given === undefined) return [];
  const field = "connectionIds";
  const ids = [...new Set(given)];
  if (ids.length === 0) {
    throw new AccessProblem("INVALID", field, "Name at least one connection, or leave connectionIds out for all.");
  }
  const reach = actor.kind === "SYSTEM" ? { organizationId } : actor;
  const found = await transaction.connection.count({
    where: { AND: [reachedConnections(reach), { id: { in: ids } }] },
  });
  if (found === ids.length) return ids;
  throw new AccessProblem("NOT_FOUND", field, "Not all of these ids are connections of the organization.");
}

async function revokeKey({ database, clock }: AccessParts, { actor, organizationId }: Managing, id: string) {
  return database.prisma.$transaction(async (transaction) => {
    await lockOrganization(transaction, { actor, organizationId });
    const revoked = await revokeKeys(transaction, { actor, organizationId, at: clock.now(), where: { id } });
    const after = await transaction.apiKey.findFirst({ where: { id, organizationId }, omit: withoutHash });
    if (after === null) throw new AccessProblem("NOT_FOUND", "id", "There is no API key with this id.");
    if (revoked > 0) await tellAccessChanged(transaction, organizationId);
    return after;
  });
}

/** Revokes those that still hold, each audited; how many. Whoever calls it tells the sockets. */
export async function revokeKeys(
  transaction: Prisma.TransactionClient,
  { actor, organizationId, at, where }: Managing & { readonly at: Date; readonly where: Prisma.ApiKeyWhereInput },
): Promise<number> {
  const revoked = await transaction.apiKey.updateManyAndReturn({
    where: { AND: [where, { organizationId, revokedAt: null }] },
    data: { revokedAt: at },
    select: { id: true, name: true },
  });
  for (const { id, name } of revoked) {
    await writeAudit(transaction, {
      organizationId,
      actor,
      at,
      action: "apiKey.revoke",
      subjectType: "ApiKey",
      subjectId: id,
      before: { name, revokedAt: null },
      after: { name, revokedAt: at },
    });
  }
  return revoked.length;
}
