import type { PoolClient } from "pg";
import { z } from "zod";
import { writeAudit } from "../../access/audit.js";
import { againAfterDeadlock } from "../../foundation/database/deadlocks.js";
import type { EventSink } from "../../foundation/streams.js";
import { localChangeColumns, localChangeRow, type LocalChange } from "../local-changes/local-change.js";
import { lockOpenChanges, saveChange, type ChangeUpdate } from "../local-changes/rows.js";
import { compareRecords } from "../conflicts/detect.js";
import { LeaseLost } from "../progress.js";
import { LateEvents } from "../store/late-events.js";
import { release } from "./claim.js";
import { type Claimed, pushActor } from "./context.js";

const heldRow = localChangeRow.extend({ now: z.date() });
/** A change locked under our fence; `now` is the database's time. */
export type Held = z.infer<typeof heldRow>;

/**
 * Locks the change after its record, in the order of locks. Throws LeaseLost where somebody else holds it now, or it has been ended:
 * then nothing of the caller's transaction may be written.
 */
export async function lockHeld(client: PoolClient, { change, plugin }: Claimed): Promise<Held> {
  await client.query(`SELECT 1 FROM "${plugin.table}" WHERE id = $1 FOR UPDATE`, [change.recordId]);
  const { rows } = await client.query(
    `SELECT ${localChangeColumns("l")}, clock_timestamp()::timestamptz(3) AS now FROM local_changes l
     WHERE l.id = $1 AND l.fence = $2 FOR UPDATE`,
    [change.id, change.fence],
  );
  const held = heldRow.optional().parse(rows[0]);
  if (held === undefined) throw new LeaseLost(`The local change ${change.id} was taken over, or ended.`);
  return held;
}

/**
 * To be called last where the mirror was written: a reset of the company that came first has told everything of the earlier life as gone,
 * and one that comes later waits for this transaction's change feed. Throws LeaseLost, for whatever was to be pushed of that life has ended.
 */
export async function assertLife(
  client: PoolClient,
  { id, connectionId, epoch }: Pick<LocalChange, "id" | "connectionId" | "epoch">,
): Promise<void> {
  const { rows } = await client.query("SELECT 1 FROM connections WHERE id = $1 AND epoch = $2", [connectionId, epoch]);
  if (rows.length === 0) throw new LeaseLost(`The local change ${id} is of an earlier life of the company.`);
}

/** In a transaction of its own, whose events are told last. It may be run again, so `work` does nothing outside of it. */
export function underFence<T>(
  pushing: Claimed,
  work: (client: PoolClient, held: Held, events: EventSink) => Promise<T>,
): Promise<T> {
  const { database, streams } = pushing.services;
  return againAfterDeadlock(() =>
    database.transaction(async (client) => {
      const events = new LateEvents(streams);
      const result = await work(client, await lockHeld(client, pushing), events);
      await events.tell(client);
      return result;
    }),
  );
}

/** Where a change is settled: the transaction, and where it tells of it. */
export interface Settling {
  readonly client: PoolClient;
  readonly events: EventSink;
}

/** Writes what has become of the change, lets go of it, and compares what waits of its record: nothing was while it was on its way (I9). */
export async function settle(
  pushing: Claimed,
  { client, events }: Settling,
  update: Omit<ChangeUpdate, "id" | "connectionId">,
): Promise<void> {
  const { change, plugin } = pushing;
  const { id, connectionId, organizationId } = change;
  await saveChange(client, events, organizationId, { id, connectionId, ...update });
  await release(client, change);
  await compareRecords(client, { streams: events }, change, plugin, [change.recordId]);
}

/** Tells the audit what QuickBooks said to a change (I15). */
export async function auditPush(
  client: PoolClient,
  { change }: Claimed,
  { request }: Pick<LocalChange, "request">,
  {
    intuitTid,
    ...after
  }: { readonly status: LocalChange["status"]; readonly intuitTid: string | undefined; readonly code?: string },
): Promise<void> {
  await writeAudit(client, {
    organizationId: change.organizationId,
    actor: pushActor,
    action: "localChange.push",
    subjectType: "LocalChange",
    subjectId: change.id,
    after: { ...after, requestId: request?.requestId, operation: change.operation },
    intuitTid,
  });
}

/** Those of the same record that came later, locked. */
export async function lockBehind(client: PoolClient, held: Held): Promise<LocalChange[]> {
  const open = await lockOpenChanges(client, [held.recordId]);
  return open.filter(({ number }) => BigInt(number) > BigInt(held.number));
}
