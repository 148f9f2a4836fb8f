import { DatabaseError, type PoolClient } from "pg";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Payload } from "../../plugins/writes.js";
import { localId } from "../local-changes/local-change.js";
import { tellChanges } from "./change-feed.js";
import { contentHash } from "./content.js";
import { changeCounts } from "./ledger.js";
import { renameLocal } from "./renaming.js";
import { changedAt, storeStatements } from "./statements.js";
import { lockRows, type StoredRow } from "./stored-rows.js";
import type { MirrorOf } from "./store.js";

/**
 * A record that QuickBooks does not have yet: it stands in the mirror under a local id, so that it can be shown and referred to. All that
 * speaks of what QuickBooks has leaves such records out.
 */

/** Writes a record that is to be created, under our id. `payload` is what it will look like, without Id. */
export async function insertPending(
  client: PoolClient,
  mirror: MirrorOf,
  plugin: EntityPlugin,
  recordId: string,
  payload: Payload,
): Promise<void> {
  const { insertPending: insert } = storeStatements(plugin);
  const { rows, writeChildren } = pendingRow(client, mirror, plugin, recordId, payload);
  await client.query(insert, [mirror.connectionId, mirror.epoch, rows, recordId]);
  await writeChildren();
  await changeCounts(client, mirror, plugin.name, [{ to: "ACTIVE" }]);
  await tellChanges(client, mirror.connectionId, plugin.name, [{ recordId, kind: "CREATED", version: 1 }]);
}

/** Writes anew what a record will look like whose create has not been sent, as its next version. Its row is locked. */
export async function updatePending(
  client: PoolClient,
  mirror: MirrorOf,
  plugin: EntityPlugin,
  { id, version }: { readonly id: string; readonly version: number },
  payload: Payload,
): Promise<void> {
  const statements = storeStatements(plugin);
  const { rows, writeChildren } = pendingRow(client, mirror, plugin, id, payload);
  await client.query(statements.keepVersions, [[id], plugin.name]);
  await client.query(statements.update, [mirror.connectionId, mirror.epoch, rows]);
  for (const { clear } of statements.children.values()) await client.query(clear, [[id]]);
  await writeChildren();
  const change = { recordId: id, kind: "UPDATED" as const, version: version + 1 };
  await tellChanges(client, mirror.connectionId, plugin.name, [change]);
}

/** The row of a record that QuickBooks does not have, ready for the store's statements. */
function pendingRow(
  client: PoolClient,
  { connectionId, epoch }: MirrorOf,
  plugin: EntityPlugin,
  recordId: string,
  payload: Payload,
): { rows: string; writeChildren: () => Promise<void> } {
  const raw = { ...payload, Id: "0" };
  const { row, children } = plugin.takeIn(raw);
  const quickbooksId = localId(recordId);
  const hash = `\\x${contentHash(raw, plugin).toString("hex")}`;
  const values = { quickbooksId, state: "ACTIVE", contentHash: hash, sourceHash: "\\x" };
  return {
    rows: JSON.stringify([{ ...row, ...values, raw }]),
    async writeChildren() {
      for (const [name, { insert }] of storeStatements(plugin).children) {
        const rows = (children[name] ?? []).map((child, position) => ({ ...child, recordId, position }));
        if (rows.length > 0) await client.query(insert, [connectionId, epoch, JSON.stringify(rows)]);
      }
    },
  };
}

/**
 * QuickBooks has the record now, under this id, and whatever named it locally names it so from now on: edits that wait, and records that
 * wait themselves. Where a page or a notice brought it first, the mirror's row of that goes on under our id, and is told as removed under
 * its own. To be called before local changes are locked, as it locks records. What QuickBooks made of the record has to be read by id
 * afterwards, and saved: until then the mirror shows what was asked for. Throws MadeByAnother, and then nothing may be written.
 */
export async function landPending(
  client: PoolClient,
  mirror: MirrorOf,
  plugin: EntityPlugin,
  recordId: string,
  quickbooksId: string,
  plugins: readonly EntityPlugin[],
): Promise<void> {
  const local = localId(recordId);
  const rows = await lock(client, mirror, plugin, [local, quickbooksId]);
  const pending = rows.get(local);
  // It has landed before.
  if (pending === undefined) return;
  const change = { recordId, kind: "UPDATED" as const, version: pending.version + 1 };
  await client.query(storeStatements(plugin).keepVersions, [[recordId], plugin.name]);
  const brought = rows.get(quickbooksId) ?? (await rename(client, mirror, plugin, [local, quickbooksId]));
  if (brought !== undefined) await assertNotOurs(client, brought, quickbooksId);
  if (brought !== undefined) await takeOver(client, plugin, pending, brought);
  await renameLocal(client, mirror, plugins, { local, quickbooksId });
  if (brought !== undefined) {
    await changeCounts(client, mirror, plugin.name, [{ from: pending.state }]);
    const gone = { recordId: brought.id, kind: "REMOVED" as const, version: brought.version + 1 };
    await tellChanges(client, mirror.connectionId, plugin.name, [gone]);
  }
  await tellChanges(client, mirror.connectionId, plugin.name, [change]);
}

