import { z } from "zod";
import { idsPerQuery } from "../company.js";
import { scopeConditions, type EntitySync } from "../full/context.js";
import { rangeConditions } from "../full/ranges.js";
import { isInQuickBooks } from "../local-changes/local-change.js";

const second = 1000;

/**
 * Whether the mirror holds as many records as QuickBooks, made up to the run's bound, once all that changed has been read. What could
 * not be taken in is known by its id, and counted in QuickBooks too: taken for granted, it would hide as many deletions. What
 * QuickBooks cannot give has no id that anybody knows, and a COUNT that includes it proves nothing.
 */
export async function mirrorsAll(sync: EntitySync): Promise<boolean> {
  const counts = await compareCounts(sync, endOf(sync));
  return counts !== undefined && counts.source === counts.mirrored;
}

/** Records made before a time, as many as could be taken in. */
export interface Counts {
  readonly source: number;
  readonly mirrored: number;
}

/** undefined where no COUNT can tell. */
export async function compareCounts(sync: EntitySync, before: Date): Promise<Counts | undefined> {
  const { ids, hasNameless } = await notTakenIn(sync);
  if (hasNameless) return undefined;
  const [all, refused, mirrored] = await Promise.all([
    countSource(sync, before),
    countRefused(sync, before, ids),
    countMirrored(sync, before),
  ]);
  return { source: all - refused, mirrored };
}

/** The first instant that is too late for the run. */
export const endOf = ({ bound }: EntitySync): Date => new Date(Math.ceil((bound.getTime() + 1) / second) * second);

function countSource(sync: EntitySync, before: Date, ids?: readonly string[]): Promise<number> {
  const where = [...scopeConditions(sync), ...rangeConditions("CREATE_TIME", null, before)];
  const named = ids === undefined ? [] : [{ property: "Id", operator: "IN", value: ids } as const];
  return sync.company.count(sync.plugin, [...where, ...named], sync.signal);
}

async function countRefused(sync: EntitySync, before: Date, ids: readonly string[]): Promise<number> {
  let refused = 0;
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    refused += await countSource(sync, before, ids.slice(at, at + idsPerQuery));
  }
  return refused;
}

/** Records of which there is a failure, or of a dry run a note, and no row. */
async function notTakenIn({ database, run, plugin }: EntitySync): Promise<{ ids: string[]; hasNameless: boolean }> {
  const { rows } = await database.pool.query(
    `SELECT f.id FROM (
       SELECT quickbooks_id AS id FROM record_failures
       WHERE connection_id = $1 AND epoch = $2 AND entity = $3 AND status <> 'RESOLVED'
       UNION SELECT quickbooks_id FROM mirror_drift WHERE run_id = $4 AND entity = $3 AND kind = 'REFUSED') f
     WHERE NOT EXISTS (SELECT 1 FROM "${plugin.table}" t WHERE t.connection_id = $1 AND t.epoch = $2
       AND t.quickbooks_id = f.id AND t.state NOT IN ('DELETED', 'MERGED'))`,
    [run.connectionId, run.epoch, plugin.name, run.id],
  );
  const found = z.array(z.object({ id: z.string().nullable() })).parse(rows);
  return { ids: found.flatMap(({ id }) => id ?? []), hasNameless: found.some(({ id }) => id === null) };
}

/** What the mirror holds of the scope; for a dry run, what it would hold. */
async function countMirrored(sync: EntitySync, before: Date): Promise<number> {
  const { database, run, plugin } = sync;
  const since = plugin.quickbooks.kind === "TRANSACTION" ? run.transactionsSince : null;
  const { rows } = await database.pool.query(
    `SELECT (SELECT count(*) FROM "${plugin.table}" t
       WHERE connection_id = $1 AND epoch = $2 AND state NOT IN ('DELETED', 'MERGED') AND ${isInQuickBooks("t")}
         AND ($3::text IS NULL OR raw->>'TxnDate' >= $3)
         AND (created_in_quickbooks_at IS NULL OR created_in_quickbooks_at < $6)
         AND NOT EXISTS (SELECT 1 FROM mirror_drift d
           WHERE d.run_id = $4 AND d.entity = $5 AND d.quickbooks_id = t.quickbooks_id AND d.kind <> 'REFUSED'))::integer
     + (SELECT count(*) FROM mirror_drift d WHERE d.run_id = $4 AND d.entity = $5 AND d.kind IN ('MISSING', 'DIFFERENT')
         AND (d.created_in_quickbooks_at IS NULL OR d.created_in_quickbooks_at < $6))::integer AS records`,
    [run.connectionId, run.epoch, since, run.id, plugin.name, before],
  );
  return z.object({ records: z.number() }).parse(rows[0]).records;
}
