import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { runnableBinaries } from "./binaries.js";
import { openCluster, superuser } from "./cluster.js";
import { startServer } from "./server-process.js";
import { enterableFolder, serverUser } from "./server-user.js";

/** A PostgreSQL server owned by this process. It ends with the process, however the process ends. */
export interface EmbeddedDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that came with the gateway, keeping its data under `folder`, and leaves its address there for the operators'
 * command line. Throws EmbeddedDatabaseError naming the remedy: folder not writable, already in use, or made by another version. What need not
 * survive a loss of power starts and writes faster with `isDurable: false`.
 */
export async function startEmbeddedDatabase(folder: string, { isDurable = true } = {}): Promise<EmbeddedDatabase> {
  const place = resolve(folder);
  const user = serverUser();
  const home = enterableFolder(place, user);
  const binaries = runnableBinaries(home, user);
  const cluster = openCluster(home, binaries, user, isDurable);
  const server = await startServer(binaries.postgres, cluster, { user, isDurable });
  const url = `postgresql://${superuser}:${cluster.password}@127.0.0.1:${String(server.port)}/postgres`;
  writeAddress(place, url);
  return {
    url,
    async stop() {
      rmSync(addressFile(place), { force: true });
      await server.stop();
    },
  };
}

/** The address of the server that another process runs on `folder`; undefined where none answers. */
export async function runningEmbeddedDatabase(folder: string): Promise<string | undefined> {
  const file = addressFile(resolve(folder));
  if (!existsSync(file)) return undefined;
  const url = readFileSync(file, "utf8").trim();
  return (await answers(url)) ? url : undefined;
}

function addressFile(folder: string): string {
  return join(folder, "url");
}

/** It holds the password, so it is for its owner alone; written aside, so that nobody reads half of it. */
function writeAddress(folder: string, url: string): void {
  const draft = join(folder, `url-${String(process.pid)}`);
  writeFileSync(draft, `${url}\n`, { mode: 0o600 });
  renameSync(draft, addressFile(folder));
}

/** A gateway that was killed leaves its file behind, and any program may have its port by now. */
async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}
