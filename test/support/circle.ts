import type { Pool } from "pg";
import { until } from "./until.js";

/**
 * Does something that waits in a circle with another transaction: the other holds what `first` locks, and asks for what `then` locks
 * once `act` waits. PostgreSQL ends the one of `act`, as the other has time. What `act` comes to.
 */
export async function inACircle<T>(pool: Pool, first: string, then: string, act: () => Promise<T>): Promise<T> {
  const other = await pool.connect();
  try {
    await other.query("BEGIN; SET LOCAL deadlock_timeout = '1min'");
    await other.query(first);
    const acting = act();
    // Its failure is for the caller, who comes to it later.
    acting.catch(() => undefined);
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    await until(async () => (await pool.query(waiting)).rows.length > 0 || undefined);
    await other.query(then);
    await other.query("COMMIT");
    return await acting;
  } finally {
    other.release();
  }
}
