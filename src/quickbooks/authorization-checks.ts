import type { PoolClient } from "pg";
import { z } from "zod";
import type { AuthorizationEnds } from "./authorization-end.js";

type Querying = Pick<PoolClient, "query">;

/** A deployment's present: the connections of another environment are never called. */
interface Moment {
  readonly environment: string;
  readonly now: Date;
}

const dueCheck = z.object({ connectionId: z.string(), generation: z.number(), retryAt: z.date() });
export type DueCheck = z.infer<typeof dueCheck>;

const ending = z.object({
  connectionId: z.string(),
  organizationId: z.string(),
  refreshTokenExpiresAt: z.date(),
  refreshTokenEndsAt: z.date().nullable(),
  warnedOf: z.date().nullable(),
});
export type EndingAuthorization = z.infer<typeof ending> & AuthorizationEnds;

/**
 * Long before Intuit's hundred days, so that three months are left for trying again, and that a company which was disconnected at
 * Intuit is known as such within a week. Renewals are not metered.
 */
const idleFor = "interval '7 days'";
const dueAt = `coalesce(t.check_at, t.refreshed_at + ${idleFor})`;

/**
 * Takes the check that has been due for longest, of any connected company, paused ones too. Its next try is written before this
 * one: in 15 minutes at first, then after as long again as it has been due, at most after six hours. A renewal clears it.
 */
export async function claimCheck(client: Querying, { environment, now }: Moment): Promise<DueCheck | undefined> {
  const { rows } = await client.query(
    `UPDATE quickbooks_tokens SET check_at = $2::timestamptz +
       least(greatest($2::timestamptz - refreshed_at - ${idleFor}, interval '15 minutes'), interval '6 hours')
     WHERE connection_id = (
       SELECT t.connection_id FROM quickbooks_tokens t JOIN connections c ON c.id = t.connection_id
       WHERE c.environment = $1 AND c.status = 'CONNECTED' AND ${dueAt} <= $2
       ORDER BY ${dueAt}, t.connection_id LIMIT 1 FOR UPDATE OF t SKIP LOCKED)
     RETURNING connection_id AS "connectionId", generation, check_at AS "retryAt"`,
    [environment, now],
  );
  return dueCheck.optional().parse(rows[0]);
}

/**
 * Asks for a check of a company's authorization: at the next sweep, but a minute after the last renewal at the earliest. Who
 * asks need not be believed: a check that waits already, or goes on now, is enough.
 */
export async function checkSoon(
  client: Querying,
  { environment, realmLookup, now }: Moment & { readonly realmLookup: string },
): Promise<void> {
  await client.query(
    `UPDATE quickbooks_tokens SET check_at = greatest($3::timestamptz, refreshed_at + interval '1 minute')
     WHERE connection_id = (
       SELECT t.connection_id FROM quickbooks_tokens t JOIN connections c ON c.id = t.connection_id
       WHERE c.environment = $1 AND c.realm_lookup = $2 AND c.status = 'CONNECTED' AND t.check_at IS NULL
       FOR UPDATE OF t SKIP LOCKED)`,
    [environment, realmLookup, now],
  );
}

/** The connected companies one of whose ends comes before the given times, warned of or not. */
export async function endingAuthorizations(
  client: Querying,
  before: { readonly environment: string; readonly idleEnd: Date; readonly fiveYearsEnd: Date },
): Promise<readonly EndingAuthorization[]> {
  const { rows } = await client.query(
    `SELECT c.id AS "connectionId", c.organization_id AS "organizationId", t.warned_of AS "warnedOf",
       t.refresh_token_expires_at AS "refreshTokenExpiresAt", t.refresh_token_ends_at AS "refreshTokenEndsAt"
     FROM quickbooks_tokens t JOIN connections c ON c.id = t.connection_id
     WHERE c.environment = $1 AND c.status = 'CONNECTED'
       AND (t.refresh_token_expires_at <= $2 OR t.refresh_token_ends_at <= $3)
     ORDER BY c.id`,
    [before.environment, before.idleEnd, before.fiveYearsEnd],
  );
  return z.array(ending).parse(rows);
}

/** Whether this caller is the one to warn of the end: another process may have done it. */
export async function claimWarning(
  client: Querying,
  { connectionId, warnedOf }: EndingAuthorization,
  end: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE quickbooks_tokens SET warned_of = $2 WHERE connection_id = $1 AND warned_of IS NOT DISTINCT FROM $3`,
    [connectionId, end, warnedOf],
  );
  return rowCount === 1;
}
