import type { PoolClient } from "pg";
import type { Database } from "../../foundation/database/database.js";
import type { Log } from "../../foundation/log.js";
import type { Streams } from "../../foundation/streams.js";
import type { MonthlyReads, Quota } from "../../quickbooks/quota.js";
import { monthOf } from "../../quickbooks/quota.js";
import { connectionStream } from "../run-view.js";

interface WarningServices {
  readonly database: Database;
  readonly streams: Pick<Streams, "append">;
  readonly quota: Quota;
  readonly log: Pick<Log, "warn">;
}

/** What is warned of, each once a month in a deployment. */
const thresholds: readonly {
  readonly name: string;
  readonly isReached: (month: MonthlyReads) => boolean;
  readonly message: string;
}[] = [
  {
    name: "forecast",
    isReached: ({ forecast, quota }) => forecast > quota,
    message: "QuickBooks will be read more often this month than its quota allows; schedules are stretched.",
  },
  {
    name: "80",
    isReached: ({ reads, quota }) => reads >= quota * 0.8,
    message: "80 % of this month's reads of QuickBooks are spent.",
  },
  {
    name: "spent",
    isReached: ({ reads, quota }) => reads >= quota,
    message: "This month's reads of QuickBooks are spent; scheduled syncs and webhooks wait for the next month (UTC).",
  },
];

/**
 * Warns where the month's reads run out: in the log, and in the stream of every organization that has a connection. The quota is one
 * for all of them, and nothing else of the others is told. Whoever of many processes comes first keeps the fact with the events.
 */
export async function warnOfQuota({ database, streams, quota, log }: WarningServices, now: Date): Promise<void> {
  const month = await quota.at(now);
  for (const { name, isReached, message } of thresholds) {
    if (!isReached(month)) continue;
    const isFirst = await database.transaction((client) =>
      tell(client, streams, `${monthOf(now).slice(0, 7)}.${name}`),
    );
    if (isFirst) log.warn({ reads: month.reads, forecast: month.forecast, quota: month.quota }, message);
  }
}

/** false where it was told before. Streams are locked in the order of their ids, as nobody does otherwise. */
async function tell(client: PoolClient, streams: Pick<Streams, "append">, what: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "INSERT INTO gateway_facts (name, value) VALUES ('quota.warned.' || $1, 'yes') ON CONFLICT DO NOTHING",
    [what],
  );
  if (rowCount === 0) return false;
  const { rows } = await client.query<{ id: string }>(
    "SELECT DISTINCT organization_id AS id FROM connections WHERE status <> 'DISCONNECTED' ORDER BY 1",
  );
  for (const { id } of rows) await streams.append(client, connectionStream(id), "QUOTA_WARNING", {});
  return true;
}
