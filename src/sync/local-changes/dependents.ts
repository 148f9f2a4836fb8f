import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { supersedeOf } from "../conflicts/conflict.js";
import type { MirrorOf } from "../store/store.js";
import { auditChange } from "./audit.js";
import { isOpen, localChangeStatuses, localId } from "./local-change.js";
import { saveChange } from "./rows.js";

interface Writing {
  readonly client: PoolClient;
  readonly streams: EventSink;
  readonly organizationId: string;
  readonly actor: Actor;
}

const dependentRow = z.object({ id: z.string(), status: z.enum(localChangeStatuses) });

/**
 * Edits that name a record which will never be in QuickBooks cannot be sent as they are: they are rejected, and kept to be mended. Those
 * that were refused before are waited for too: somebody may be sending one again at this moment.
 */
export async function rejectDependents(
  { client, streams, organizationId, actor }: Writing,
  { connectionId }: MirrorOf,
  { label }: EntityPlugin,
  recordId: string,
): Promise<void> {
  const { rows } = await client.query(
    `SELECT l.id, l.status FROM local_changes l WHERE l.connection_id = $1 AND ${isOpen("l")}
       AND l.record_id <> $3 AND position($2::text IN l.edits::text) > 0 ORDER BY l.number FOR UPDATE`,
    [connectionId, JSON.stringify(localId(recordId)), recordId],
  );
  const dependents = z
    .array(dependentRow)
    .parse(rows)
    .filter(({ status }) => status !== "REJECTED");
  await supersedeOf(
    { client, streams, organizationId },
    dependents.map(({ id }) => id),
  );
  for (const { id, status } of dependents) {
    await saveChange(client, streams, organizationId, { id, connectionId, ...rejected, errorMessage: givenUp(label) });
    await auditChange(client, actor, "localChange.reject", { id, before: { status }, after: rejected });
  }
}

const rejected = { status: "REJECTED", errorCode: "DEPENDENCY_CANCELLED", errorIntuitTid: null } as const;

/** What to do about an edit that names a new record of this kind. */
export const givenUp = (label: string): string =>
  `The new ${label.toLowerCase()} that this names was given up: edit this and name another, or cancel it.`;
