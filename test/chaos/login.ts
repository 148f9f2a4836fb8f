import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { until } from "../support/until.js";

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
const pollMs = 2;

export async function openLogin(databaseUrl: string): Promise<Login> {
  const [name, password] = [`process_${randomUUID()}`, randomUUID()];
  await execute(databaseUrl, async (client) => {
    await client.query(`CREATE ROLE "${name}" LOGIN SUPERUSER PASSWORD '${password}'`);
  });
  const url = new URL(databaseUrl);
  Object.assign(url, { username: name, password });
  return {
    url: url.href,
    withdraw: () =>
      execute(databaseUrl, async (client) => {
        await client.query(`ALTER ROLE "${name}" NOLOGIN`);
        const ended = async (): Promise<true | undefined> => {
          const { rows } = await client.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${name}'`,
          );
          return rows.length === 0 || undefined;
        };
        await until(ended, endsWithinMs, pollMs);
        await client.query(`DROP ROLE "${name}"`);
      }),
  };
}

async function execute(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
