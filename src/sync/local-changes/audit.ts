import type { PoolClient } from "pg";
import type { Actor, SystemActor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";

type Doer = Actor | (SystemActor & { readonly organizationId: string });

interface Done {
  readonly id: string;
  readonly before?: unknown;
  readonly after: unknown;
}

/** Tells the audit what was done to a local change, in the transaction that did it (I15). */
export function auditChange(
  client: PoolClient,
  actor: Doer,
  action: string,
  { id, before, after }: Done,
): Promise<void> {
  const { organizationId } = actor;
  return writeAudit(client, {
    organizationId,
    actor,
    action,
    subjectType: "LocalChange",
    subjectId: id,
    before,
    after,
  });
}
