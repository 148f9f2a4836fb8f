import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { EmbeddedDatabaseError, systemCode } from "./embedded-error.js";

/** The operating system's user that the server runs as; empty where it is our own. PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

const outside = "/var/lib/quickbooks-graphql-gateway";

export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, name], { encoding: "utf8" }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new EmbeddedDatabaseError(
    "PostgreSQL cannot run as root, and this machine has no user named postgres or nobody. Run as an ordinary user, or set DATABASE_URL.",
  );
}

/** The wanted folder, or one outside it where the server's user may not enter (a project under root's private home). */
export function enterableFolder(folder: string, user: ServerUser): string {
  makeFolder(folder, user);
  if (canRun("/bin/sh", ["-c", 'cd "$0"', folder], user)) return folder;
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  const substitute = join(outside, name);
  makeFolder(substitute, user);
  return substitute;
}

export function makeFolder(folder: string, user: ServerUser): void {
  try {
    mkdirSync(folder, { recursive: true });
    giveTo(user, folder);
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `The database folder ${folder} cannot be written (${systemCode(cause) ?? "unknown reason"}). Let this user write to it, or set DATA_DIR to another folder, or set DATABASE_URL.`,
      { cause },
    );
  }
}

export function giveTo({ uid, gid }: ServerUser, path: string): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

export function canRun(command: string, args: readonly string[], user: ServerUser): boolean {
  if (process.platform === "win32" && command === "/bin/sh") return true;
  return spawnSync(command, args, { ...user, cwd: "/", stdio: "ignore" }).status === 0;
}
