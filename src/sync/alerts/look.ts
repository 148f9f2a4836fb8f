import type { PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { EventSink } from "../../foundation/streams.js";
import type { MonthlyReads, Quota } from "../../quickbooks/quota.js";
import { connectionStream } from "../run-view.js";
import { causes } from "./causes.js";

export interface LookServices {
  readonly database: Pick<Database, "transaction">;
  readonly streams: EventSink;
  readonly quota: Quota;
  /** The deployment's: connections of another one are not looked at. */
  readonly environment: string;
  /** Whether there is an alert webhook. */
  readonly isTold: boolean;
}

/** Of several processes that sweep every 15 seconds, one looks, once in as many. */
const pauseMs = 55_000;
const lookedAt = "alerts were looked for at";

const turned = z.object({
  id: z.string(),
  organizationId: z.string(),
  connectionId: z.string().nullable(),
  event: z.enum(["ALERT_OPENED", "ALERT_RECOVERED"]),
});
type Turned = z.infer<typeof turned>;

/** $1 environment, $2 now, $3 what is said of the quota, $4 whether that opens an alert, $5 kind, $6 whether a webhook is told. */
const turn = (find: string): string => `
  WITH asked AS (SELECT $1::text AS environment, $2::timestamptz AS now, $3::text AS quota, $4::boolean AS quota_opens),
  found AS MATERIALIZED (${find}),
  opened AS (
    INSERT INTO alerts (id, organization_id, connection_id, kind, status, message, opened_at, next_attempt_at)
    SELECT gen_random_uuid(), organization_id, connection_id, $5::"AlertKind", 'OPEN', message, $2, CASE WHEN $6::boolean THEN $2 END
    FROM found WHERE opens
    ON CONFLICT (organization_id, kind, connection_id) WHERE status = 'OPEN' DO NOTHING
    RETURNING id, organization_id, connection_id),
  recovered AS (
    UPDATE alerts a SET status = 'RECOVERED', recovered_at = $2, next_attempt_at = CASE WHEN $6::boolean THEN $2 END, attempts = 0
    WHERE a.kind = $5::"AlertKind" AND a.status = 'OPEN' AND NOT EXISTS (
      SELECT FROM found f WHERE f.organization_id = a.organization_id AND f.connection_id IS NOT DISTINCT FROM a.connection_id)
    RETURNING a.id, a.organization_id, a.connection_id)
  SELECT id, organization_id AS "organizationId", connection_id AS "connectionId", 'ALERT_OPENED' AS event FROM opened
  UNION ALL SELECT id, organization_id, connection_id, 'ALERT_RECOVERED' FROM recovered`;

/**
 * Looks for causes of alerts: opens those that are new, and ends those whose cause is gone, with one statement per kind, and tells the
 * organizations' streams in the same transaction. false where somebody has looked within the last minute.
 */
export async function lookForAlerts(
  { database, streams, quota, environment, isTold }: LookServices,
  now: Date,
): Promise<boolean> {
  const spent = quotaCause(await quota.at(now));
  return database.transaction(async (client) => {
    if (!(await isOurTurn(client, now))) return false;
    const found: Turned[] = [];
    for (const { kind, find } of causes) {
      const values = [environment, now, spent?.message ?? null, spent?.opens ?? false, kind, isTold];
      found.push(...z.array(turned).parse((await client.query(turn(find), values)).rows));
    }
    await tell(client, streams, found);
    return true;
  });
}

async function isOurTurn(client: PoolClient, now: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO gateway_facts AS f (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE f.value <= $3`,
    [lookedAt, now.toISOString(), new Date(now.getTime() - pauseMs).toISOString()],
  );
  return rowCount === 1;
}

/** Streams are locked in the order of their names, each once. */
async function tell(client: PoolClient, streams: EventSink, found: readonly Turned[]): Promise<void> {
  const inOrder = found.toSorted((one, other) => one.organizationId.localeCompare(other.organizationId));
  for (const { id: alertId, organizationId, connectionId, event } of inOrder) {
    const about = connectionId === null ? { alertId } : { alertId, connectionId };
    await streams.append(client, connectionStream(organizationId), event, about);
  }
}

/** Schedules are stretched so that the forecast stays near the quota: it has to fall well below before all is well again. */
function quotaCause({ reads, quota, forecast }: MonthlyReads): { message: string; opens: boolean } | undefined {
  const calm = quota * 0.8;
  if (reads < calm && forecast < calm) return undefined;
  return {
    opens: reads >= calm || forecast > quota,
    message: `Of this month's ${quota} reads of QuickBooks ${reads} are spent, and ${forecast} will be needed. Sync less often, or fewer entities.`,
  };
}