/** The record in QuickBooks is one that another of our creates made: two of ours are never one there. */
export class MadeByAnother extends Error {
  override readonly name = "MadeByAnother";
}

async function assertNotOurs(client: PoolClient, { id }: StoredRow, quickbooksId: string): Promise<void> {
  const ours = "SELECT 1 FROM local_changes WHERE record_id = $1 AND operation = 'CREATE'";
  const { rows } = await client.query(ours, [id]);
  if (rows.length === 0) return;
  throw new MadeByAnother(
    `Another new record became ${quickbooksId} of QuickBooks. What became of this one is found out.`,
  );
}

/** A create was given up: nothing of it will ever be in QuickBooks. */
export async function cancelPending(
  client: PoolClient,
  mirror: MirrorOf,
  plugin: EntityPlugin,
  recordId: string,
): Promise<void> {
  const local = localId(recordId);
  const pending = (await lock(client, mirror, plugin, [local])).get(local);
  if (pending === undefined || pending.state === "DELETED") return;
  const statements = storeStatements(plugin);
  await client.query(statements.keepVersions, [[recordId], plugin.name]);
  await client.query(statements.remove, [[recordId], "DELETED"]);
  await changeCounts(client, mirror, plugin.name, [{ from: pending.state, to: "DELETED" }]);
  const gone = { recordId, kind: "REMOVED" as const, version: pending.version + 1 };
  await tellChanges(client, mirror.connectionId, plugin.name, [gone]);
}

function lock(
  client: PoolClient,
  { connectionId, epoch }: MirrorOf,
  plugin: EntityPlugin,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredRow>> {
  return lockRows(client, storeStatements(plugin), [connectionId, epoch, ids]);
}

/** Gives the pending row its id; the row of somebody who brought the record at this very moment, where there is one. */
async function rename(
  client: PoolClient,
  mirror: MirrorOf,
  plugin: EntityPlugin,
  [local, quickbooksId]: readonly [string, string],
): Promise<StoredRow | undefined> {
  await client.query("SAVEPOINT landing");
  try {
    await client.query(
      `UPDATE "${plugin.table}" t SET quickbooks_id = $4, version = version + 1, mirrored_at = ${changedAt("t")}
       WHERE connection_id = $1 AND epoch = $2 AND quickbooks_id = $3`,
      [mirror.connectionId, mirror.epoch, local, quickbooksId],
    );
    await client.query("RELEASE SAVEPOINT landing");
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== "23505") throw error;
    await client.query("ROLLBACK TO SAVEPOINT landing");
    return (await lock(client, mirror, plugin, [quickbooksId])).get(quickbooksId);
  }
}

/** The row that was brought goes on under the id of the pending one, as its next version. */
async function takeOver(
  client: PoolClient,
  plugin: EntityPlugin,
  pending: StoredRow,
  brought: StoredRow,
): Promise<void> {
  const { keepVersions } = storeStatements(plugin);
  await client.query(keepVersions, [[brought.id], plugin.name]);
  const children = Object.values(plugin.children).map(({ table }) => `"${table}"`);
  for (const table of children) {
    await client.query(`DELETE FROM ${table} WHERE record_id = $1`, [pending.id]);
    await client.query(`UPDATE ${table} SET record_id = $1 WHERE record_id = $2`, [pending.id, brought.id]);
  }
  await client.query(`DELETE FROM "${plugin.table}" WHERE id = $1`, [pending.id]);
  await client.query(
    `UPDATE "${plugin.table}" t SET id = $1, version = $3, mirrored_at = ${changedAt("t")} WHERE id = $2`,
    [pending.id, brought.id, pending.version + 1],
  );
  for (const table of ["local_changes", "conflicts"]) {
    await client.query(
      `WITH moved AS (SELECT id FROM ${table} WHERE record_id = $2 ORDER BY number FOR UPDATE)
       UPDATE ${table} t SET record_id = $1 FROM moved WHERE t.id = moved.id`,
      [pending.id, brought.id],
    );
  }
}
