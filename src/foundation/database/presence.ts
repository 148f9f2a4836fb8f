import { randomBytes } from "node:crypto";
import { Client } from "pg";

/**
 * A session that holds an advisory lock for as long as its process lives, by which others see at once when it is gone: what it has
 * claimed is then free (decision 5).
 */
export class Presence {
  /** The key of the lock, and the owner of whatever is claimed under it. */
  readonly owner = randomBytes(8).readBigUInt64BE() >> 2n;
  readonly #url: string;
  /** Opened once for whoever asks first; again after it was lost. */
  #session: Promise<Client> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Before anything is claimed. */
  async hold(): Promise<void> {
    if (this.#session === undefined) {
      const session = openSession(this.#url, this.owner, () => {
        if (this.#session === session) this.#session = undefined;
      });
      this.#session = session;
    }
    await this.#session;
  }

  async end(): Promise<void> {
    await (await this.#session)?.end();
  }
}

/** SQL: the owners whose sessions live. */
export const presentOwners = `
  SELECT (l.classid::bigint << 32) | l.objid::bigint FROM pg_locks l
  JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() WHERE l.locktype = 'advisory' AND l.objsubid = 1`;

async function openSession(connectionString: string, owner: bigint, onLost: () => void): Promise<Client> {
  const session = new Client({ connectionString });
  session.on("error", onLost);
  session.on("end", onLost);
  try {
    await session.connect();
    await session.query("SELECT pg_advisory_lock($1)", [owner.toString()]);
    return session;
  } catch (error) {
    onLost();
    throw error;
  }
}
