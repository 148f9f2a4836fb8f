import { z } from "zod";
import type { RunSync } from "../full/context.js";

const rows = z.array(z.object({ entity: z.string(), watermark: z.date() }));

/**
 * How far the mirror of each entity reaches, by QuickBooks' clock, where its changes can bring it up to date: it was read whole for
 * the scope that the connection has now, and not longer ago than QuickBooks remembers (30 days; an hour is left for clocks).
 */
export async function watermarks({ database, run }: RunSync): Promise<ReadonlyMap<string, Date>> {
  const result = await database.pool.query(
    `SELECT entity, watermark FROM mirror_status
     WHERE connection_id = $1 AND epoch = $2 AND transactions_since IS NOT DISTINCT FROM $3::date
       AND watermark > now() - interval '29 days 23 hours'`,
    [run.connectionId, run.epoch, run.transactionsSince],
  );
  return new Map(rows.parse(result.rows).map(({ entity, watermark }) => [entity, watermark]));
}
