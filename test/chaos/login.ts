import { randomUUID } from "node:crypto";
import { Client } from "pg";

/**
 * A login to the database for one process. Withdrawn, it is as if the process had died: no statement of it arrives any more, and its locks
 * are gone. Nothing stands in between: passing every byte on would cost this program more than the gateway's own work.
 */
export interface Login {
  readonly url: string;
  withdraw(): Promise<void>;
}

/** PostgreSQL needs this long at most to end a session. */
const endsWithinMs = 10_000;

export async function openLogin(databaseUrl: string): Promise<Login> {
  const [name, password] = [`process_${randomUUID()}`, randomUUID()];
  await execute(databaseUrl, [`CREATE ROLE "${name}" LOGIN SUPERUSER PASSWORD '${password}'`]);
  const url = new URL(databaseUrl);
  Object.assign(url, { username: name, password });
  return {
    url: url.href,
    withdraw: () =>
      execute(databaseUrl, [
        `ALTER ROLE "${name}" NOLOGIN`,
        `SELECT pg_terminate_backend(pid, ${endsWithinMs}) FROM pg_stat_activity WHERE usename = '${name}'`,
        `DROP ROLE "${name}"`,
      ]),
  };
}

async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
