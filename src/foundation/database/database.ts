import { PrismaPg } from "@prisma/adapter-pg";
import { Pool, type PoolClient, type PoolConfig } from "pg";
import { PrismaClient } from "../../generated/prisma/client.js";
import type { Log } from "../log.js";

/** The gateway's store: Prisma for what is asked by object, plain clients for bulk writes and prepared lists. */
export interface Database {
  readonly url: string;
  readonly prisma: PrismaClient;
  readonly pool: Pool;
  /** Commits what `work` did through its client, or rolls all of it back and throws what `work` threw. */
  transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface DatabaseOptions {
  readonly log: Pick<Log, "warn">;
  /** Connections of each of the two pools. */
  readonly poolSize?: number;
}

/**
 * A process that stands still in the middle of a transaction (paused, swapped out, cut off) would keep its locks, and with them runs
 * that others could take over. Longer than any transaction waits: a refresh of tokens, at most 30 seconds for Intuit's answer.
 */
const standingStillMs = 40_000;

/**
 * Prisma and `pool` have connections of their own: work that holds a client of one while it waits for the other cannot then
 * exhaust what it waits for.
 */
export function openDatabase(url: string, { log, poolSize = 10 }: DatabaseOptions): Database {
  const config: PoolConfig = {
    connectionString: url,
    max: poolSize,
    // The adapter reads timestamptz text as if it were UTC, so the session must be UTC whatever the server's zone is.
    options: `-c TimeZone=UTC -c idle_in_transaction_session_timeout=${standingStillMs}`,
  };
  // An idle connection that is lost raises an error event, which would end a process that does not listen.
  const onLost = (error: Error): void => {
    log.warn({ err: error }, "An idle database connection was lost; the pool opens another when it is needed.");
  };
  const pool = new Pool(config);
  pool.on("error", onLost);
  // Whoever has a client in hand hears of its loss by the next statement; the event alone would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const prisma = new PrismaClient({ adapter: new PrismaPg(config, { onPoolError: onLost }) });
  return {
    url,
    prisma,
    pool,
    transaction: (work) => inTransaction(pool, work),
    async close() {
      await Promise.all([prisma.$disconnect(), pool.end()]);
    },
  };
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    client.release();
    return result;
  } catch (error) {
    await rollBack(client);
    throw error;
  }
}

/** A client that cannot even roll back is thrown away: its connection is in a state that nobody knows. */
async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query("ROLLBACK");
    client.release();
  } catch {
    client.release(true);
  }
}
