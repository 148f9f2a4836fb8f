import type { Actor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import type { Database } from "../../foundation/database/database.js";
import { UserProblem } from "../problems.js";

export interface Replay {
  readonly actor: Actor;
  readonly requestId: string;
  /** Our own ids. */
  readonly ids?: readonly string[] | undefined;
  readonly connectionId?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly entities?: readonly string[] | undefined;
  /** Received from here on, and before there. */
  readonly receivedFrom?: Date | undefined;
  readonly receivedBefore?: Date | undefined;
}

/** One that is being applied is left to whoever applies it. */
const replayStatement = `
  UPDATE quickbooks_webhook_events e SET status = 'PENDING', attempts = 0, next_attempt_at = now(), reason = NULL
  FROM connections c WHERE c.id = e.connection_id AND c.organization_id = $1 AND e.status <> 'CLAIMED' AND e.entity IS NOT NULL
    AND ($2::uuid[] IS NULL OR e.id = ANY($2)) AND ($3::uuid IS NULL OR e.connection_id = $3)
    AND ($4::text[] IS NULL OR e.status::text = ANY($4)) AND ($5::text[] IS NULL OR e.entity = ANY($5))
    AND ($6::timestamptz IS NULL OR e.received_at >= $6) AND ($7::timestamptz IS NULL OR e.received_at < $7)`;

/** Notices of the organization wait again, in the transaction that notes who asked (I15). A foreign id and a missing one answer alike. */
export function replay(database: Database, { actor, requestId, ...wanted }: Replay): Promise<number> {
  const { ids = null, connectionId = null, statuses = null, entities = null } = wanted;
  const { receivedFrom = null, receivedBefore = null } = wanted;
  const { organizationId } = actor;
  return database.transaction(async (client) => {
    if (ids !== null) {
      const { rowCount } = await client.query(
        `SELECT 1 FROM quickbooks_webhook_events e JOIN connections c ON c.id = e.connection_id
         WHERE c.organization_id = $1 AND e.id = ANY($2)`,
        [organizationId, ids],
      );
      if (rowCount !== new Set(ids).size) {
        throw new UserProblem("NOT_FOUND", "ids", "Some of these are no webhook events of your organization.");
      }
    }
    const { rowCount } = await client.query(replayStatement, [
      organizationId,
      ids,
      connectionId,
      statuses,
      entities,
      receivedFrom,
      receivedBefore,
    ]);
    const replayed = rowCount ?? 0;
    const action = "webhookEvents.replay";
    const after = { ...wanted, replayed };
    await writeAudit(client, { organizationId, actor, action, subjectType: "WebhookEvent", after, requestId });
    return replayed;
  });
}
