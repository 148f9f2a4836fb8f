import type { Database } from "../../foundation/database/database.js";
import type { Usage } from "../../quickbooks/usage.js";
import type { Pace } from "./pace.js";

/**
 * What a run had claimed and not brought to an end when the run itself ended: another one tries again, later each time. $1 most
 * attempts, $2 delay, $3 longest delay (seconds).
 */
const releaseStatement = `
  UPDATE quickbooks_webhook_events e SET attempts = e.attempts + 1,
    status = CASE WHEN e.attempts + 1 >= $1 THEN 'PARKED' ELSE 'FAILED' END::"WebhookEventStatus",
    next_attempt_at = now() + least($3, $2 * power(5, e.attempts)) * interval '1 second',
    reason = coalesce((SELECT r.error_message FROM quickbooks_syncs r WHERE r.id = e.run_id), 'The run that applied it ended before it was done.')
  WHERE e.status = 'CLAIMED' AND NOT EXISTS (
    SELECT 1 FROM quickbooks_syncs r WHERE r.id = e.run_id AND r.status IN ('QUEUED', 'RUNNING'))`;

const ignoreStatement = `
  UPDATE quickbooks_webhook_events e SET status = 'IGNORED',
    reason = 'The company is disconnected: what changes meanwhile is read when it is connected again.'
  FROM connections c WHERE c.id = e.connection_id AND c.status = 'DISCONNECTED' AND e.status IN ('PENDING', 'FAILED')`;

/** One waiting run per connection, whoever looks first: a partial unique index sees to it. */
const queueStatement = `
  INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at)
  SELECT gen_random_uuid(), c.id, c.epoch, 'RECORDS', 'WEBHOOK', 'QUEUED', c.entities, now()
  FROM connections c WHERE c.status = 'CONNECTED' AND NOT c.is_paused AND EXISTS (
    SELECT 1 FROM quickbooks_webhook_events e
    WHERE e.connection_id = c.id AND e.status IN ('PENDING', 'FAILED') AND e.next_attempt_at <= now())
  ON CONFLICT DO NOTHING`;

interface QueueServices {
  readonly database: Pick<Database, "pool">;
  readonly usage: Pick<Usage, "hasReadsLeft">;
}

/**
 * Makes a run for every connection that has notices to apply. Called at every look for work, so that a death between the commit of
 * a notice and its job, or of whoever applied it, costs no more than the sweep's interval (I6). Where the month's reads are spent, notices
 * wait for the next month: a run could only fail, and each of its failures would bring them nearer to being parked.
 */
export async function queueWebhookRuns(
  { database: { pool }, usage }: QueueServices,
  { mostAttempts, delayMs, longestDelayMs }: Pace,
): Promise<void> {
  await pool.query(releaseStatement, [mostAttempts, delayMs / 1000, longestDelayMs / 1000]);
  await pool.query(ignoreStatement);
  if (await usage.hasReadsLeft()) await pool.query(queueStatement);
}
