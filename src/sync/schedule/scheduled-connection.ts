import type { PoolClient } from "pg";
import { z } from "zod";
import { isReached, type Reach, reachParameter } from "../../access/reach.js";
import { policyRules } from "../conflicts/policy.js";
import { excludedFields } from "../excluded-fields.js";
import { keptDays } from "../kept-days.js";
import { snakeToCamel } from "../rows.js";

const columns = `id, organization_id, epoch, status, entities, transactions_since::text, cron, schedule_time_zone, time_zone,
  is_priority, is_paused, policies, retention, excluded_fields, next_sync_at, next_verification_at`;

const scheduledConnection = z
  .record(z.string(), z.unknown())
  .transform(snakeToCamel)
  .pipe(
    z.object({
      id: z.string(),
      organizationId: z.string(),
      epoch: z.number(),
      status: z.enum(["CONNECTED", "REAUTHORIZATION_REQUIRED", "DISCONNECTED"]),
      entities: z.array(z.string()).readonly(),
      transactionsSince: z.string().nullable(),
      cron: z.string().nullable(),
      scheduleTimeZone: z.string().nullable(),
      timeZone: z.string().nullable(),
      isPriority: z.boolean(),
      isPaused: z.boolean(),
      policies: policyRules,
      retention: keptDays,
      excludedFields,
      nextSyncAt: z.date().nullable(),
      nextVerificationAt: z.date().nullable(),
    }),
  );

/** A connection with all that decides what is synced of it, and when. */
export type ScheduledConnection = z.infer<typeof scheduledConnection>;

/** Connections that may be synced, and of which a time has come or is not planned yet. */
const isDue = `environment::text = $2 AND status = 'CONNECTED' AND NOT is_paused AND (next_sync_at IS NULL OR next_sync_at <= $1
  OR next_verification_at IS NULL OR next_verification_at <= $1)`;

/** A moment in a deployment: a connection of another environment is never called. */
export interface Moment {
  readonly now: Date;
  readonly environment: string;
}

/** The longest due come first. */
export async function dueConnections(
  client: Pick<PoolClient, "query">,
  { now, environment }: Moment,
): Promise<string[]> {
  const statement = `SELECT id FROM connections WHERE ${isDue} ORDER BY next_sync_at NULLS LAST, id`;
  const { rows } = await client.query(statement, [now, environment]);
  return z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
}

/** Locked until the transaction ends; undefined where it is not due any more, or somebody else is at it. */
export async function claimDue(
  client: PoolClient,
  id: string,
  { now, environment }: Moment,
): Promise<ScheduledConnection | undefined> {
  const { rows } = await client.query(
    `SELECT ${columns} FROM connections WHERE id = $3 AND ${isDue} FOR UPDATE SKIP LOCKED`,
    [now, environment, id],
  );
  return scheduledConnection.optional().parse(rows[0]);
}

/** Locked until the transaction ends; undefined where no such connection is reached (I10). */
export async function lockOwn(client: PoolClient, reach: Reach, id: string): Promise<ScheduledConnection | undefined> {
  const { rows } = await client.query(
    `SELECT ${columns} FROM connections WHERE id = $1 AND ${isReached("connections", "$2")} FOR UPDATE`,
    [id, reachParameter(reach)],
  );
  return scheduledConnection.optional().parse(rows[0]);
}

export async function plan(
  client: PoolClient,
  { id, nextSyncAt, nextVerificationAt }: Pick<ScheduledConnection, "id" | "nextSyncAt" | "nextVerificationAt">,
): Promise<void> {
  const statement = "UPDATE connections SET next_sync_at = $2, next_verification_at = $3 WHERE id = $1";
  await client.query(statement, [id, nextSyncAt, nextVerificationAt]);
}

/**
 * Plans all times to come anew where the month's quota is not what it was when a gateway last started: what was put off for want of
 * reads comes by its own schedule again.
 */
export async function planAnewForQuota(
  client: Pick<PoolClient, "query">,
  { monthlyReads, now }: { readonly monthlyReads: number; readonly now: Date },
): Promise<void> {
  await client.query(
    `WITH changed AS (INSERT INTO gateway_facts AS f (name, value) VALUES ('quota.monthlyReads', $1)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE f.value <> excluded.value RETURNING 1)
     UPDATE connections SET next_sync_at = CASE WHEN next_sync_at <= $2 THEN next_sync_at END,
       next_verification_at = CASE WHEN next_verification_at <= $2 THEN next_verification_at END
     WHERE EXISTS (SELECT FROM changed)`,
    [String(monthlyReads), now],
  );
}

export async function saveSettings(client: PoolClient, connection: ScheduledConnection): Promise<void> {
  const {
    id,
    cron,
    scheduleTimeZone,
    isPriority,
    entities,
    transactionsSince,
    isPaused,
    policies,
    retention,
    excludedFields: excluded,
    nextSyncAt,
  } = connection;
  await client.query(
    `UPDATE connections SET cron = $2, schedule_time_zone = $3, is_priority = $4, entities = $5, transactions_since = $6,
       is_paused = $7, policies = $8, next_sync_at = $9, retention = $10, excluded_fields = $11 WHERE id = $1`,
    [
      ...[id, cron, scheduleTimeZone, isPriority, entities, transactionsSince, isPaused],
      ...[JSON.stringify(policies), nextSyncAt, JSON.stringify(retention), JSON.stringify(excluded)],
    ],
  );
}
