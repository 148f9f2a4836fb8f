import { tmpdir } from "node:os";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startEmbeddedDatabase, runningEmbeddedDatabase } from "../src/foundation/database/embedded.js";
import {
  applyMigrations,
  migrationsFolder,
  pendingSql,
  writeMigration,
} from "../src/foundation/database/migrations.js";

const usage = `npm run migrate                 applies the pending migrations to DATABASE_URL, or to the embedded database of DATA_DIR
npm run migrate -- create NAME  writes the next migration: what prisma/ has and the migrations lack
npm run migrate -- check        fails when prisma/ has what the migrations lack`;

/** Comparing needs an empty server, never the gateway's own: one is made for the purpose. */
async function findPendingSql(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "gateway-migrate-"));
  const server = await startEmbeddedDatabase(folder, { isDurable: false });
  try {
    return await pendingSql(server.url);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function create(name: string): Promise<void> {
  const sql = await findPendingSql();
  console.log(
    sql === ""
      ? "The migrations match the schema."
      : `Wrote ${writeMigration(migrationsFolder, name, sql, new Date())}`,
  );
}

async function check(): Promise<void> {
  const sql = await findPendingSql();
  if (sql === "") return;
  console.error(`The migrations lack what prisma/ has. Run: npm run migrate -- create NAME\n${sql}`);
  process.exitCode = 1;
}

async function apply(): Promise<void> {
  const folder = join(process.env["DATA_DIR"] ?? ".data", "postgres");
  const given = process.env["DATABASE_URL"] ?? (await runningEmbeddedDatabase(folder));
  const server = given === undefined ? await startEmbeddedDatabase(folder) : undefined;
  try {
    const names = await applyMigrations(given ?? server?.url ?? "");
    console.log(names.length === 0 ? "Nothing is pending." : `Applied ${names.join(", ")}`);
  } finally {
    await server?.stop();
  }
}

const [command, name] = process.argv.slice(2);
if (command === undefined) await apply();
else if (command === "check") await check();
else if (command === "create" && name !== undefined && /^[a-z0-9_]+$/.test(name)) await create(name);
else {
  console.error(`${usage}\nNAME is made of a-z, 0-9 and _.`);
  process.exitCode = 2;
}
