import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Client } from "pg";
import { sha256 } from "../ids.js";
import { projectPath } from "../project.js";
import { withEngine, type SchemaFile } from "./migration-engine.js";

/** One step of the schema's history. */
interface Migration {
  readonly name: string;
  readonly sql: string;
}

interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly isFinished: boolean;
}

/** The migrations and the database do not fit together; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export const schemaFolder = projectPath("prisma");
export const migrationsFolder = projectPath("prisma", "migrations");

const noFilters = { externalTables: [], externalEnums: [] };
const lockfile = 'provider = "postgresql"\n';
const emptySchema: readonly SchemaFile[] = [["schema.prisma", 'datasource db {\n  provider = "postgresql"\n}\n']];
/** Any number that nothing else in this database locks; the engine has its own. */
const advisoryLock = 7_274_001;
const lockTimeoutMs = 60_000;

/**
 * Applies what is pending as `prisma migrate deploy` does, and returns the names. Processes that start at once wait for one
 * another. Throws MigrationError where an applied migration was changed, is missing here, or stopped half way.
 */
export async function applyMigrations(url: string, folder = migrationsFolder): Promise<readonly string[]> {
  const migrations = readMigrations(folder);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    if (pending(migrations, await readApplied(client)).length === 0) return [];
    await client.query(`SET lock_timeout = ${String(lockTimeoutMs)}`);
    await client.query("SELECT pg_advisory_lock($1)", [advisoryLock]);
    if (pending(migrations, await readApplied(client)).length === 0) return [];
    return await applyPending(url, folder, migrations);
  } finally {
    await client.end();
  }
}

async function applyPending(url: string, folder: string, migrations: readonly Migration[]): Promise<readonly string[]> {
  try {
    return await withEngine(url, emptySchema, async (engine) => {
      const input = { migrationsList: migrationsList(folder, migrations), filters: noFilters };
      return (await engine.applyMigrations(input)).appliedMigrationNames;
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(
      `The migrations in ${folder} could not be applied: ${reason}. Restore the database, mend the migration, and start again.`,
      { cause },
    );
  }
}

/** SQL that turns the migrations into the schema; empty when they agree. Needs the right to create a database beside `url`'s. */
export async function pendingSql(url: string, schema = schemaFolder, folder = migrationsFolder): Promise<string> {
  const files = readSchema(schema);
  return withEngine(url, files, async (engine) => {
    const { stdout, exitCode } = await engine.diff({
      from: { tag: "migrations", ...migrationsList(folder, readMigrations(folder)) },
      to: { tag: "schemaDatamodel", files: files.map(([path, content]) => ({ path, content })) },
      script: true,
      exitCode: true,
      filters: noFilters,
    });
    return exitCode === 2 ? (stdout ?? "") : "";
  });
}

/** Writes the next migration and returns its folder, named by the instant (UTC) and `name`. */
export function writeMigration(folder: string, name: string, sql: string, now: Date): string {
  const stamp = now.toISOString().replace(/\D/g, "").slice(0, 14);
  const target = join(folder, `${stamp}_${name}`);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, "migration.sql"), sql);
  writeFileSync(join(folder, "migration_lock.toml"), lockfile);
  return target;
}

function pending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  const here = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name, checksum, isFinished } of applied) {
    const migration = here.get(name);
    if (migration === undefined) {
      throw new MigrationError(
        `The database has migration ${name}, which this version does not know. Start the version that applied it, or a later one.`,
      );
    }
    if (!isFinished) {
      throw new MigrationError(
        `Migration ${name} stopped half way. Restore the database from before it, or finish it by hand and mark it with prisma migrate resolve.`,
      );
    }
    if (checksum !== sha256(migration.sql)) {
      throw new MigrationError(
        `Migration ${name} was changed after the database applied it. Restore prisma/migrations/${name}, and put the change into a new migration.`,
      );
    }
  }
  const names = new Set(applied.map(({ name }) => name));
  return migrations.filter(({ name }) => !names.has(name));
}

async function readApplied(client: Client): Promise<readonly AppliedMigration[]> {
  const table = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists",
  );
  if (table.rows[0]?.exists !== true) return [];
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished"
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return rows;
}

function readSchema(folder: string): readonly SchemaFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".prisma"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [relative(folder, path), readFileSync(path, "utf8")]);
}

function readMigrations(folder: string): readonly Migration[] {
  if (!existsSync(folder)) return [];
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map(({ name }) => name).sort();
  return names.map((name) => ({ name, sql: readFileSync(join(folder, name, "migration.sql"), "utf8") }));
}

function migrationsList(baseDir: string, migrations: readonly Migration[]) {
  return {
    baseDir,
    lockfile: { path: "migration_lock.toml", content: lockfile },
    shadowDbInitScript: "",
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: sql } },
    })),
  };
}
