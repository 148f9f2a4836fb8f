import { plugins } from "../process.js";

/** I4: what could not be taken in was taken in later. */
export const openFailures = `
  SELECT 'a failure is open: ' || concat_ws(' ', f.entity, f.quickbooks_id, f.place, f.code, f.reason) AS violation
  FROM record_failures f JOIN connections c ON c.id = f.connection_id AND c.epoch = f.epoch
  WHERE f.connection_id = $1 AND f.status = 'OPEN'`;

/** I4: no row is said to be older than what QuickBooks has. */
export const staleRows = plugins
  .map(
    ({ name, table }) => `SELECT '${name} ' || t.quickbooks_id || ' is stale since ' || t.stale_since AS violation
       FROM "${table}" t JOIN connections c ON c.id = t.connection_id AND c.epoch = t.epoch
       WHERE t.connection_id = $1 AND t.stale_since IS NOT NULL`,
  )
  .join(" UNION ALL ");

/** I6: nothing is left behind. */
export const runsWithoutEnd = `
  SELECT 'a run has no end, or keeps its lease: ' || mode || ' ' || id AS violation FROM quickbooks_syncs
  WHERE connection_id = $1 AND (finished_at IS NULL OR lease_owner IS NOT NULL OR lease_until IS NOT NULL OR throttled_until IS NOT NULL)`;

/** I4: who succeeded has read everything, and who was interrupted or found nothing says why. */
export const runsThatLie = `
  SELECT 'a run ended as ' || r.status || ' without a reason: ' || r.mode || ' ' || r.id AS violation FROM quickbooks_syncs r
  WHERE r.connection_id = $1 AND (
    (r.status = 'INTERRUPTED' AND r.error_code IS NULL)
    OR (r.status = 'FAILED' AND r.error_code IS NULL AND NOT EXISTS (
      SELECT 1 FROM sync_run_entities e WHERE e.run_id = r.id AND e.phase = 'FAILED'))
    OR (r.status = 'SUCCEEDED' AND EXISTS (
      SELECT 1 FROM sync_run_entities e WHERE e.run_id = r.id AND (e.phase <> 'DONE' OR e.failed > 0))))`;

/** I7: a notice is done, or somebody can read why not. */
export const noticesLeft = `
  SELECT 'a notice is left ' || concat_ws(' ', status, entity, operation, quickbooks_id, reason) AS violation
  FROM quickbooks_webhook_events WHERE status <> 'DONE' AND (status NOT IN ('IGNORED', 'PARKED') OR reason IS NULL)
    AND $1::uuid IS NOT NULL`;

/** The last verification, which wrote nothing, found nothing. */
export const drift = `
  SELECT 'the mirror drifts: ' || concat_ws(' ', d.entity, d.quickbooks_id, d.kind) AS violation
  FROM mirror_drift d JOIN quickbooks_syncs r ON r.id = d.run_id
  WHERE d.connection_id = $1 AND r.id = (SELECT id FROM quickbooks_syncs
    WHERE connection_id = $1 AND mode = 'VERIFY' ORDER BY queued_at DESC LIMIT 1)`;
