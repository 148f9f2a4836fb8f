import type { PoolClient } from "pg";
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

/** Makes what this run found the drift that the entity's status shows. */
export async function noteVerified(client: PoolClient, { run, plugin }: EntitySync): Promise<void> {
  await client.query(
    `INSERT INTO mirror_status AS m (connection_id, entity, epoch, last_verified_at, verified_by) VALUES ($1, $2, $4, now(), $3)
     ON CONFLICT (connection_id, entity) DO UPDATE SET last_verified_at = excluded.last_verified_at, epoch = excluded.epoch,
       watermark = CASE WHEN m.epoch = excluded.epoch THEN m.watermark END,
       verified_by = excluded.verified_by`,
    [run.connectionId, plugin.name, run.id, run.epoch],
  );
}
