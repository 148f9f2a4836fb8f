import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { presentOwners } from "../foundation/database/presence.js";

/** At most `most` grants in any `windowMs`. */
export interface Window {
  readonly most: number;
  readonly windowMs: number;
}

export interface GrantRules {
  readonly second: Window;
  readonly minute: Window;
  /** Grants neither finished nor older than `windowMs`. */
  readonly inFlight: Window;
  /** For how long grants of a process that died count as being in flight. */
  readonly orphanedMs: number;
}

/** Up to which grant's id each window cannot be full, so that it need not be counted. */
export interface SafeIds {
  readonly second: number;
  readonly minute: number;
  readonly inFlight: number;
}

/** Grants whose requests have ended, and grants that were not used. */
export interface Settled {
  readonly finished: readonly number[];
  readonly givenBack: readonly number[];
}

export interface GrantRequest {
  readonly connectionId: string;
  /** The key of an advisory lock that this process's session holds. */
  readonly owner: bigint;
  readonly rules: GrantRules;
  readonly safe: SafeIds;
  /** A grant that lies further ahead is not taken. */
  readonly maxWaitMs: number;
  readonly settled: Settled;
  readonly sweep: boolean;
}

export interface Grant {
  readonly id: number;
  readonly isGranted: boolean;
  /** From the moment of the answer, by the database's clock. */
  readonly waitMs: number;
  readonly throttledMs: number;
  readonly safe: SafeIds;
}

export const nothingSafe: SafeIds = { second: 0, minute: 0, inFlight: 0 };

const count = z.coerce.number().nullable();
const answer = z.object({
  id: z.coerce.number(),
  is_granted: z.boolean(),
  wait_ms: z.coerce.number(),
  throttled_ms: z.coerce.number(),
  in_second: count,
  in_minute: count,
  in_flight: count,
});
const results = z.array(z.object({ rows: z.array(z.unknown()) }));

/**
 * Grants the next request of a connection: when it may be sent, such that no window holds more than it may. Grants of a
 * connection are made one after another, and none lies before an earlier one.
 *
 * One round trip of several statements: each sees what was committed before it began, so the last one sees every grant made
 * before the lock was got. A single statement would not.
 */
export async function grant(client: PoolClient, request: GrantRequest): Promise<Grant> {
  const told: unknown = await client.query(statements(request).join(";\n"));
  const row = answer.parse(results.parse(told).at(-1)?.rows[0]);
  const { rules, safe } = request;
  const safeUntil = (window: Window, counted: number | null, before: number): number =>
    counted === null ? before : row.id + window.most - counted - 1;
  return {
    id: row.id,
    isGranted: row.is_granted,
    waitMs: row.wait_ms,
    throttledMs: row.throttled_ms,
    safe: {
      second: safeUntil(rules.second, row.in_second, safe.second),
      minute: safeUntil(rules.minute, row.in_minute, safe.minute),
      inFlight: safeUntil(rules.inFlight, row.in_flight, safe.inFlight),
    },
  };
}

/** Tells of settled grants where no other is asked for. */
export async function settle(pool: Pool, settled: Settled): Promise<void> {
  const told = settling(settled);
  if (told.length > 0) await pool.query(told.join(";\n"));
}

/** No grant of the connection lies within the next `waitMs`; a shorter wait never cuts a longer one. */
export async function throttleFor(pool: Pool, connectionId: string, waitMs: number): Promise<void> {
  await pool.query(
    `INSERT INTO api_limits AS l (connection_id, throttled_until) VALUES ($1, clock_timestamp() + $2 * interval '1 ms')
     ON CONFLICT (connection_id) DO UPDATE SET throttled_until = greatest(l.throttled_until, excluded.throttled_until)`,
    [connectionId, waitMs],
  );
}

export async function throttledForMs(pool: Pool, connectionId: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ waitMs: number }>(
    `SELECT (extract(epoch FROM throttled_until - clock_timestamp()) * 1000)::float8 AS "waitMs" FROM api_limits
     WHERE connection_id = $1 AND throttled_until > clock_timestamp()`,
    [connectionId],
  );
  return rows[0]?.waitMs;
}

