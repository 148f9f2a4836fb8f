import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { startEmbeddedDatabase } from "../../src/foundation/database/embedded.js";
import { applyMigrations } from "../../src/foundation/database/migrations.js";
import { withDatabase } from "../../src/foundation/database/url.js";
import type { Stops } from "../../src/foundation/stops.js";

/**
 * A migrated database that is gone when `stops` have run: one of its own on the server given, whose other databases are never
 * touched, else the embedded PostgreSQL in a temporary folder.
 */
export async function temporaryDatabase(server: string | undefined, stops: Stops): Promise<string> {
  const url = server === undefined ? await embedded(stops) : await ownDatabase(server, stops);
  await applyMigrations(url);
  return url;
}

async function embedded(stops: Stops): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "try-payloads-"));
  stops.add(() => rm(folder, { recursive: true, force: true }));
  const database = await startEmbeddedDatabase(folder, { isDurable: false });
  stops.add(() => database.stop());
  return database.url;
}

async function ownDatabase(server: string, stops: Stops): Promise<string> {
  const name = `try_payloads_${randomUUID().replaceAll("-", "")}`;
  try {
    await execute(server, `CREATE DATABASE ${name}`);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `DATABASE_URL: no database could be made there (${problem}). Name a server and a role that may create one, or unset it.`,
      { cause },
    );
  }
  stops.add(() => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return withDatabase(server, name);
}

async function execute(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}
