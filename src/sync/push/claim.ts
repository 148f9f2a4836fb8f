import type { PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import { leaseSeconds } from "../leases.js";
import { localChangeColumns, localChangeRow, localIdInJson } from "../local-changes/local-change.js";
import { presentOwners } from "../../foundation/database/presence.js";

const claimedRow = localChangeRow.extend({
  organizationId: z.string(),
  runId: z.string(),
  /** Since the first sending. */
  sinceFirstMs: z.number().nullable(),
});

/** A local change that this process pushes: under its fence, and nobody else's. */
export type ClaimedChange = z.infer<typeof claimedRow>;

export interface ClaimOptions {
  /** The key of an advisory lock that this process's session holds. */
  readonly owner: bigint;
  /** Entities whose writes QuickBooks wants one after another. */
  readonly nameLists: readonly string[];
  /** Transactions of one company at once, over all processes. */
  readonly lanes: number;
  readonly most: number;
  /** The deployment's. */
  readonly environment: string;
}

/** An id of a record that QuickBooks does not have yet, somewhere in a change's edits. */
const namesPending = `l.edits::text ~ '${localIdInJson}'`;

/** An earlier change of the same record that has to land before, or be given up. */
const isBehind = `EXISTS (SELECT 1 FROM local_changes o WHERE o.record_id = l.record_id AND o.number < l.number AND (
  o.status IN ('PENDING', 'PUSHING', 'UNKNOWN', 'CONFLICT') OR (o.status = 'REJECTED' AND o.operation = 'CREATE')))`;

const unsettled = "l.status IN ('PENDING', 'PUSHING', 'UNKNOWN')";
const isHeld = "l.lease_until >= now() AND l.lease_owner IN (SELECT owner FROM present)";
/** What could not be told from another record waits for a person. */
const waitsForPerson = "(l.status = 'UNKNOWN' AND l.error_code IS NOT DISTINCT FROM 'AMBIGUOUS')";
/** SQL: of the changes `l` of a connection `c`, those that wait for nobody but whoever pushes them. */
export const isToBePushed = `${unsettled} AND l.epoch = c.epoch
  AND NOT ${waitsForPerson} AND NOT (l.status = 'PENDING' AND ${namesPending}) AND NOT ${isBehind}`;
const isDue = `l.next_attempt_at <= now() AND (l.lease_owner IS NULL OR NOT (${isHeld})) AND ${isToBePushed}`;

const due = (condition: string, most: string): string => `
  (SELECT l.id, l.number FROM local_changes l WHERE l.connection_id = c.id AND ${condition} AND ${isDue}
   ORDER BY l.number LIMIT ${most})`;

/**
 * $1 owner, $2 name lists, $3 lanes, $4 most, $5 environment. Of every company the oldest that may go, in turn: one of the name lists at a time, and
 * of each record the oldest only. The fence rises, so that whoever held it before can write no more (I6).
 */
const claimStatement = `
  WITH present AS MATERIALIZED (SELECT p.owner FROM (${presentOwners}) p(owner)),
  found AS MATERIALIZED (
    SELECT f.id FROM connections c
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE l.entity = ANY($2)) AS lists, count(*) FILTER (WHERE l.entity <> ALL($2)) AS others
      FROM local_changes l WHERE l.connection_id = c.id AND ${unsettled} AND ${isHeld}) held
    CROSS JOIN LATERAL (
      ${due("l.entity = ANY($2)", "greatest(1 - held.lists, 0)")} UNION ALL ${due("l.entity <> ALL($2)", "greatest($3 - held.others, 0)")}
    ) f
    WHERE c.status = 'CONNECTED' AND c.environment::text = $5
    ORDER BY row_number() OVER (PARTITION BY c.id ORDER BY f.number), f.number LIMIT $4),
  free AS (SELECT l.id FROM local_changes l WHERE l.id IN (SELECT id FROM found) AND ${unsettled} FOR UPDATE SKIP LOCKED)
  UPDATE local_changes l SET lease_owner = $1, lease_until = now() + interval '${leaseSeconds.toString()} seconds', fence = l.fence + 1
  FROM free, connections c WHERE l.id = free.id AND c.id = l.connection_id
  RETURNING ${localChangeColumns("l")}, c.organization_id AS "organizationId",
    extract(epoch FROM now() - l.first_sent_at)::float8 * 1000 AS "sinceFirstMs",
    coalesce((SELECT r.id FROM quickbooks_syncs r WHERE r.connection_id = l.connection_id ORDER BY r.queued_at DESC LIMIT 1), l.id) AS "runId"`;

/** Before anybody is kept from claiming: mostly nothing waits. */
const waitingStatement = `SELECT 1 FROM local_changes l WHERE ${unsettled} AND l.next_attempt_at <= now() LIMIT 1`;

/** One process claims at a time, so that the lanes of a company are counted over all of them. */
export async function claimChanges(
  database: Database,
  { owner, nameLists, lanes, most, environment }: ClaimOptions,
): Promise<ClaimedChange[]> {
  if ((await database.pool.query(waitingStatement)).rows.length === 0) return [];
  return database.transaction(async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('claim local changes', 0))");
    const { rows } = await client.query(claimStatement, [owner.toString(), nameLists, lanes, most, environment]);
    return z.array(claimedRow).parse(rows);
  });
}

/**
 * The ids of those that are still this owner's. It waits for nobody, so that it never waits in a circle: what a transaction works on at
 * this moment is renewed with the next beat.
 */
export async function renewLeases({ pool }: Database, owner: bigint, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query(
    `WITH free AS (SELECT id FROM local_changes WHERE id = ANY($2) AND lease_owner = $1 FOR UPDATE SKIP LOCKED),
     renewed AS (UPDATE local_changes l SET lease_until = now() + interval '${leaseSeconds.toString()} seconds' FROM free WHERE l.id = free.id)
     SELECT id FROM local_changes WHERE id = ANY($2) AND lease_owner = $1`,
    [owner.toString(), ids],
  );
  return new Set(
    z
      .array(z.object({ id: z.string() }))
      .parse(rows)
      .map(({ id }) => id),
  );
}

/** Lets go of a claim, whatever has become of the change. */
export async function release(client: Pick<PoolClient, "query">, { id }: Pick<ClaimedChange, "id">): Promise<void> {
  await client.query("UPDATE local_changes SET lease_owner = NULL, lease_until = NULL WHERE id = $1", [id]);
}

/** The database's time, as text. */
export async function databaseTime({ pool }: Database): Promise<string> {
  const { rows } = await pool.query("SELECT now()::text AS now");
  return z.object({ now: z.string() }).parse(rows[0]).now;
}

/** In how many milliseconds the next change is due that was not yet at that time; undefined where none waits. */
export async function nextDueInMs(
  { pool }: Database,
  { environment }: Pick<ClaimOptions, "environment">,
  after: string,
): Promise<number | undefined> {
  const { rows } = await pool.query(
    `SELECT extract(epoch FROM min(l.next_attempt_at) - now())::float8 * 1000 AS ms FROM local_changes l
     JOIN connections c ON c.id = l.connection_id AND c.epoch = l.epoch
     WHERE c.status = 'CONNECTED' AND c.environment::text = $2 AND ${unsettled} AND NOT ${waitsForPerson} AND l.next_attempt_at > $1::timestamptz`,
    [after, environment],
  );
  return z.object({ ms: z.number().nullable() }).parse(rows[0]).ms ?? undefined;
}
