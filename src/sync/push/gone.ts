import { z } from "zod";
import { readChanges } from "../incremental/changes.js";
import type { Pushing } from "./context.js";

/** QuickBooks tells of changes for 30 days; asked for more it refuses. */
const toldMs = 29 * 24 * 60 * 60_000;

/** A record that QuickBooks has no more, as the mirror knew it last; null where nobody here ever saw it. */
export interface GoneRecord {
  readonly id: string;
  readonly text: string | null;
}

const goneRows = z.array(z.object({ id: z.string(), text: z.string().nullable() }));

/**
 * What has gone since then, by whichever removal: queries show none of it. Nothing where QuickBooks does not tell any more, or where so much has
 * changed that its answer was cut.
 */
export async function goneRecords(
  { services, change, plugin, company, signal }: Pushing,
  since: Date,
): Promise<readonly GoneRecord[]> {
  const { rows: times } = await services.database.pool.query(
    "SELECT clock_timestamp() - $1::timestamptz < $2::float8 * interval '1 ms' AS told",
    [since, toldMs],
  );
  if (!z.object({ told: z.boolean() }).parse(times[0]).told) return [];
  const changes = await readChanges(company, [plugin], since, signal);
  const ids = changes.of?.(plugin).deleted ?? [];
  if (ids.length === 0) return [];
  const { rows } = await services.database.pool.query(
    `SELECT g.id, t.raw::text AS text FROM unnest($3::text[]) AS g(id)
     LEFT JOIN "${plugin.table}" t ON t.connection_id = $1 AND t.epoch = $2 AND t.quickbooks_id = g.id`,
    [change.connectionId, change.epoch, ids],
  );
  return goneRows.parse(rows);
}
