import type { ClientBase } from "pg";
import type { Database } from "./database.js";

/**
 * A statement over many rows of tables that have just been filled: PostgreSQL has no statistics of them yet, takes them for small, and would
 * compare every row with every other.
 */
export async function queryInBulk(
  database: Pick<Database, "transaction">,
  text: string,
  values: readonly unknown[],
): Promise<unknown[]> {
  return database.transaction((client) => inBulk(client, text, values));
}

/** The same within a transaction that goes on. */
export async function inBulk(client: ClientBase, text: string, values: readonly unknown[]): Promise<unknown[]> {
  await client.query("SET LOCAL enable_nestloop = off");
  const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
  await client.query("SET LOCAL enable_nestloop = on");
  return rows;
}
