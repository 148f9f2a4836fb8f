import type { Actor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import { reachedConnections } from "../../access/reach.js";
import type { Database } from "../../foundation/database/database.js";
import type { Prisma } from "../../generated/prisma/client.js";
import { UserProblem } from "../problems.js";

/** Which notices to apply again: by our own ids, or all that meet conditions. */
export interface Replay {
  readonly actor: Actor;
  readonly which: { readonly ids: readonly string[] } | { readonly where: Prisma.WebhookEventWhereInput };
}

/** There may be very many. */
const patience = { timeout: 60_000 };

/**
 * Notices of the organization wait again, in the transaction that notes who asked (I15). Left out are those that are being applied,
 * and those about what is not mirrored. Returns how many. Throws UserProblem where an id is missing or another organization's (I10).
 */
export function replay({ prisma }: Database, { actor, which }: Replay): Promise<number> {
  const { organizationId } = actor;
  return prisma.$transaction(async (tx) => {
    const connections = await tx.connection.findMany({ where: reachedConnections(actor), select: { id: true } });
    const asked = "ids" in which ? { id: { in: [...which.ids] } } : which.where;
    const own = { AND: [{ connectionId: { in: connections.map(({ id }) => id) } }, asked] };
    if ("ids" in which && (await tx.webhookEvent.count({ where: own })) !== new Set(which.ids).size) {
      throw new UserProblem("NOT_FOUND", "ids", "Some of these ids are of no webhook event of your organization.");
    }
    const { count: replayed } = await tx.webhookEvent.updateMany({
      where: { ...own, status: { not: "CLAIMED" }, entity: { not: null } },
      data: { status: "PENDING", attempts: 0, nextAttemptAt: new Date(), reason: null },
    });
    const action = "webhookEvents.replay";
    const after = { ...which, replayed };
    await writeAudit(tx, { organizationId, actor, action, subjectType: "WebhookEvent", after });
    return replayed;
  }, patience);
}
