import type { PoolClient } from "pg";
import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { isInQuickBooks, isOpen } from "../local-changes/local-change.js";
import { referenceColumns } from "./columns.js";
import type { MirrorOf } from "./store.js";

interface Renamed {
  readonly local: string;
  readonly quickbooksId: string;
}

const namingRow = z.object({ id: z.string(), entity: z.string(), recordId: z.string() });

/** Whether a JSON column holds the text $2. */
const names = (column: string): string => `position($2::text IN coalesce(${column}::text, '')) > 0`;

/**
 * Gives a record its QuickBooks id wherever it is named by its local one: in open local changes, and in records that wait to be created.
 * Nothing else can name it: QuickBooks does not know it.
 */
export async function renameLocal(
  client: PoolClient,
  mirror: MirrorOf,
  plugins: readonly EntityPlugin[],
  { local, quickbooksId }: Renamed,
): Promise<void> {
  const texts = [JSON.stringify(local), JSON.stringify(quickbooksId)] as const;
  const { rows } = await client.query(
    `SELECT l.id, l.entity, l.record_id AS "recordId" FROM local_changes l
     WHERE l.connection_id = $1 AND ${isOpen("l")} AND (${names("l.edits")} OR ${names("l.base_content")})`,
    [mirror.connectionId, texts[0]],
  );
  const naming = z.array(namingRow).parse(rows);
  for (const plugin of plugins) {
    const recordIds = naming.filter(({ entity }) => entity === plugin.name).map(({ recordId }) => recordId);
    if (recordIds.length > 0) await renameInRecords(client, plugin, recordIds, { local, quickbooksId });
  }
  await client.query(
    `WITH naming AS (SELECT id FROM local_changes WHERE id = ANY($1) ORDER BY number FOR UPDATE)
     UPDATE local_changes l SET edits = replace(l.edits::text, $2, $3)::jsonb,
       base_content = replace(l.base_content::text, $2, $3)::jsonb FROM naming WHERE l.id = naming.id`,
    [naming.map(({ id }) => id), ...texts],
  );
}

/** In those that wait themselves: what QuickBooks has cannot name it. */
async function renameInRecords(
  client: PoolClient,
  { table, fields, children }: EntityPlugin,
  recordIds: readonly string[],
  { local, quickbooksId }: Renamed,
): Promise<void> {
  const { rows } = await client.query(
    `SELECT t.id FROM "${table}" t WHERE t.id = ANY($1) AND NOT (${isInQuickBooks("t")}) ORDER BY t.quickbooks_id FOR UPDATE`,
    [recordIds],
  );
  const ids = z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
  if (ids.length === 0) return;
  const raw = `raw = replace(raw::text, to_json($2::text)::text, to_json($3::text)::text)::jsonb`;
  const places = [
    { table, key: "id", assignments: [...referenceColumns(fields).map(renamed), raw] },
    ...Object.values(children).map((child) => ({
      ...{ table: child.table, key: "record_id" },
      assignments: referenceColumns(child.fields).map(renamed),
    })),
  ];
  for (const { table: place, key, assignments } of places) {
    if (assignments.length === 0) continue;
    await client.query(`UPDATE "${place}" SET ${assignments.join(", ")} WHERE ${key} = ANY($1)`, [
      ids,
      local,
      quickbooksId,
    ]);
  }
}

/** $2 the local id, $3 QuickBooks'. */
const renamed = (column: string): string =>
  `${column} = CASE WHEN ${column} = $2::text THEN $3::text ELSE ${column} END`;
