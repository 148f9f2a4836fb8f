import { z } from "zod";
import { RecordSlice } from "../../foundation/json.js";
import { maxPageSize } from "../../quickbooks/statements.js";
import { queryInBulk } from "../../foundation/database/bulk.js";
import { idPages, removeMissing } from "../absence.js";
import { isNarrowed, scopeConditions, type EntitySync } from "./context.js";
import { pagesOf } from "./pages.js";
import { rangeConditions, type Range } from "./ranges.js";
import { createTimeOf } from "./record-times.js";
import { storeAnswer } from "./store-answer.js";
import { isInQuickBooks } from "../local-changes/local-change.js";

/** The number under which pages are kept that were read for the proof. */
const windowPages = -1;
const second = 1000;

/** Half open, by creation time. */
export interface Window {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Proves by ids and COUNT that the mirror holds what QuickBooks holds (I4): where the two numbers of a window of creation times
 * differ, the window is halved until it fits a page, and read again. What a complete reading did not show is gone (I3).
 */
export async function proveComplete(sync: EntitySync): Promise<void> {
  const end = Math.ceil((sync.bound.getTime() + 1) / second) * second;
  await reconcile(sync, { from: new Date(0), to: new Date(end) }, await refusedRecords(sync));
  // A run over less than the scope has not looked at the rest.
  if (!isNarrowed(sync)) await removeMissing(sync, await unseenIds(sync));
}

async function reconcile(sync: EntitySync, window: Window, refused: readonly Refused[]): Promise<void> {
  const [source, seen] = await Promise.all([countSource(sync, window), countSeen(sync, window, refused)]);
  if (source === seen) return;
  const middle = new Date(Math.floor((window.from.getTime() + window.to.getTime()) / (2 * second)) * second);
  if (Math.max(source, seen) <= maxPageSize || middle <= window.from)
    return readWindow(sync, window, await seenIds(sync, window, refused));
  await reconcile(sync, { from: window.from, to: middle }, refused);
  await reconcile(sync, { from: middle, to: window.to }, refused);
}

/** Reads a window whole: what is missing here is stored; what is held here, and missing there, is gone. */
export async function readWindow(sync: EntitySync, { from, to }: Window, held: readonly string[]): Promise<void> {
  const missing = new Set(held);
  const range: Range = { number: windowPages, property: "CREATE_TIME", from, to, cursor: null, done: false };
  for await (const page of pagesOf(sync, range)) {
    for (const { id } of page.records) if (id !== undefined) missing.delete(id);
    await storeAnswer(sync, page, { range: windowPages, isHistory: false });
  }
  await removeMissing(sync, [...missing]);
}

/** How many records QuickBooks holds of a window. */
export async function countSource(sync: EntitySync, { from, to }: Window): Promise<number> {
  return sync.company.count(
    sync.plugin,
    [...scopeConditions(sync), ...rangeConditions("CREATE_TIME", from, to)],
    sync.signal,
  );
}

const idRows = z.array(z.object({ id: z.string() }));
const seenInScope = `seen AS MATERIALIZED (
  SELECT DISTINCT unnest(ids) AS id FROM sync_pages WHERE run_id = $1 AND entity = $2 AND range > ${idPages})`;

/**
 * The ids this run has seen of a window, by the creation times that the mirror knows. What was merged is deactivated there, and
 * counted. A dry run knows more: what it did not store.
 */
const seenOfWindow = ({ run, plugin }: EntitySync): string => `
  WITH ${seenInScope} SELECT seen.id FROM seen
  JOIN "${plugin.table}" t ON t.connection_id = $3 AND t.epoch = $4 AND t.quickbooks_id = seen.id
  WHERE t.state <> 'DELETED' AND t.created_in_quickbooks_at >= $5 AND t.created_in_quickbooks_at < $6
  ${run.isDryRun ? seenAndNotStored : ""}`;
const seenAndNotStored = `UNION SELECT seen.id FROM seen
  JOIN mirror_drift d ON d.run_id = $1 AND d.entity = $2 AND d.quickbooks_id = seen.id
  WHERE d.kind IN ('MISSING', 'REFUSED') AND d.created_in_quickbooks_at >= $5 AND d.created_in_quickbooks_at < $6`;

const windowValues = ({ run, plugin }: EntitySync, { from, to }: Window): unknown[] => [
  run.id,
  plugin.name,
  run.connectionId,
  run.epoch,
  from,
  to,
];

async function seenIds(sync: EntitySync, window: Window, refused: readonly Refused[]): Promise<string[]> {
  const rows = await queryInBulk(sync.database, seenOfWindow(sync), windowValues(sync, window));
  return [...idRows.parse(rows), ...refused.filter(createdWithin(window))].map(({ id }) => id);
}

async function countSeen(sync: EntitySync, window: Window, refused: readonly Refused[]): Promise<number> {
  const statement = `SELECT count(*)::integer AS seen FROM (${seenOfWindow(sync)}) s`;
  const rows = await queryInBulk(sync.database, statement, windowValues(sync, window));
  return z.object({ seen: z.number() }).parse(rows[0]).seen + refused.filter(createdWithin(window)).length;
}

const createdWithin =
  ({ from, to }: Window) =>
  ({ createdAt }: Refused): boolean =>
    createdAt !== undefined && createdAt >= from && createdAt < to;

/** A record that was seen and could not be taken in, so that the mirror has no row of it. */
interface Refused {
  readonly id: string;
  readonly createdAt: Date | undefined;
}

async function refusedRecords({ database, run, plugin }: EntitySync): Promise<Refused[]> {
  const rows = await queryInBulk(
    database,
    `WITH ${seenInScope} SELECT f.quickbooks_id AS id, f.payload FROM record_failures f JOIN seen ON seen.id = f.quickbooks_id
     WHERE f.run_id = $1 AND f.entity = $2 AND NOT EXISTS (SELECT 1 FROM "${plugin.table}" t
       WHERE t.connection_id = f.connection_id AND t.epoch = f.epoch AND t.quickbooks_id = f.quickbooks_id)`,
    [run.id, plugin.name],
  );
  const parsed = z.array(z.object({ id: z.string(), payload: z.string() })).parse(rows);
  return parsed.map(({ id, payload }) => ({ id, createdAt: createTimeOf(new RecordSlice(Buffer.from(payload), id)) }));
}

/** Records that were here before this run, and that its complete reading did not show. */
async function unseenIds({ database, run, plugin, bound }: EntitySync): Promise<string[]> {
  const rows = await queryInBulk(
    database,
    `WITH seen AS MATERIALIZED (SELECT DISTINCT unnest(ids) AS id FROM sync_pages WHERE run_id = $1 AND entity = $2)
     SELECT t.quickbooks_id AS id FROM "${plugin.table}" t
     WHERE t.connection_id = $3 AND t.epoch = $4 AND t.state NOT IN ('DELETED', 'MERGED') AND ${isInQuickBooks("t")}
       AND t.mirrored_at < $5 AND (t.created_in_quickbooks_at IS NULL OR t.created_in_quickbooks_at <= $6)
       AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.id = t.quickbooks_id)`,
    [run.id, plugin.name, run.connectionId, run.epoch, run.startedAt, bound],
  );
  return idRows.parse(rows).map(({ id }) => id);
}
