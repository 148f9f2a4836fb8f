import type { PoolClient } from "pg";
import { z } from "zod";
import { changeKey } from "./keep.js";
import type { Applying } from "./context.js";
import { delayAfter } from "./pace.js";
import type { Verdict } from "./verdict.js";

const eventRow = z.object({
  id: z.string(),
  entity: z.string(),
  operation: z.string(),
  quickbooksId: z.string(),
  deletedId: z.string().nullable(),
  eventTime: z.date().nullable(),
  attempts: z.number(),
});
/** A kept notice that a run applies. */
export type ClaimedEvent = z.infer<typeof eventRow>;

/** Notices of one run. */
const mostAtOnce = 2_000;

/**
 * What waits for this run, and what it had claimed before it was interrupted. A notice without an id of its own gives its key up: one
 * that says the same and comes later may tell of another change, made after the reading that follows here.
 */
const claimStatement = `
  UPDATE quickbooks_webhook_events e SET status = 'CLAIMED', run_id = $1,
    key = CASE WHEN starts_with(e.key, '${changeKey}') THEN NULL ELSE e.key END
  WHERE e.id IN (
    SELECT w.id FROM quickbooks_webhook_events w WHERE w.connection_id = $2 AND (
      (w.status IN ('PENDING', 'FAILED') AND w.next_attempt_at <= now()) OR (w.status = 'CLAIMED' AND w.run_id = $1))
    ORDER BY w.received_at, w.id LIMIT ${mostAtOnce} FOR UPDATE SKIP LOCKED)
  RETURNING e.id, e.entity, e.operation, e.quickbooks_id AS "quickbooksId", e.deleted_id AS "deletedId",
    e.event_time AS "eventTime", e.attempts`;

/** Throws LeaseLost where the run is not ours any more. */
export function claimEvents({ database, progress, run }: Applying): Promise<readonly ClaimedEvent[]> {
  return database.transaction(async (client) => {
    const { rows } = await client.query(claimStatement, [run.id, run.connectionId]);
    // Behind the notices, as whoever settles them does.
    await progress.touch(client);
    return z.array(eventRow).parse(rows);
  });
}

/** Writes what became of claimed notices, in the caller's transaction. */
export async function settleEvents(
  client: PoolClient,
  { run, pace }: Applying,
  settled: readonly { readonly event: ClaimedEvent; readonly verdict: Verdict }[],
): Promise<void> {
  const rows = settled.map(({ event: { id, attempts }, verdict }) => ({
    id,
    ...verdict,
    attempts: verdict.status === "DONE" || verdict.status === "IGNORED" ? attempts : attempts + 1,
    delay: delayAfter(attempts, pace) / 1000,
  }));
  await client.query(
    `UPDATE quickbooks_webhook_events e SET status = r.status, reason = r.reason, attempts = r.attempts,
       next_attempt_at = now() + r.delay * interval '1 second'
     FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, status "WebhookEventStatus", reason text, attempts integer, delay double precision)
     WHERE e.id = r.id AND e.run_id = $1 AND e.status = 'CLAIMED'`,
    [run.id, JSON.stringify(rows)],
  );
}
