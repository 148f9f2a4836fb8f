import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { Ids } from "../foundation/ids.js";
import type { Prisma } from "../generated/prisma/client.js";
import type { Actor, SystemActor } from "./actor.js";
import { AccessProblem, Forbidden } from "./errors.js";

/** What people and keys are managed with. */
export interface AccessParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Who manages, and what of. */
export interface Managing {
  readonly actor: Actor | SystemActor;
  readonly organizationId: string;
}

/**
 * Changes of one organization's people and keys wait for one another, so that two cannot remove the last two admins at once, nor
 * somebody make a key who was removed a moment ago. Throws AccessProblem NOT_FOUND, and Forbidden for who is no ADMIN by now.
 */
export async function lockOrganization(
  transaction: Prisma.TransactionClient,
  { actor, organizationId }: Managing,
): Promise<void> {
  const locked =
    await transaction.$executeRaw`SELECT 1 FROM organizations WHERE id = ${organizationId}::uuid FOR UPDATE`;
  if (locked === 0) throw new AccessProblem("NOT_FOUND", "organization", "There is no organization with this id.");
  if (actor.kind === "SYSTEM") return;
  const admin = { id: actor.id, organizationId, role: "ADMIN", removedAt: null } as const;
  if ((await transaction.member.count({ where: admin })) === 0) throw new Forbidden("This needs the role ADMIN.");
}

const maxLength = 200;

/** The text without spaces around it. Throws AccessProblem where nothing is left, or too much. */
export function named(field: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed !== "" && trimmed.length <= maxLength) return trimmed;
  throw new AccessProblem("INVALID", field, `${field} must have 1 to ${String(maxLength)} characters.`);
}
