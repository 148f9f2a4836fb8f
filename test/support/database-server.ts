import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { startEmbeddedDatabase, type EmbeddedDatabase } from "../../src/foundation/database/embedded.js";
import { applyMigrations } from "../../src/foundation/database/migrations.js";
import { withDatabase } from "../../src/foundation/database/url.js";

/** One PostgreSQL for the whole run, holding a migrated template that each test file copies. */
export async function startDatabaseServer(): Promise<EmbeddedDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "gateway-test-"));
  const server = await startEmbeddedDatabase(folder, { isDurable: false });
  await makeTemplate(server.url);
  return {
    url: server.url,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A test opens dozens of connections, and each proves the password with 4,096 rounds: here one is enough. Servers before 16 know no number of rounds. */
async function proveQuickly(admin: Client, { username, password }: URL): Promise<void> {
  const { rows } = await admin.query("SELECT 1 FROM pg_settings WHERE name = 'scram_iterations'");
  if (rows.length === 0) return;
  await admin.query("ALTER SYSTEM SET scram_iterations = 1");
  await admin.query("SELECT pg_reload_conf()");
  await admin.query("SET scram_iterations = 1");
  await admin.query(`ALTER ROLE "${decodeURIComponent(username)}" PASSWORD '${decodeURIComponent(password)}'`);
}

async function makeTemplate(url: string): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query("CREATE DATABASE template_gateway");
    await proveQuickly(admin, new URL(url));
  } finally {
    await admin.end();
  }
  await applyMigrations(withDatabase(url, "template_gateway"));
}
