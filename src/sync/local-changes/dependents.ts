import type { PoolClient } from "pg";
import { z } from "zod";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { supersedeOf } from "../conflicts/conflict.js";
import type { MirrorOf } from "../store/store.js";
import { isOpen, localId } from "./local-change.js";
import { saveChange } from "./rows.js";

interface Writing {
  readonly client: PoolClient;
  readonly streams: EventSink;
  readonly organizationId: string;
}

/** Edits that name a record which will never be in QuickBooks cannot be sent as they are: they are rejected, and kept to be mended. */
export async function rejectDependents(
  { client, streams, organizationId }: Writing,
  { connectionId }: MirrorOf,
  { label }: EntityPlugin,
  recordId: string,
): Promise<void> {
  const { rows } = await client.query(
    `SELECT l.id FROM local_changes l WHERE l.connection_id = $1 AND ${isOpen("l")} AND l.status <> 'REJECTED'
       AND l.record_id <> $3 AND position($2::text IN l.edits::text) > 0 ORDER BY l.number FOR UPDATE`,
    [connectionId, JSON.stringify(localId(recordId)), recordId],
  );
  const ids = z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
  await supersedeOf({ client, streams, organizationId }, ids);
  for (const id of ids) {
    await saveChange(client, streams, organizationId, {
      ...{ id, connectionId, status: "REJECTED" as const, errorCode: "DEPENDENCY_CANCELLED", errorIntuitTid: null },
      errorMessage: `The new ${label.toLowerCase()} that this names was given up: name another.`,
    });
  }
}
