import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { isReached, reachParameter } from "../../access/reach.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Edits, LocalChange } from "../local-changes/local-change.js";
import { localChangeColumns, localChangeRow } from "../local-changes/local-change.js";
import { lockOpenChanges, readRecord, type MirroredRecord } from "../local-changes/rows.js";
import { editableValues } from "../local-changes/values.js";
import { UserProblem } from "../problems.js";
import { withEdits, type RecordNow } from "./compare.js";
import { conflictColumns, conflictRow, type Conflict } from "./conflict.js";

/** A conflict with all that a decision on it concerns, locked until the transaction ends. */
export interface Held {
  readonly conflict: Conflict;
  readonly plugin: EntityPlugin;
  readonly record: MirroredRecord;
  readonly change: LocalChange;
  /** All open changes of the record, in order of age. */
  readonly changes: readonly LocalChange[];
  /** The record as the change sees it. */
  readonly now: RecordNow;
}

interface Wanted {
  readonly actor: Actor;
  readonly conflictId: string;
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The answer of a conflict that is missing, or foreign (I10). */
export const missing = (): UserProblem => new UserProblem("NOT_FOUND", "conflictId", "There is no such conflict.");

/** A conflict of the actor's organization. A foreign one and a missing one answer alike (I10). */
export async function readOwn(
  client: Pick<PoolClient, "query">,
  { actor, conflictId }: Wanted,
  lock = "",
): Promise<Conflict> {
  const { rows } = uuid.test(conflictId)
    ? await client.query(
        `SELECT ${conflictColumns("x")} FROM conflicts x JOIN connections c ON c.id = x.connection_id
         WHERE x.id = $1 AND ${isReached("c", "$2")} ${lock}`,
        [conflictId, reachParameter(actor)],
      )
    : { rows: [] };
  const conflict = conflictRow.optional().parse(rows[0]);
  if (conflict === undefined) throw missing();
  return conflict;
}

/** Locks in the order of all: the connection against a reset, the record, its local changes, the conflict. */
export async function hold(client: PoolClient, plugins: readonly EntityPlugin[], wanted: Wanted): Promise<Held> {
  const { entity, recordId, localChangeId } = await readOwn(client, wanted, "FOR SHARE OF c");
  const plugin = plugins.find(({ name }) => name === entity);
  if (plugin === undefined) throw missing();
  const record = await readRecord(client, plugin, recordId, { lock: true });
  if (record === undefined) throw missing();
  const changes = await lockOpenChanges(client, [recordId]);
  const change = changes.find(({ id }) => id === localChangeId) ?? (await lockChange(client, localChangeId));
  const conflict = await readOwn(client, wanted, "FOR UPDATE OF x");
  const values = editableValues(plugin, record.mapped);
  return {
    conflict,
    plugin,
    record,
    change,
    changes,
    now: withEdits({ state: record.state, values }, aheadOf(change, changes)),
  };
}

/** A change that has ended; those that are open are locked together. */
async function lockChange(client: PoolClient, id: string): Promise<LocalChange> {
  const { rows } = await client.query(
    `SELECT ${localChangeColumns("l")} FROM local_changes l WHERE l.id = $1 FOR UPDATE`,
    [id],
  );
  return z.tuple([localChangeRow]).parse(rows)[0];
}

function aheadOf(change: LocalChange, changes: readonly LocalChange[]): Edits {
  const ahead = changes.filter(({ number, status }) => BigInt(number) < BigInt(change.number) && status !== "REJECTED");
  return Object.fromEntries(ahead.flatMap(({ edits }) => Object.entries(edits)));
}
