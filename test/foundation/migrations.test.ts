import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Client } from "pg";
import {
  applyMigrations,
  MigrationError,
  migrationsFolder,
  pendingSql,
  schemaFolder,
  writeMigration,
} from "../../src/foundation/database/migrations.js";
import { sha256 } from "../../src/foundation/ids.js";
import { emptyDatabase, type FreshDatabase } from "../support/database.js";

const datasource = 'datasource db {\n  provider = "postgresql"\n}\n';

let database: FreshDatabase;
let folder: string;
let client: Client;

beforeEach(async () => {
  database = await emptyDatabase();
  folder = mkdtempSync(join(tmpdir(), "gateway-migrations-"));
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function add(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, "migration.sql"), sql);
}

test("migrations are applied in order, once, and noted as prisma migrate deploy notes them", async () => {
  add("20260102000000_second", "ALTER TABLE notes ADD COLUMN at timestamptz;\n");
  add("20260101000000_first", "CREATE TABLE notes (text text);\n");
  expect(await applyMigrations(database.url, folder)).toEqual(["20260101000000_first", "20260102000000_second"]);
  expect(await applyMigrations(database.url, folder)).toEqual([]);
  const { rows } = await client.query<Record<string, unknown>>(
    "SELECT * FROM _prisma_migrations ORDER BY migration_name",
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    checksum: sha256("CREATE TABLE notes (text text);\n"),
    finished_at: expect.any(Date),
    migration_name: "20260101000000_first",
    logs: null,
    rolled_back_at: null,
    started_at: expect.any(Date),
    applied_steps_count: 1,
  });
});

test("functions whose bodies hold semicolons are taken whole", async () => {
  add(
    "1_function",
    "CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END $$;\nCREATE TABLE t (x int);",
  );
  await applyMigrations(database.url, folder);
  expect((await client.query("SELECT two()")).rows).toEqual([{ two: 2 }]);
});

test("processes that start at once apply each migration once", async () => {
  add("1_first", "CREATE TABLE notes (text text);");
  const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations(database.url, folder)));
  expect(applied.flat()).toEqual(["1_first"]);
});

test("a migration changed after it was applied is refused by name", async () => {
  add("1_first", "CREATE TABLE notes (text text);");
  await applyMigrations(database.url, folder);
  add("1_first", "CREATE TABLE notes (text varchar);");
  await expect(applyMigrations(database.url, folder)).rejects.toThrow(
    /1_first was changed after the database applied it\. Restore/,
  );
});

test("a database from a later version is refused by the migration that is missing here", async () => {
  add("1_first", "CREATE TABLE notes (text text);");
  add("2_later", "CREATE TABLE more (text text);");
  await applyMigrations(database.url, folder);
  rmSync(join(folder, "2_later"), { recursive: true });
  await expect(applyMigrations(database.url, folder)).rejects.toThrow(/2_later, which this version does not know/);
});

test("a migration that failed is told when it fails, and again at the next start", async () => {
  add("1_broken", "CREATE TABLE notes (text nonsense);");
  await expect(applyMigrations(database.url, folder)).rejects.toThrow(/nonsense/);
  await expect(applyMigrations(database.url, folder)).rejects.toBeInstanceOf(MigrationError);
});

test("a schema that the migrations do not reach gives the SQL that is lacking, and its migration closes the gap", async () => {
  const schema = join(folder, "schema");
  const migrations = join(folder, "migrations");
  mkdirSync(schema);
  writeFileSync(
    join(schema, "schema.prisma"),
    `${datasource}model Note {\n  id String @id\n  at DateTime @db.Timestamptz(3)\n}\n`,
  );
  const sql = await pendingSql(database.url, schema, migrations);
  expect(sql).toContain('CREATE TABLE "Note"');
  const written = writeMigration(migrations, "notes", sql, new Date("2026-11-22T10:20:30.456Z"));
  expect(written).toBe(join(migrations, "20261122102030_notes"));
  expect(readdirSync(migrations).sort()).toEqual(["20261122102030_notes", "migration_lock.toml"]);
  expect(await pendingSql(database.url, schema, migrations)).toBe("");
});

test("comparing leaves the database as it was, and no shadow behind", async () => {
  await client.query("CREATE TABLE precious AS SELECT 1 AS x");
  await pendingSql(database.url, schemaFolder, migrationsFolder);
  expect((await client.query("SELECT x FROM precious")).rows).toEqual([{ x: 1 }]);
  expect(
    (await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'")).rows,
  ).toEqual([]);
  expect((await client.query("SELECT to_regclass('organizations') AS table")).rows).toEqual([{ table: null }]);
});

test("no connection is left, so that the database can be copied at once", async () => {
  add("1_first", "CREATE TABLE notes (text text);");
  await applyMigrations(database.url, folder);
  const others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
  // A backend takes a moment to go once its connection is closed; the engine's own would stay for ever.
  while ((await client.query(others)).rowCount !== 0) await new Promise((resolve) => setImmediate(resolve));
});

test("the project's own migrations apply from any folder", () => {
  cpSync(migrationsFolder, join(folder, "copy"), { recursive: true });
  const script = `import { applyMigrations } from ${JSON.stringify(new URL("../../src/foundation/database/migrations.ts", import.meta.url).href)};
    console.log((await applyMigrations(process.argv[1])).length);`;
  const tsx = new URL("../../node_modules/tsx/dist/esm/index.mjs", import.meta.url).href;
  const output = execFileSync(process.execPath, ["--import", tsx, "--input-type=module", "-e", script, database.url], {
    cwd: tmpdir(),
    encoding: "utf8",
  });
  const names = readdirSync(migrationsFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(Number(output)).toBe(names.length);
  expect(readFileSync(join(migrationsFolder, "migration_lock.toml"), "utf8")).toContain("postgresql");
});
