import type { EntityPlugin } from "../../plugins/plugin.js";
import type { FieldMap } from "../../plugins/fields.js";
import { definitions, names, payloadColumns, referenceColumns, storedColumns, values } from "./columns.js";

/** The SQL by which the records of one plugin are written, derived from its declarations. */
export interface StoreStatements {
  /** $1 connection, $2 epoch, $3 ids → what an unlocked look tells: ids and byte hashes of rows that need no second look. */
  readonly known: string;
  /** $1 connection, $2 epoch, $3 ids → the guards of stored rows, locked in order of id. */
  readonly lock: string;
  /** $1 connection, $2 epoch, $3 rows → id and quickbooks_id of those that did not exist. */
  readonly insert: string;
  /** $1 connection, $2 epoch, $3 rows, $4 id: a record that QuickBooks does not have yet. */
  readonly insertPending: string;
  /** $1 connection, $2 epoch, $3 rows: newer content. */
  readonly update: string;
  /** $1 connection, $2 epoch, $3 rows: equal content under a newer guard. */
  readonly advance: string;
  /** $1 record ids, $2 entity: keeps what rows were. */
  readonly keepVersions: string;
  /** $1 record ids, $2 state: a removal, as a new version. */
  readonly remove: string;
  /** $1 connection, $2 epoch, $3 ids: a newer state exists that could not be taken in. */
  readonly markStale: string;
  readonly clearStale: string;
  readonly children: ReadonlyMap<string, { readonly clear: string; readonly insert: string }>;
}

/**
 * SQL of when a row is changed. A transaction that began before the one that changed it last still comes after it: versions follow each
 * other and never overlap.
 */
export const changedAt = (alias: string): string => `greatest(now(), ${alias}.mirrored_at)`;

export function storeStatements(plugin: EntityPlugin): StoreStatements {
  const table = `"${plugin.table}"`;
  const ours = "t.connection_id = $1 AND t.epoch = $2";
  const columns = payloadColumns(plugin);
  const recordset = `jsonb_to_recordset($3::jsonb) AS r(${definitions(columns)})`;
  const set = columns.map(({ name, key }) => `"${name}" = r."${key}"`).join(", ");
  const insertUnder = (id: string): string =>
    `INSERT INTO ${table} (id, connection_id, epoch, version, mirrored_at, ${names(columns)})
      SELECT ${id}, $1, $2, 1, now(), ${values(columns)} FROM ${recordset}`;
  const matching = `FROM ${recordset} WHERE ${ours} AND t.quickbooks_id = r."quickbooksId"`;
  return {
    known: `SELECT t.quickbooks_id, t.source_hash FROM ${table} t
      WHERE ${ours} AND t.quickbooks_id = ANY($3) AND t.stale_since IS NULL AND t.state NOT IN ('DELETED', 'MERGED')`,
    lock: `SELECT t.id, t.quickbooks_id, t.sync_token, t.updated_in_quickbooks_at, t.answered_at, t.content_hash, t.state,
        t.version, t.mirrored_at, t.stale_since, t.created_in_quickbooks_at
      FROM ${table} t WHERE ${ours} AND t.quickbooks_id = ANY($3) ORDER BY t.quickbooks_id FOR UPDATE`,
    // The id follows from what the record is, so that it is the same again after the mirror was erased and made anew.
    insert: `${insertUnder(`md5($1::uuid || ':' || $2::integer || ':${plugin.table}:' || r."quickbooksId")::uuid`)}
      ON CONFLICT DO NOTHING RETURNING id, quickbooks_id`,
    insertPending: insertUnder("$4::uuid"),
    update: `UPDATE ${table} t SET ${set}, version = t.version + 1, mirrored_at = ${changedAt("t")}, stale_since = NULL ${matching}`,
    advance: `UPDATE ${table} t SET ${set}, stale_since = NULL ${matching}`,
    keepVersions: `INSERT INTO record_versions
        (connection_id, entity, record_id, quickbooks_id, refs, version, valid_from, valid_to, row, children)
      SELECT t.connection_id, $2, t.id, t.quickbooks_id, ${referencesOf(plugin)}, t.version, t.mirrored_at, ${changedAt("t")}, to_jsonb(t),
        ${childrenAsJson(plugin)}
      FROM ${table} t WHERE t.id = ANY($1)`,
    remove: `UPDATE ${table} t SET state = $2, version = t.version + 1, mirrored_at = ${changedAt("t")}, stale_since = NULL WHERE t.id = ANY($1)`,
    markStale: `UPDATE ${table} t SET stale_since = now() WHERE ${ours} AND t.quickbooks_id = ANY($3) AND t.stale_since IS NULL`,
    clearStale: `UPDATE ${table} t SET stale_since = NULL WHERE ${ours} AND t.quickbooks_id = ANY($3) AND t.stale_since IS NOT NULL`,
    children: new Map(
      Object.entries(plugin.children).map(([name, child]) => {
        const own = storedColumns(child.fields);
        const clear = `DELETE FROM "${child.table}" WHERE record_id = ANY($1)`;
        const insert = `INSERT INTO "${child.table}" (record_id, connection_id, epoch, position, ${names(own)})
          SELECT r."recordId", $1, $2, r."position", ${values(own)}
          FROM jsonb_to_recordset($3::jsonb) AS r("recordId" uuid, "position" integer, ${definitions(own)})`;
        return [name, { clear, insert }];
      }),
    ),
  };
}

function childrenAsJson(plugin: EntityPlugin): string {
  const lists = Object.entries(plugin.children).map(
    ([name, { table }]) =>
      `'${name}', (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.position), '[]') FROM "${table}" c WHERE c.record_id = t.id)`,
  );
  return `jsonb_build_object(${lists.join(", ")})`;
}

/** All that a record and the rows inside it refer to, by QuickBooks' ids: versions are found by it. */
function referencesOf({ fields, children }: EntityPlugin): string {
  const refs = (own: FieldMap, alias: string): string =>
    `SELECT unnest(ARRAY[${referenceColumns(own)
      .map((column) => `${alias}.${column}`)
      .join(", ")}]::text[]) AS ref`;
  const inside = Object.values(children).map(
    ({ table, fields: own }) => `${refs(own, "c")} FROM "${table}" c WHERE c.record_id = t.id`,
  );
  const all = [refs(fields, "t"), ...inside].join(" UNION ");
  return `ARRAY(SELECT ref FROM (${all}) r WHERE ref IS NOT NULL)`;
}
