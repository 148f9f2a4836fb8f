import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import { parseExact, type RecordSlice } from "../../foundation/json.js";
import { InvalidRecord, type EntityPlugin } from "../../plugins/plugin.js";
import { type LeftOut, readLeftOut } from "../erasure/left-out.js";
import { createTimeOf } from "../full/record-times.js";
import { sourceHash } from "../store/content.js";
import { judge } from "../store/newer.js";
import { isOtherBirth } from "../store/other-life.js";
import { isRefused, prepare, type Prepared } from "../store/prepare.js";
import type { MirrorOf, Page } from "../store/store.js";
import type { Drift } from "./drift.js";
import { fieldDifferences, type FieldDifference } from "./field-differences.js";

/** How a page and the mirror differ. */
export interface Comparison {
  readonly drift: readonly Drift[];
  /** Records that QuickBooks itself could not give, or whose ids cannot be told. */
  readonly nameless: number;
  /** Records whose age cannot be told from this answer (I1). */
  readonly reread: readonly string[];
}

const mirroredRow = z
  .object({
    id: z.string(),
    syncToken: z.number().nullable(),
    updatedAt: z.date().nullable(),
    answeredAt: z.date().nullable(),
    contentHash: z.instanceof(Buffer),
    sourceHash: z.instanceof(Buffer),
    state: z.enum(["ACTIVE", "INACTIVE", "VOIDED", "DELETED", "MERGED"]),
    mirroredAt: z.date(),
    createdAt: z.date().nullable(),
  })
  .transform((row) => ({
    ...row,
    isRemoved: row.state === "DELETED" || row.state === "MERGED",
    isMerged: row.state === "MERGED",
  }));
type MirroredRow = z.infer<typeof mirroredRow>;

/** Compares what QuickBooks says with what the mirror holds, by the same rule as a sync (I1); locks and writes nothing. Throws OtherLife. */
export async function comparePage(database: Database, page: Page): Promise<Comparison> {
  const ids = page.records.flatMap(({ id }) => id ?? []);
  const mirrored = await mirroredRows(database, page, page.plugin, ids);
  const leftOut = await readLeftOut(database.pool, page);
  const drift: Drift[] = [];
  const changed: Prepared[] = [];
  const reread: string[] = [];
  let nameless = 0;
  const refuse = (id: string | null | undefined, reason: string, createdInQuickBooksAt?: Date): void => {
    if (id === null || id === undefined) nameless += 1;
    else drift.push({ quickbooksId: id, kind: "REFUSED", reason, createdInQuickBooksAt });
  };
  for (const { id, reason } of page.unreadable ?? []) refuse(id, reason);
  for (const [position, slice] of page.records.entries()) {
    const row = slice.id === undefined ? undefined : mirrored.get(slice.id);
    if (row !== undefined && isUntouched(row, slice, page.plugin, leftOut)) continue;
    const record = prepare(slice, position, { ...page, leftOut });
    if (isRefused(record)) {
      refuse(record.quickbooksId, record.reason, createTimeOf(slice));
      continue;
    }
    if (row !== undefined) isOtherBirth(page, record, row);
    const verdict = row === undefined ? "MISSING" : judge(record.guard, row);
    if (verdict === "REREAD") reread.push(record.quickbooksId);
    else if (verdict === "MISSING" || (verdict === "UPDATE" && row?.isRemoved === true)) {
      drift.push(drifted("MISSING", record));
    } else if (verdict === "UPDATE") changed.push(record);
  }
  return { drift: [...drift, ...(await different(database, page, changed))], nameless, reread };
}

/** Those of these records that the mirror shows as being there. */
export async function presentIds(
  database: Database,
  mirror: MirrorOf,
  plugin: EntityPlugin,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await mirroredRows(database, mirror, plugin, ids);
  return [...rows.values()].filter(({ isRemoved }) => !isRemoved).map(({ id }) => id);
}

async function mirroredRows(
  { pool }: Database,
  { connectionId, epoch }: MirrorOf,
  { table }: EntityPlugin,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MirroredRow>> {
  const { rows } = await pool.query(
    `SELECT quickbooks_id AS id, sync_token AS "syncToken", updated_in_quickbooks_at AS "updatedAt", answered_at AS "answeredAt",
       content_hash AS "contentHash", source_hash AS "sourceHash", state, mirrored_at AS "mirroredAt", created_in_quickbooks_at AS "createdAt"
     FROM "${table}" WHERE connection_id = $1 AND epoch = $2 AND quickbooks_id = ANY($3)`,
    [connectionId, epoch, ids],
  );
  return new Map(
    z
      .array(mirroredRow)
      .parse(rows)
      .map((row) => [row.id, row]),
  );
}

const isUntouched = (row: MirroredRow, { bytes }: RecordSlice, plugin: EntityPlugin, leftOut: LeftOut): boolean =>
  !row.isRemoved && row.sourceHash.equals(sourceHash(bytes, plugin, leftOut));

function drifted(kind: "MISSING" | "DIFFERENT", { quickbooksId, values: { createdInQuickBooksAt } }: Prepared): Drift {
  const isKnown = typeof createdInQuickBooksAt === "string";
  return { quickbooksId, kind, ...(isKnown && { createdInQuickBooksAt: new Date(createdInQuickBooksAt) }) };
}

const rawRows = z.array(z.object({ id: z.string(), raw: z.string() }));

/** What both have and tell differently, field by field. */
async function different(
  { pool }: Database,
  { connectionId, epoch, plugin }: Page,
  changed: readonly Prepared[],
): Promise<Drift[]> {
  if (changed.length === 0) return [];
  const { rows } = await pool.query(
    `SELECT quickbooks_id AS id, raw::text AS raw FROM "${plugin.table}"
     WHERE connection_id = $1 AND epoch = $2 AND quickbooks_id = ANY($3)`,
    [connectionId, epoch, changed.map(({ quickbooksId }) => quickbooksId)],
  );
  const payloads = new Map(rawRows.parse(rows).map(({ id, raw }) => [id, raw]));
  return changed.map((record) => ({
    ...drifted("DIFFERENT", record),
    fields: differencesFrom(payloads.get(record.quickbooksId), record, plugin),
  }));
}

function differencesFrom(raw: string | undefined, record: Prepared, plugin: EntityPlugin): readonly FieldDifference[] {
  if (raw === undefined) return [];
  try {
    return fieldDifferences(plugin.takeIn(parseExact(raw)), record);
  } catch (error) {
    // What is stored was taken in by an earlier mapping that asked for less.
    if (error instanceof InvalidRecord) return [];
    throw error;
  }
}
