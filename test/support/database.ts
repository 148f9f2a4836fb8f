import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { withDatabase } from "../../src/foundation/database/url.js";

/** A database of its own: migrated, or empty. */
export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated database, copied from the run's template. */
export function freshDatabase(): Promise<FreshDatabase> {
  return createDatabase("template_gateway");
}

/** A database without any table. */
export function emptyDatabase(): Promise<FreshDatabase> {
  return createDatabase("template0");
}

async function createDatabase(template: string): Promise<FreshDatabase> {
  const server = process.env["TEST_DATABASE_SERVER"];
  if (server === undefined) throw new Error("TEST_DATABASE_SERVER is not set. Run the tests with npm test.");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await execute(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  return {
    url: withDatabase(server, name),
    drop: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
