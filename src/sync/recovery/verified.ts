import type { PoolClient } from "pg";
import { z } from "zod";
import { isPartOfCompany, type EntitySync } from "../full/context.js";

/**
 * A complete reading has met every failure that is left: of the others, the record was taken in since, or is gone. Where it read
 * part of the company only, a record may lie outside; what had no id was met inside.
 */
export async function resolveUnmet(client: PoolClient, sync: EntitySync): Promise<void> {
  const { run, plugin } = sync;
  await client.query(
    `UPDATE record_failures SET status = 'RESOLVED'
     WHERE connection_id = $1 AND epoch = $2 AND entity = $3 AND status <> 'RESOLVED' AND run_id <> $4 AND last_seen_at < $5
       AND ($6 OR quickbooks_id IS NULL)`,
    [run.connectionId, run.epoch, plugin.name, run.id, run.startedAt, !isPartOfCompany(sync)],
  );
}

/** Makes what this run found the drift of the entity, in the place of what one before it did. Returns whether the mirror holds all. */
export async function noteVerified(client: PoolClient, { run, plugin }: EntitySync): Promise<boolean> {
  const values = [run.connectionId, plugin.name, run.id];
  await client.query("DELETE FROM mirror_drift WHERE connection_id = $1 AND entity = $2 AND run_id <> $3", values);
  await client.query(
    `INSERT INTO mirror_status (connection_id, entity, epoch, last_verified_at, verified_by) VALUES ($1, $2, $4, now(), $3)
     ON CONFLICT (connection_id, entity) DO UPDATE SET last_verified_at = excluded.last_verified_at,
       verified_by = excluded.verified_by`,
    [...values, run.epoch],
  );
  if (!run.isDryRun) return true;
  const { rows } = await client.query("SELECT 1 FROM mirror_drift WHERE run_id = $1 AND entity = $2 LIMIT 1", [
    run.id,
    plugin.name,
  ]);
  return z.array(z.unknown()).parse(rows).length === 0;
}
