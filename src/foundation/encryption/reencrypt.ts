import type { Pool } from "pg";
import { z } from "zod";
import { DecryptionError, type KeyRing } from "../encryption.js";
import { type EncryptedColumn, held, keyIdOf, placeIn } from "./columns.js";

/** What became of the values that other keys than the first had encrypted. */
export interface Reencrypted {
  readonly values: number;
  /** Why others could not be read, by their places. */
  readonly problems: readonly string[];
}

const stored = z.object({ row: z.string(), text: z.string() });
type Stored = z.infer<typeof stored>;

/**
 * Encrypts by the first key whatever another one encrypted, in portions and beside running processes: a value that one of them writes
 * meanwhile is left as it is. To be begun when all of them have the first key.
 */
export async function reencrypt(
  pool: Pool,
  keyRing: KeyRing,
  columns: readonly EncryptedColumn[],
  portion = 500,
): Promise<Reencrypted> {
  let values = 0;
  const problems: string[] = [];
  for (const column of columns) {
    for (let last: string | undefined; ;) {
      const found = await readPortion(pool, column, { newest: keyRing.keyId, last, portion });
      if (found.length === 0) break;
      values += await writePortion(pool, column, sealed(keyRing, column, found, problems));
      last = found.at(-1)?.row;
    }
  }
  return { values, problems };
}

async function readPortion(
  pool: Pool,
  column: EncryptedColumn,
  { newest, last, portion }: { readonly newest: string; readonly last: string | undefined; readonly portion: number },
): Promise<readonly Stored[]> {
  const { rows } = await pool.query(
    `SELECT ${column.row}::text AS row, ${column.column} AS text FROM "${column.table}"
     WHERE ${held(column)} AND ${keyIdOf(column.column)} <> $1 AND ($2::${column.rowType} IS NULL OR ${column.row} > $2)
     ORDER BY ${column.row} LIMIT $3`,
    [newest, last, portion],
  );
  return z.array(stored).parse(rows);
}

interface Sealed extends Stored {
  readonly sealed: string;
}

function sealed(
  keyRing: KeyRing,
  column: EncryptedColumn,
  found: readonly Stored[],
  problems: string[],
): readonly Sealed[] {
  return found.flatMap((each) => {
    const place = placeIn(column, each.row);
    try {
      return [{ ...each, sealed: keyRing.encrypt(keyRing.decrypt(each.text, place), place) }];
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      problems.push(error.message);
      return [];
    }
  });
}

/** Only where the value is still the one that was read. */
async function writePortion(pool: Pool, { table, column, row, rowType }: EncryptedColumn, values: readonly Sealed[]) {
  const { rowCount } = await pool.query(
    `UPDATE "${table}" t SET ${column} = v.sealed
     FROM unnest($1::${rowType}[], $2::text[], $3::text[]) AS v(row, text, sealed)
     WHERE t.${row} = v.row AND t.${column} = v.text`,
    [values.map((each) => each.row), values.map((each) => each.text), values.map((each) => each.sealed)],
  );
  return rowCount ?? 0;
}
