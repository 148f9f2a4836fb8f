import type { AlertKind } from "../../generated/prisma/enums.js";
import { fiveYearsAheadMs, idleAheadMs } from "../../quickbooks/authorization-end.js";
import { isToBePushed } from "../push/claim.js";

const seconds = (ms: number): string => `interval '${String(ms / 1000)} seconds'`;

/** A connection of this deployment that its organization still wants. */
const isWanted = "c.environment::text = $1 AND c.status <> 'DISCONNECTED'";
/** While it is not, nothing about its syncs is said anew, and nothing that was said is taken back. */
const isSynced = "(c.status = 'CONNECTED' AND NOT c.is_paused)";

/** Of the runs of a day that read, and of the records that they read, one in twenty may fail. */
const errorRate = `
  SELECT c.organization_id, c.id AS connection_id, true AS opens,
    format('In 24 hours %s of %s sync runs failed, and %s of %s records could not be taken in. See the failures, and the errors of the runs.',
      day.failed_runs, day.runs, day.failed, day.read) AS message
  FROM connections c JOIN (
    SELECT r.connection_id, count(*) AS runs, count(*) FILTER (WHERE r.status = 'FAILED') AS failed_runs, sum(e.read) AS read, sum(e.failed) AS failed
    FROM quickbooks_syncs r CROSS JOIN LATERAL (
      SELECT coalesce(sum(greatest(read, failed)), 0) AS read, coalesce(sum(failed), 0) AS failed FROM sync_run_entities WHERE run_id = r.id) e
    WHERE r.finished_at > $2::timestamptz - interval '24 hours' AND r.status IN ('SUCCEEDED', 'PARTIAL', 'FAILED') AND NOT r.is_dry_run
    GROUP BY r.connection_id) day ON day.connection_id = c.id
  WHERE ${isWanted} AND (day.failed_runs > day.runs * 0.05 OR day.failed > day.read * 0.05)`;

/** Runs that bring the whole scope up to now: all but those of some days, of some entities, or that somebody stopped. */
const readsAll = `r.connection_id = c.id AND r.epoch = c.epoch AND r.mode IN ('FULL', 'INCREMENTAL') AND NOT r.is_dry_run
  AND r.status <> 'CANCELLED' AND r.transactions_from IS NULL AND r.transactions_to IS NULL AND r.entities @> c.entities`;

/**
 * A schedule, a person or a consent wanted a sync, and since then none has come to a complete end. What the schedules leave out, because the
 * month's reads run out, is not wanted.
 */
const freshness = `
  SELECT c.organization_id, c.id AS connection_id, ${isSynced} AS opens,
    format('The mirror should have been brought up to date at %s (UTC), and no sync has been complete since. See the latest sync runs.',
      to_char(wanted.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) AS message
  FROM connections c
  CROSS JOIN LATERAL (SELECT coalesce((
    SELECT r.queued_at FROM quickbooks_syncs r WHERE ${readsAll} AND r.status IN ('SUCCEEDED', 'PARTIAL')
      AND NOT EXISTS (SELECT FROM sync_run_entities e WHERE e.run_id = r.id AND NOT e.complete)
    ORDER BY r.queued_at DESC LIMIT 1), '-infinity') AS at) complete
  CROSS JOIN LATERAL (SELECT least(
    (SELECT r.queued_at FROM quickbooks_syncs r WHERE ${readsAll} 
       AND r.queued_at > greatest(complete.at, c.connected_at - interval '1 minute') ORDER BY r.queued_at LIMIT 1),
    c.next_sync_at) AS at) wanted
  WHERE ${isWanted} AND wanted.at < $2::timestamptz - CASE WHEN c.is_priority THEN interval '1 hour' ELSE interval '6 hours' END`;

/** Stays while the authorization is lost, for that is not what it warned of in vain. */
const authorizationEnding = `
  SELECT c.organization_id, c.id AS connection_id, true AS opens,
    format('QuickBooks ends the authorization on %s. Connect the same company again before; its mirror stays.',
      to_char(least(t.refresh_token_expires_at, t.refresh_token_ends_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD')) AS message
  FROM connections c JOIN quickbooks_tokens t ON t.connection_id = c.id
  WHERE ${isWanted} AND (t.refresh_token_expires_at <= $2::timestamptz + ${seconds(idleAheadMs)}
    OR t.refresh_token_ends_at <= $2::timestamptz + ${seconds(fiveYearsAheadMs)})`;

const authorizationLost = `
  SELECT c.organization_id, c.id AS connection_id, true AS opens,
    'QuickBooks no longer accepts the authorization. Connect the same company again; its mirror stays.' AS message
  FROM connections c WHERE ${isWanted} AND c.status = 'REAUTHORIZATION_REQUIRED'`;

