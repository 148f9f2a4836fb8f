import { z } from "zod";
import type { Database } from "../../src/foundation/database/database.js";
import type { KeyRing } from "../../src/foundation/encryption.js";
import { encryptedColumns } from "../../src/sync/encrypted-columns.js";

const columns = z.array(z.object({ table: z.string(), column: z.string(), type: z.string() }));
const found = z.object({ rows: z.number() });

/** Where any of these texts stands in the database: every column of every table that can hold text, and what is encrypted there. */
export async function placesOf(
  { pool }: Database,
  keyRing: Pick<KeyRing, "decrypt">,
  texts: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `SELECT format('%I.%I', c.table_schema, c.table_name) AS "table", c.column_name AS "column", c.data_type AS type
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
       AND c.data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY')`,
  );
  const places: string[] = [];
  for (const { table, column, type } of columns.parse(rows)) {
    const text = type === "bytea" ? `encode("${column}", 'escape')` : `"${column}"::text`;
    const counted = await pool.query(
      `SELECT count(*)::integer AS rows FROM ${table} WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) x WHERE position(lower(x) IN lower(${text})) > 0)`,
      [texts],
    );
    if (found.parse(counted.rows[0]).rows > 0) places.push(`${table}.${column}`);
  }
  return [...places, ...(await encryptedPlaces({ pool }, keyRing, texts))];
}

const sealed = z.array(z.object({ row: z.string(), text: z.string() }));

async function encryptedPlaces(
  { pool }: Pick<Database, "pool">,
  keyRing: Pick<KeyRing, "decrypt">,
  texts: readonly string[],
): Promise<readonly string[]> {
  const places: string[] = [];
  for (const { table, row, column, where = "TRUE" } of encryptedColumns) {
    const { rows } = await pool.query(
      `SELECT ${row}::text AS row, ${column} AS text FROM ${table} WHERE ${column} IS NOT NULL AND ${where}`,
    );
    for (const { row: id, text } of sealed.parse(rows)) {
      const plain = keyRing.decrypt(text, `${table}|${id}|${column}`).toLowerCase();
      if (texts.some((each) => plain.includes(each.toLowerCase()))) places.push(`${table}.${column} (encrypted)`);
    }
  }
  return places;
}
