import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { majorVersion, type Binaries } from "./binaries.js";
import { EmbeddedDatabaseError, systemCode } from "./embedded-error.js";
import { giveTo, type ServerUser } from "./server-user.js";

/** The files of one PostgreSQL server, and its only user's password. */
export interface Cluster {
  readonly data: string;
  readonly password: string;
}

export const superuser = "gateway";

/** Opens the cluster in `home`, making it first where there is none; refuses one of another version or in use. */
export function openCluster(home: string, binaries: Binaries, user: ServerUser, isDurable: boolean): Cluster {
  const folder = join(home, "cluster");
  const data = join(folder, "data");
  const version = majorVersion(binaries);
  if (!existsSync(folder))
    makeCluster(home, folder, { initdb: binaries.initdb, flags: clusterFlags(version, isDurable), user });
  refuseForeignVersion(data, version);
  refuseSecondServer(data);
  return { data, password: readOrExplain(join(folder, "password")).trim() };
}

interface MakingOfCluster {
  readonly initdb: string;
  readonly flags: readonly string[];
  readonly user: ServerUser;
}

/** Made aside and put in place by one rename, so that neither a death nor a second process leaves half a cluster. */
function makeCluster(home: string, folder: string, { initdb, flags, user }: MakingOfCluster): void {
  const made = mkdtempSync(join(home, "cluster-"));
  giveTo(user, made);
  try {
    const passwordFile = join(made, "password");
    writeFileSync(passwordFile, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
    giveTo(user, passwordFile);
    const place = [`--pgdata=${join(made, "data")}`, `--pwfile=${passwordFile}`];
    const result = spawnSync(initdb, [...place, ...flags], { ...user, cwd: "/", encoding: "utf8" });
    if (result.status !== 0) {
      const reason = result.error?.message ?? result.stderr.trim().split("\n").slice(-3).join(" | ");
      throw new EmbeddedDatabaseError(
        `PostgreSQL could not make its files in ${home}: ${reason}. Free some space, or set DATABASE_URL.`,
      );
    }
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!["ENOTEMPTY", "EEXIST"].includes(systemCode(error) ?? "")) throw error;
  }
}

/** Names sort by their bytes and fold their case by Unicode, the same on every machine; older servers take it from the system. */
function clusterFlags(version: number, isDurable: boolean): readonly string[] {
  const locale =
    version >= 17 ? ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : ["--locale=C.UTF-8"];
  const access = [`--username=${superuser}`, "--auth=scram-sha-256", "--no-instructions"];
  return [...access, "--encoding=UTF8", ...locale, ...(isDurable ? [] : ["--no-sync"])];
}

function refuseForeignVersion(data: string, version: number): void {
  const stored = readOrExplain(join(data, "PG_VERSION")).trim();
  if (String(version) === stored) return;
  throw new EmbeddedDatabaseError(
    `${data} was made by PostgreSQL ${stored}, and this is PostgreSQL ${String(version)}. Move the folder away to begin anew, or serve it with PostgreSQL ${stored} and set DATABASE_URL.`,
  );
}

function readOrExplain(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `The database file ${file} cannot be read (${systemCode(cause) ?? "unknown reason"}). Run as the user who made it, or set DATA_DIR to another folder, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** PostgreSQL itself would take any living process with the number of a dead server for that server. */
function refuseSecondServer(data: string): void {
  const lock = join(data, "postmaster.pid");
  if (!existsSync(lock)) return;
  const pid = Number(readOrExplain(lock).split("\n")[0]);
  if (isServerOf(data, pid)) {
    throw new EmbeddedDatabaseError(
      `${data} is in use by another running gateway (PostgreSQL process ${String(pid)}). Stop that one first, or set DATA_DIR to another folder, or set DATABASE_URL.`,
    );
  }
  rmSync(lock, { force: true });
}

/** A server works in its data folder. Where the system does not tell (no /proc), any living process counts as the server. */
function isServerOf(data: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`) === realpathSync(data);
  } catch (error) {
    if (systemCode(error) === "EACCES") return readFileSync(`/proc/${String(pid)}/comm`, "utf8").trim() === "postgres";
    return isAlive(pid);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}