function statements(request: GrantRequest): readonly string[] {
  const connection = uuid(request.connectionId);
  // Locks the row, and makes it where there is none; the update itself never happens.
  const lock = `INSERT INTO api_limits (connection_id) VALUES (${connection})
    ON CONFLICT (connection_id) DO UPDATE SET throttled_until = NULL WHERE false`;
  const { minute, inFlight } = request.rules;
  const sweep = `DELETE FROM api_grants WHERE connection_id = ${connection} AND granted_for < ${ago(minute.windowMs)}
    AND (finished_at IS NOT NULL OR granted_for < ${ago(inFlight.windowMs)})`;
  // A server that crashes forgets half a second of grants at most, and takes longer than that to come back.
  const doNotWaitForTheDisk = "SELECT set_config('synchronous_commit', 'off', true)";
  const swept = request.sweep ? [sweep] : [];
  return [doNotWaitForTheDisk, lock, ...settling(request.settled), ...swept, granting(connection, request)];
}

function settling({ finished, givenBack }: Settled): readonly string[] {
  return [
    ...(finished.length === 0
      ? []
      : [`UPDATE api_grants SET finished_at = clock_timestamp() WHERE id IN (${finished.map(integer).join()})`]),
    ...(givenBack.length === 0 ? [] : [`DELETE FROM api_grants WHERE id IN (${givenBack.map(integer).join()})`]),
  ];
}

function granting(connection: string, { owner, rules, safe, maxWaitMs }: GrantRequest): string {
  // Whoever died finishes none of theirs.
  const isInFlight = `AND finished_at IS NULL AND (granted_for > now - ${ms(rules.orphanedMs)} OR owner IN (${presentOwners}))`;
  const of = `FROM api_grants WHERE connection_id = ${connection}`;
  const counted = ({ windowMs }: Window, safeUntil: number, which = ""): string =>
    `CASE WHEN id > ${integer(safeUntil)} THEN (SELECT count(*) ${of} AND granted_for > now - ${ms(windowMs)} ${which}) END`;
  const free = ({ most, windowMs }: Window, full: string): string =>
    `CASE WHEN ${full} >= ${integer(most)}
       THEN (SELECT granted_for ${of} ORDER BY granted_for DESC OFFSET ${integer(most - 1)} LIMIT 1) + ${ms(windowMs)} END`;
  return `
    WITH candidate AS MATERIALIZED (
      SELECT nextval('api_grants_id_seq') AS id, clock_timestamp() AS now,
        (SELECT throttled_until FROM api_limits WHERE connection_id = ${connection}) AS throttled_until,
        (SELECT max(granted_for) ${of}) AS latest
    ), counted AS MATERIALIZED (
      SELECT *, ${counted(rules.second, safe.second)} AS in_second, ${counted(rules.minute, safe.minute)} AS in_minute,
        ${counted(rules.inFlight, safe.inFlight, isInFlight)} AS in_flight
      FROM candidate
    ), slot AS MATERIALIZED (
      SELECT *, greatest(now, throttled_until, latest, ${free(rules.second, "in_second")},
        ${free(rules.minute, "in_minute")}) AS at
      FROM counted
    ), granted AS (
      INSERT INTO api_grants (id, connection_id, granted_for, owner)
      SELECT id, ${connection}, at, ${owner.toString()} FROM slot
      WHERE coalesce(in_flight < ${integer(rules.inFlight.most)}, true) AND at <= now + ${ms(maxWaitMs)}
      RETURNING id
    )
    SELECT id, in_second, in_minute, in_flight, EXISTS (SELECT FROM granted) AS is_granted,
      extract(epoch FROM at - now) * 1000 AS wait_ms,
      coalesce(greatest(extract(epoch FROM throttled_until - now) * 1000, 0), 0) AS throttled_ms
    FROM slot`;
}

function ago(milliseconds: number): string {
  return `clock_timestamp() - ${ms(milliseconds)}`;
}

// Several statements in one round trip can have no parameters, so every value is checked and written out.

function ms(milliseconds: number): string {
  return `interval '${integer(milliseconds)} ms'`;
}

function integer(value: number): string {
  const whole = Math.ceil(value);
  if (!Number.isSafeInteger(whole)) throw new RangeError(`${String(value)} is no number for a statement.`);
  return String(whole);
}

function uuid(value: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) throw new RangeError("A connection's id is a UUID.");
  return `'${value}'::uuid`;
}