/** The quota is one for all: each organization is told, and nothing of the others. */
const quota = `
  SELECT DISTINCT c.organization_id, NULL::uuid AS connection_id, asked.quota_opens AS opens, asked.quota AS message
  FROM connections c CROSS JOIN asked WHERE ${isWanted} AND asked.quota IS NOT NULL`;

/**
 * Notices used to come, and for half a day none has, while a sync found changes of an entity that notices told of before. An hour is left for
 * notices that are late.
 */
const webhookSilence = `
  SELECT c.organization_id, c.id AS connection_id, ${isSynced} AND last.at > $2::timestamptz - interval '30 days' AS opens,
    format('QuickBooks has told of no change since %s (UTC), and syncs found some. See the webhooks of the app at Intuit, and whether they reach the gateway.',
      to_char(last.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) AS message
  FROM connections c CROSS JOIN LATERAL (SELECT max(w.received_at) AS at FROM quickbooks_webhook_events w WHERE w.connection_id = c.id) last
  WHERE ${isWanted} AND last.at < $2::timestamptz - interval '12 hours' AND EXISTS (
    SELECT FROM quickbooks_syncs r JOIN sync_run_entities e ON e.run_id = r.id
    WHERE r.connection_id = c.id AND r.queued_at > last.at AND r.finished_at < $2::timestamptz - interval '1 hour'
      AND r.mode = 'INCREMENTAL' AND NOT r.is_dry_run
      -- What is read whole was not known before, or not for this scope.
      AND e.proof <> 'IDS_AND_COUNT' AND e.created + e.updated + e.removed > 0
      AND EXISTS (SELECT FROM quickbooks_webhook_events w WHERE w.connection_id = c.id AND w.entity = e.entity))`;

/** Workers give signs of life while nothing moves: only pages and phases are progress. Who waits behind another run is not stuck. */
const stuckRuns = `
  SELECT r.connection_id, 'A sync run has made no progress for an hour.' AS what FROM quickbooks_syncs r
  CROSS JOIN LATERAL (SELECT max(p.committed_at) AS at FROM sync_pages p WHERE p.run_id = r.id) page
  CROSS JOIN LATERAL (SELECT greatest(max(e.started_at), max(e.finished_at)) AS at FROM sync_run_entities e WHERE e.run_id = r.id) phase
  WHERE r.status IN ('QUEUED', 'RUNNING') AND greatest(r.queued_at, r.started_at, page.at, phase.at) < $2::timestamptz - interval '1 hour'
    AND (r.status = 'RUNNING' OR NOT EXISTS (
      SELECT FROM quickbooks_syncs o WHERE o.connection_id = r.connection_id AND o.status = 'RUNNING' AND o.mode <> 'RECORDS'))`;

/** An hour after the first failures, tries are two minutes apart at most: so many of them take most of an hour. */
const stuckEdits = `
  SELECT l.connection_id, 'An edit could not be sent to QuickBooks for an hour.' AS what
  FROM local_changes l JOIN connections c ON c.id = l.connection_id
  WHERE ${isToBePushed} AND l.created_at < $2::timestamptz - interval '1 hour'
    AND (l.attempts >= 40 OR l.updated_at < $2::timestamptz - interval '1 hour')`;

const stuckWork = `
  SELECT c.organization_id, c.id AS connection_id, ${isSynced} AS opens,
    string_agg(DISTINCT stuck.what, ' ' ORDER BY stuck.what) || ' See its error, and the gateway''s log.' AS message
  FROM connections c JOIN (${stuckRuns} UNION ALL ${stuckEdits}) stuck ON stuck.connection_id = c.id
  WHERE ${isWanted} GROUP BY c.organization_id, c.id`;

/**
 * What is looked for, of all connections at once: $1 the deployment's environment, $2 now; `asked` holds what is known of the quota. Each row is
 * a cause that is there: `opens` where it is enough for an alert that is not open yet, so that what lies near a border does not come and go.
 */
export const causes: readonly { readonly kind: AlertKind; readonly find: string }[] = [
  { kind: "ERROR_RATE", find: errorRate },
  { kind: "FRESHNESS", find: freshness },
  { kind: "AUTHORIZATION_ENDING", find: authorizationEnding },
  { kind: "AUTHORIZATION_LOST", find: authorizationLost },
  { kind: "QUOTA", find: quota },
  { kind: "WEBHOOK_SILENCE", find: webhookSilence },
  { kind: "STUCK_WORK", find: stuckWork },
];
