import { z } from "zod";
import { queryInBulk } from "../../foundation/database/bulk.js";
import { maxPageSize } from "../../quickbooks/statements.js";
import { scopeConditions, type EntitySync } from "../full/context.js";
import { countSource, readWindow, type Window } from "../full/prove.js";
import { rangeConditions } from "../full/ranges.js";
import { compareCounts, endOf, mirrorsAll } from "./mirrors-all.js";
import { isInQuickBooks } from "../local-changes/local-change.js";

/**
 * Whether reading the entity whole takes fewer calls than reading what changed and then searching for what was deleted. How many
 * deletions there are shows before anything is read: by so many the mirror holds more of what was made before the last sync.
 */
export async function isWholeCheaper(sync: EntitySync, since: Date): Promise<boolean> {
  const counts = await compareCounts(sync, since);
  if (counts === undefined) return true;
  const lost = Math.abs(counts.mirrored - counts.source);
  if (lost === 0) return false;
  // A dry run leaves in the mirror what it finds, so that no search would come to an end.
  if (sync.run.isDryRun) return true;
  const where = [...scopeConditions(sync), ...rangeConditions("LAST_UPDATED_TIME", since, null)];
  const changed = await sync.company.count(sync.plugin, where, sync.signal);
  return pagesFor(changed) + searchCalls(lost, counts.source) >= pagesFor(counts.source);
}

const pagesFor = (records: number): number => Math.ceil(records / maxPageSize);

/** For each lost record, a COUNT per halving until its window fits a page, and that page. */
const searchCalls = (lost: number, records: number): number =>
  lost * (Math.ceil(Math.log2(Math.max(1, pagesFor(records)))) + 1);

/**
 * Searches for the records by which the mirror and QuickBooks differ: windows of creation times are halved where their counts
 * differ, and read once they fit a page (I3). Gives whether the mirror then holds all.
 */
export async function findLost(sync: EntitySync): Promise<boolean> {
  if (sync.run.isDryRun) return false;
  const everything = { from: new Date(0), to: endOf(sync) };
  await search(sync, everything, await countSource(sync, everything));
  return mirrorsAll(sync);
}

async function search(sync: EntitySync, window: Window, source: number): Promise<void> {
  const { records, middle } = await held(sync, window);
  if (records === source) return;
  if (Math.max(records, source) <= maxPageSize || middle === null || middle <= window.from)
    return readWindow(sync, window, await heldIds(sync, window));
  const [before, after] = [
    { from: window.from, to: middle },
    { from: middle, to: window.to },
  ];
  const sourceBefore = await countSource(sync, before);
  await search(sync, before, sourceBefore);
  // What came or went since the counts were taken is met by the COUNT at the end.
  await search(sync, after, source - sourceBefore);
}

const heldOf = (table: string): string => `
  FROM "${table}" t WHERE connection_id = $1 AND epoch = $2 AND state NOT IN ('DELETED', 'MERGED') AND ${isInQuickBooks("t")}
    AND ($3::text IS NULL OR raw->>'TxnDate' >= $3) AND created_in_quickbooks_at >= $4 AND created_in_quickbooks_at < $5`;

function query({ database, run, plugin }: EntitySync, selection: string, { from, to }: Window): Promise<unknown[]> {
  const since = plugin.quickbooks.kind === "TRANSACTION" ? run.transactionsSince : null;
  const values = [run.connectionId, run.epoch, since, from, to];
  return queryInBulk(database, `SELECT ${selection} ${heldOf(plugin.table)}`, values);
}

const heldRow = z.object({ records: z.number(), middle: z.date().nullable() });

/** How many records the mirror holds of a window, and the creation time in their middle. */
async function held(sync: EntitySync, window: Window): Promise<z.infer<typeof heldRow>> {
  const middle = "percentile_disc(0.5) WITHIN GROUP (ORDER BY created_in_quickbooks_at)";
  const [row] = await query(sync, `count(*)::integer AS records, ${middle} AS middle`, window);
  return heldRow.parse(row);
}

async function heldIds(sync: EntitySync, window: Window): Promise<string[]> {
  const rows = await query(sync, "quickbooks_id AS id", window);
  return z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
}
