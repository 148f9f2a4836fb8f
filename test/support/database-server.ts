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

async function makeTemplate(url: string): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query("CREATE DATABASE template_gateway");
  } finally {
    await admin.end();
  }
  await applyMigrations(withDatabase(url, "template_gateway"));
}
