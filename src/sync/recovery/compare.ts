import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { RecordSlice } from "../../foundation/json.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { sourceHash } from "../store/content.js";
import { isRefused, prepare, type Prepared } from "../store/prepare.js";
import type { MirrorOf, Page } from "../store/store.js";
import type { Drift } from "./drift.js";

/** How a page and the mirror differ. */
export interface Comparison {
  readonly drift: readonly Drift[];
  /** Records of the page that could not be taken in, so that there is nothing to compare. */
  readonly refused: number;
}

const mirroredRow = z.object({
  id: z.string(),
  token: z.number().nullable(),
  state: z.string(),
  content: z.instanceof(Buffer),
  source: z.instanceof(Buffer),
});
type MirroredRow = z.infer<typeof mirroredRow>;

/** Compares what QuickBooks says with what the mirror holds; locks and writes nothing. */
export async function comparePage(database: Database, page: Page): Promise<Comparison> {
  const ids = page.records.flatMap(({ id }) => id ?? []);
  const mirrored = await mirroredRows(database, page, page.plugin, ids);
  const drift: Drift[] = [];
  let refused = page.unreadable?.length ?? 0;
  for (const [position, slice] of page.records.entries()) {
    const row = slice.id === undefined ? undefined : mirrored.get(slice.id);
    if (row !== undefined && isUntouched(row, slice, page.plugin)) continue;
    const record = prepare(slice, position, page);
    if (isRefused(record)) {
      refused += 1;
      continue;
    }
    const kind = row === undefined ? "MISSING" : difference(record, row);
    if (kind !== undefined) drift.push({ quickbooksId: record.quickbooksId, kind });
  }
  return { drift, refused };
}

/** Those of these records that the mirror shows as being there. */
export async function presentIds(
  database: Database,
  mirror: MirrorOf,
  plugin: EntityPlugin,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await mirroredRows(database, mirror, plugin, ids);
  return [...rows.values()].filter(({ state }) => !isGone(state)).map(({ id }) => id);
}

async function mirroredRows(
  { pool }: Database,
  { connectionId, epoch }: MirrorOf,
  { table }: EntityPlugin,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MirroredRow>> {
  const { rows } = await pool.query(
    `SELECT quickbooks_id AS id, sync_token AS token, state, content_hash AS content, source_hash AS source
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

const isGone = (state: string): boolean => state === "DELETED" || state === "MERGED";

const isUntouched = ({ state, source }: MirroredRow, { bytes }: RecordSlice, plugin: EntityPlugin): boolean =>
  !isGone(state) && source.equals(sourceHash(bytes, plugin));

function difference({ guard, state }: Prepared, row: MirroredRow): "MISSING" | "DIFFERENT" | undefined {
  const isOlder = guard.syncToken !== null && row.token !== null && guard.syncToken < row.token;
  // Somebody stored a newer state while the page was read.
  if (isOlder) return undefined;
  // QuickBooks may go on showing what was merged into another as deactivated.
  if (row.state === "MERGED" && state === "INACTIVE") return undefined;
  if (isGone(row.state)) return "MISSING";
  return guard.contentHash.equals(row.content) ? undefined : "DIFFERENT";
}
