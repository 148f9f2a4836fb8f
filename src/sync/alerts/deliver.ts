import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { Log } from "../../foundation/log.js";
import type { AlertWebhook } from "./webhook.js";

export interface DeliverServices {
  readonly database: Pick<Database, "pool">;
  readonly log: Pick<Log, "warn">;
  readonly webhook: AlertWebhook;
  /** Our ids as clients of the API know them. */
  readonly globalId: (type: "Alert" | "ConnectedCompany" | "Organization", id: string) => string;
}

/** A day of ever longer pauses; what was not taken by then is told no more. */
const mostAttempts = 12;
const atOnce = 5;

const claimed = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.enum(["OPEN", "RECOVERED"]),
  message: z.string(),
  openedAt: z.date(),
  recoveredAt: z.date().nullable(),
  attempts: z.number(),
  organizationId: z.string(),
  organizationName: z.string(),
  connectionId: z.string().nullable(),
  companyName: z.string().nullable(),
});
type Claimed = z.infer<typeof claimed>;

/**
 * Those that wait the longest. The next try is written before this one: a minute later, then twice as long each time, at most six hours. So
 * whoever dies or waits in between costs a delay, and an alert may be told twice, never not at all.
 */
const claimStatement = `
  UPDATE alerts a SET attempts = a.attempts + 1,
    next_attempt_at = CASE WHEN a.attempts + 1 < $2 THEN $1::timestamptz + least(interval '1 minute' * 2 ^ a.attempts, interval '6 hours') END
  FROM organizations o, (
    SELECT w.id, c.company_name FROM alerts w LEFT JOIN connections c ON c.id = w.connection_id
    WHERE w.next_attempt_at <= $1 ORDER BY w.next_attempt_at, w.id LIMIT $3 FOR UPDATE OF w SKIP LOCKED) due
  WHERE a.id = due.id AND o.id = a.organization_id
  RETURNING a.id, a.kind, a.status, a.message, a.opened_at AS "openedAt", a.recovered_at AS "recoveredAt", a.attempts,
    a.organization_id AS "organizationId", o.name AS "organizationName", a.connection_id AS "connectionId", due.company_name AS "companyName"`;

/**
 * Tells the alert webhook what it does not know yet: a few alerts, each as it stands. What fails waits in its row for its next try (nothing
 * is tried again here), and one that ends before its beginning was told is told once, as ended. Gives how many were taken.
 */
export async function deliverAlerts(services: DeliverServices, now: Date, signal: AbortSignal): Promise<number> {
  const { database } = services;
  const { rows } = await database.pool.query(claimStatement, [now, mostAttempts, atOnce]);
  const taken = await Promise.all(
    z
      .array(claimed)
      .parse(rows)
      .map((alert) => deliver(services, alert, signal)),
  );
  return taken.filter(Boolean).length;
}

async function deliver(services: DeliverServices, alert: Claimed, signal: AbortSignal): Promise<boolean> {
  const { database, webhook, log } = services;
  const { id, status, attempts } = alert;
  try {
    await webhook.send(noticeOf(alert, services.globalId), signal);
  } catch (error) {
    if (signal.aborted) return false;
    const isLast = attempts >= mostAttempts;
    const what = isLast ? "it is not tried again" : "it is tried again later";
    log.warn({ err: error, alertId: id, attempts }, `The alert webhook could not be told of an alert; ${what}.`);
    return false;
  }
  // Where it has ended meanwhile, that is still to be told.
  await database.pool.query('UPDATE alerts SET next_attempt_at = NULL WHERE id = $1 AND status = $2::"AlertStatus"', [
    id,
    status,
  ]);
  return true;
}

/** What leaves the gateway: of the books nothing but the company's name. */
function noticeOf(alert: Claimed, globalId: DeliverServices["globalId"]): object {
  const { id, kind, status, message, openedAt, recoveredAt, organizationId, connectionId, companyName } = alert;
  return {
    event: status === "OPEN" ? "alert.opened" : "alert.recovered",
    alert: { id: globalId("Alert", id), kind, status, message, openedAt, recoveredAt },
    organization: { id: globalId("Organization", organizationId), name: alert.organizationName },
    connection: connectionId === null ? null : { id: globalId("ConnectedCompany", connectionId), companyName },
  };
}
