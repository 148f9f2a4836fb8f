import type { PoolClient } from "pg";
import type { Database } from "../../foundation/database/database.js";
import { LeaseLost } from "../progress.js";

/** An advisory lock for each mirror: shared by whoever writes it, held alone for a moment by an erasure. */
const gateOf = "hashtextextended('mirror:' || $1::text, 0)";

/**
 * To be called first in a transaction that writes records, before it locks anything. Throws LeaseLost where all of the mirror is to be
 * gone: whoever brings something for it still does so from before.
 */
export async function enterMirror(client: PoolClient, connectionId: string): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock_shared(${gateOf})`, [connectionId]);
  // A statement of its own, so that it sees what was committed while this waited at the gate.
  const { rows } = await client.query("SELECT 1 FROM connections WHERE id = $1 AND erased_at IS NOT NULL", [
    connectionId,
  ]);
  if (rows.length > 0) throw new LeaseLost(`The mirror of the connection ${connectionId} is erased.`);
}

/** Waits for the transactions that have entered a mirror: whoever enters after this sees what the caller committed before it. */
export async function waitForWriters(database: Database, connectionId: string): Promise<void> {
  await database.transaction((client) => client.query(`SELECT pg_advisory_xact_lock(${gateOf})`, [connectionId]));
}
