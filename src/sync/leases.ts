import type { PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../foundation/database/database.js";
import type { Streams } from "../foundation/streams.js";
import type { ClaimedRun } from "./full/context.js";
import { presentOwners } from "../foundation/database/presence.js";
import { readRunView } from "./progress.js";
import { connectionStream, runStream } from "./run-view.js";

/** How long a claim holds without a sign of life. */
export const leaseSeconds = 30;

const date = z.string().nullable();
const claimedRow = z
  .object({
    id: z.string(),
    connection_id: z.string(),
    organization_id: z.string(),
    epoch: z.number(),
    mode: z.enum(["FULL", "INCREMENTAL", "RECORDS", "VERIFY"]),
    trigger: z.enum(["SCHEDULE", "MANUAL", "WEBHOOK", "CONNECT", "RECOVERY"]),
    is_dry_run: z.boolean(),
    fence: z.number(),
    entities: z.array(z.string()),
    from: date,
    to: date,
    since: date,
    bound: z.date().nullable(),
    started_at: z.date(),
    attempts: z.number(),
  })
  .transform((row): LeasedRun => ({
    id: row.id,
    connectionId: row.connection_id,
    organizationId: row.organization_id,
    epoch: row.epoch,
    mode: row.mode,
    trigger: row.trigger,
    isDryRun: row.is_dry_run,
    fence: row.fence,
    entities: row.entities,
    transactionsFrom: row.from,
    transactionsTo: row.to,
    transactionsSince: row.since,
    startedAt: row.started_at,
    bound: row.bound,
    attempts: row.attempts,
  }));

export interface LeasedRun extends ClaimedRun {
  readonly bound: Date | null;
  /** Claims that ended in a passing failure. */
  readonly attempts: number;
}

/**
 * Claims the oldest run that waits, or that nobody works on any more: its lease has run out, or its worker's session is gone and
 * with it the advisory lock that the session held. The fence rises, so that whoever held it before can write no more (I6).
 */
const claimStatement = `
  UPDATE quickbooks_syncs r SET status = 'RUNNING', lease_owner = $1, lease_until = now() + interval '${leaseSeconds.toString()} seconds',
    fence = r.fence + 1, transactions_since = c.transactions_since, started_at = coalesce(r.started_at, now()), throttled_until = NULL
  FROM connections c WHERE c.id = r.connection_id AND r.id = (
    SELECT q.id FROM quickbooks_syncs q JOIN connections o ON o.id = q.connection_id
    WHERE o.status = 'CONNECTED' AND NOT o.is_paused AND o.epoch = q.epoch AND ($2 OR q.mode = 'RECORDS') AND (
      (q.status = 'QUEUED' AND (q.mode = 'RECORDS' OR NOT EXISTS (SELECT 1 FROM quickbooks_syncs other
        WHERE other.connection_id = q.connection_id AND other.status = 'RUNNING' AND other.mode <> 'RECORDS')))
      OR (q.status = 'RUNNING' AND (q.lease_until < now() OR (q.lease_owner IS NOT NULL AND
        q.lease_owner NOT IN (${presentOwners})))))
    ORDER BY q.mode <> 'RECORDS', q.queued_at, q.id LIMIT 1 FOR UPDATE OF q SKIP LOCKED)
  RETURNING r.id, r.connection_id, c.organization_id, r.epoch, r.mode, r.trigger, r.is_dry_run, r.fence, r.entities, r.transactions_from::text AS "from",
    r.transactions_to::text AS "to", c.transactions_since::text AS since, r.bound, r.started_at, r.attempts`;

export interface ClaimOptions {
  /** The key of an advisory lock that the worker's session holds. */
  readonly owner: bigint;
  /** Whether runs that read a whole company may be claimed, or those of a few records only. */
  readonly isWholeTaken: boolean;
}

/** undefined where there is nothing to do. Runs of a few records go first: they are short, and somebody waits for them. */
export async function claimRun(
  database: Database,
  streams: Streams,
  { owner, isWholeTaken }: ClaimOptions,
): Promise<LeasedRun | undefined> {
  try {
    return await database.transaction(async (client) => {
      const { rows } = await client.query(claimStatement, [owner.toString(), isWholeTaken]);
      const run = claimedRow.optional().parse(rows[0]);
      if (run?.fence === 1) await announce(client, streams, run);
      return run;
    });
  } catch (error) {
    // Another worker started a run of the same company at the same moment (I5); the next look finds what is left.
    if (error instanceof Error && "code" in error && error.code === "23505") return undefined;
    throw error;
  }
}

async function announce(
  client: PoolClient,
  streams: Streams,
  { id, connectionId, organizationId }: LeasedRun,
): Promise<void> {
  await streams.append(client, runStream(id), "STARTED", { run: await readRunView(client, id) });
  await streams.append(client, connectionStream(organizationId), "SYNC_STARTED", { connectionId, syncRunId: id });
}

/** false where the run is no longer ours, or was cancelled. */
export async function renewLease(database: Database, run: ClaimedRun): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `UPDATE quickbooks_syncs SET lease_until = now() + interval '${leaseSeconds.toString()} seconds'
     WHERE id = $1 AND fence = $2 AND status = 'RUNNING' AND cancelled_at IS NULL`,
    [run.id, run.fence],
  );
  return rowCount === 1;
}

/** Gives a run back in an orderly stop: another worker, or the next start, goes on with it at once. */
export async function giveBack({ pool }: Database, { id, fence }: ClaimedRun): Promise<void> {
  await pool.query(
    `UPDATE quickbooks_syncs SET lease_owner = NULL, lease_until = now(), throttled_until = NULL
     WHERE id = $1 AND fence = $2 AND status = 'RUNNING'`,
    [id, fence],
  );
}

/** Gives a run back that met a passing failure, for whoever comes after `retryAt`, and tells that it waits. */
export async function putOff(
  database: Database,
  streams: Streams,
  { id, fence }: ClaimedRun,
  retryAt: Date,
): Promise<void> {
  await database.transaction(async (client) => {
    const { rowCount } = await client.query(
      `UPDATE quickbooks_syncs SET lease_owner = NULL, lease_until = $3, throttled_until = $3, attempts = attempts + 1
       WHERE id = $1 AND fence = $2 AND status = 'RUNNING'`,
      [id, fence, retryAt],
    );
    if (rowCount === 1)
      await streams.append(client, runStream(id), "THROTTLED", { run: await readRunView(client, id) });
  });
}

/** Keeps the frozen bound of the run. */
export async function keepBound(client: PoolClient, run: ClaimedRun, bound: Date): Promise<void> {
  await client.query("UPDATE quickbooks_syncs SET bound = $3 WHERE id = $1 AND fence = $2", [run.id, run.fence, bound]);
}
