import type { Pool } from "pg";
import { z } from "zod";

/** A column of encrypted values, each bound to the place `table|row|column`. */
export interface EncryptedColumn {
  readonly table: string;
  readonly column: string;
  /** The column that tells rows apart, and its type. */
  readonly row: string;
  readonly rowType: "uuid" | "text";
  /** Which rows hold such a value, in SQL; all of them where left out. */
  readonly where?: string;
}

export function placeIn({ table, column }: EncryptedColumn, row: string): string {
  return `${table}|${row}|${column}`;
}

/** In SQL: the id of the key that encrypted a value, as the envelope tells it. */
export const keyIdOf = (column: string): string => `split_part(${column}, '.', 2)`;

export const held = ({ column, where = "true" }: EncryptedColumn): string => `${column} IS NOT NULL AND (${where})`;

/** How many values each key encrypted, by the key's id. */
export async function keysInUse(pool: Pool, columns: readonly EncryptedColumn[]): Promise<ReadonlyMap<string, number>> {
  const each = columns.map(
    (column) => `SELECT ${keyIdOf(column.column)} AS key FROM "${column.table}" WHERE ${held(column)}`,
  );
  const { rows } = await pool.query(
    `SELECT key, count(*)::integer AS count FROM (${each.join(" UNION ALL ")}) v GROUP BY key ORDER BY key`,
  );
  const counted = z.array(z.object({ key: z.string(), count: z.number() })).parse(rows);
  return new Map(counted.map(({ key, count }) => [key, count]));
}
