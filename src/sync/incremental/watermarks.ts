import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { RunSync } from "../full/context.js";
import { reachesBack } from "../schedule/scope.js";

const rows = z.array(z.object({ entity: z.string(), watermark: z.date(), since: z.string().nullable() }));

/**
 * How far the mirror of each entity reaches, by QuickBooks' clock, where its changes can bring it up to date: it was read whole for
 * a scope that includes the one the connection has now (a name list has no dates), and not longer ago than QuickBooks remembers
 * (30 days; an hour is left for clocks).
 */
export async function watermarks(
  { database, run }: RunSync,
  plugins: readonly EntityPlugin[],
): Promise<ReadonlyMap<string, Date>> {
  const result = await database.pool.query(
    `SELECT entity, watermark, transactions_since::text AS since FROM mirror_status
     WHERE connection_id = $1 AND epoch = $2 AND watermark > now() - interval '29 days 23 hours'`,
    [run.connectionId, run.epoch],
  );
  const nameLists = plugins.filter(({ quickbooks }) => quickbooks.kind === "NAME_LIST").map(({ name }) => name);
  const known = rows
    .parse(result.rows)
    .filter(({ entity, since }) => nameLists.includes(entity) || reachesBack(since, run.transactionsSince));
  return new Map(known.map(({ entity, watermark }) => [entity, watermark]));
}
