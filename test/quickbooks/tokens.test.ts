import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { createLog } from "../../src/foundation/log.js";
import { ReconnectNeeded, RetryLater, RunStopped } from "../../src/quickbooks/errors.js";
import { GrantRefused, type OAuth, type Tokens } from "../../src/quickbooks/oauth.js";
import { createTokenStore, type TokenStore, type TokenStoreOptions } from "../../src/quickbooks/tokens.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const hour = 60 * 60 * 1000;
const keyRing = createKeyRing([{ id: "k1", key: new Uint8Array(32).fill(7) }]);
const lines: string[] = [];
const log = createLog({ level: "debug", destination: { write: (line: string) => lines.push(line) } });

let fresh: FreshDatabase;
let database: Database;
let now: Date;
let issued: number;
let asked: string[];
let connectionId: string;

const clock = { now: () => now };

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log, poolSize: 30 });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

beforeEach(async () => {
  now = new Date("2026-11-22T10:00:00Z");
  issued = 0;
  asked = [];
  connectionId = randomUUID();
  await database.pool.query(
    `INSERT INTO connections (id, organization_id, environment, realm_id, realm_lookup, status, entities, connected_at, created_at)
     VALUES ($1, $2, 'SIMULATOR', 'sealed', $3, 'CONNECTED', '{}', now(), now())`,
    [connectionId, randomUUID(), randomUUID()],
  );
  await database.transaction((tx) => createStore().store(tx, connectionId, nextTokens()));
});

function nextTokens(): Tokens {
  issued++;
  return {
    accessToken: `secret-access-${issued}`,
    refreshToken: `secret-refresh-${issued}`,
    accessTokenExpiresAt: new Date(now.getTime() + hour),
    refreshTokenExpiresAt: new Date(now.getTime() + 100 * 24 * hour),
    refreshTokenEndsAt: undefined,
  };
}

/** Refuses every refresh token but the latest, as Intuit does in its harshest mode. */
const rotating: Pick<OAuth, "refresh"> = {
  refresh(refreshToken) {
    asked.push(refreshToken);
    if (refreshToken !== `secret-refresh-${issued}`) return Promise.reject(new GrantRefused("invalid_grant"));
    return Promise.resolve(nextTokens());
  },
};

/** Each store stands for a process: they share nothing but the database. */
function createStore(options: Partial<TokenStoreOptions> = {}): TokenStore {
  return createTokenStore({ database, keyRing, oauth: rotating, clock, log, ...options });
}

async function status(): Promise<string> {
  const { rows } = await database.pool.query<{ status: string }>("SELECT status FROM connections WHERE id = $1", [
    connectionId,
  ]);
  return rows[0]?.status ?? "";
}

test("a token that still serves is given without asking Intuit", async () => {
  const store = createStore();
  expect((await store.accessToken(connectionId)).token).toBe("secret-access-1");
  now = new Date(now.getTime() + 54 * 60 * 1000);
  expect((await store.accessToken(connectionId)).token).toBe("secret-access-1");
  expect(asked).toEqual([]);
});

test("twenty callers in two processes at expiry cause one refresh, however slow its answer", async () => {
  const slow: Pick<OAuth, "refresh"> = {
    async refresh(refreshToken) {
      const answer = rotating.refresh(refreshToken);
      await waitForBlocked();
      return answer;
    },
  };
  const stores = [createStore({ oauth: slow }), createStore({ oauth: slow })];
  now = new Date(now.getTime() + 56 * 60 * 1000);
  const tokens = await Promise.all(
    stores.flatMap((store) => Array.from({ length: 10 }, () => store.accessToken(connectionId))),
  );
  expect(asked).toEqual(["secret-refresh-1"]);
  expect(new Set(tokens.map(({ token }) => token))).toEqual(new Set(["secret-access-2"]));
});

/** Until the other process waits for the row. */
async function waitForBlocked(): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    if (rows.length > 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a rotated token is stored before it is used", async () => {
  const store = createStore();
  now = new Date(now.getTime() + hour);
  const { token } = await store.accessToken(connectionId);
  expect((await createStore().accessToken(connectionId)).token).toBe(token);
  expect(asked).toHaveLength(1);
});

test("a refused token is refreshed once for all who were refused with it", async () => {
  const stores = [createStore(), createStore()];
  const before = await Promise.all(stores.map((store) => store.accessToken(connectionId)));
  const after = await Promise.all(
    stores.flatMap((store) =>
      before.map(({ generation }) => store.accessToken(connectionId, { staleGeneration: generation })),
    ),
  );
  expect(asked).toHaveLength(1);
  expect(new Set(after.map(({ token }) => token))).toEqual(new Set(["secret-access-2"]));
});

test("a caller refused with a token never gets that token from a flight it joins", async () => {
  const store = createStore();
  const loading = store.accessToken(connectionId);
  const refused = store.accessToken(connectionId, { staleGeneration: 1 });
  expect((await loading).generation).toBe(1);
  expect((await refused).generation).toBe(2);
});

test("invalid_grant reads the store once more, and takes what another process rotated meanwhile", async () => {
  const overtaken: Pick<OAuth, "refresh"> = {
    async refresh(refreshToken) {
      // Another process got past the lock, as after a failover of the database.
      await overtake();
      return rotating.refresh(refreshToken);
    },
  };
  now = new Date(now.getTime() + hour);
  const releasing = { ...database, transaction: withoutLock };
  const { token } = await createStore({ oauth: overtaken, database: releasing }).accessToken(connectionId);
  expect(token).toBe("secret-access-2");
  expect(await status()).toBe("CONNECTED");
});

async function overtake(): Promise<void> {
  await createStore().accessToken(connectionId);
}

/** A transaction whose locks end with each statement. */
async function withoutLock<T>(work: Parameters<typeof database.transaction<T>>[0]): Promise<T> {
  const client = await database.pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

test("a refresh that Intuit refuses for good asks for a new authorization, and tells of it once, the audit too", async () => {
  const told: unknown[] = [];
  const dead: Pick<OAuth, "refresh"> = {
    refresh: (token) => {
      asked.push(token);
      return Promise.reject(new GrantRefused("invalid_grant", { intuitTid: "tid-1" }));
    },
  };
  const store = createStore({
    oauth: dead,
    onReauthorizationRequired: (_tx, connection) => {
      told.push(connection.id);
      return Promise.resolve();
    },
  });
  now = new Date(now.getTime() + hour);
  const refused = await Promise.allSettled([store.accessToken(connectionId), store.accessToken(connectionId)]);
  expect(refused.map((result) => result.status === "rejected" && result.reason instanceof ReconnectNeeded)).toEqual([
    true,
    true,
  ]);
  expect(await status()).toBe("REAUTHORIZATION_REQUIRED");
  expect(told).toEqual([connectionId]);
  expect(await database.prisma.auditEntry.findMany({ where: { subjectId: connectionId } })).toMatchObject([
    { action: "connection.loseAuthorization", actorKind: "SYSTEM", after: { status: "REAUTHORIZATION_REQUIRED" } },
  ]);
  await expect(store.accessToken(connectionId)).rejects.toThrow(ReconnectNeeded);
  expect(asked).toHaveLength(1);
});

test("a status change that cannot be told of is not made", async () => {
  const store = createStore({ onReauthorizationRequired: () => Promise.reject(new Error("no stream")) });
  const mark = store.markReauthorizationRequired(connectionId, { reason: "3100", generation: 1 });
  await expect(mark).rejects.toThrow("no stream");
  expect(await status()).toBe("CONNECTED");
});

test("a refusal of old tokens does not end a newer authorization", async () => {
  const store = createStore();
  await database.transaction((tx) => store.store(tx, connectionId, nextTokens()));
  await store.markReauthorizationRequired(connectionId, { reason: "3100", generation: 1 });
  expect(await status()).toBe("CONNECTED");
});

test("a refresh that fails for now leaves the stored tokens as they are", async () => {
  const failing = { refresh: () => Promise.reject(new RetryLater("503")) };
  now = new Date(now.getTime() + hour);
  await expect(createStore({ oauth: failing }).accessToken(connectionId)).rejects.toThrow(RetryLater);
  expect(await status()).toBe("CONNECTED");
  expect((await createStore().accessToken(connectionId)).token).toBe("secret-access-2");
});

test("a rotated token outlives a commit that fails", async () => {
  let commits = 0;
  const failingCommit: Database["transaction"] = (work) =>
    database.transaction(async (tx) => {
      await work(tx);
      commits++;
      throw new Error("the connection was lost");
    });
  now = new Date(now.getTime() + hour);
  const store = createStore({ database: { ...database, transaction: failingCommit } });
  expect((await store.accessToken(connectionId)).token).toBe("secret-access-2");
  expect(commits).toBe(1);
  expect((await createStore().accessToken(connectionId)).token).toBe("secret-access-2");
});

test("a process that dies between Intuit's answer and the commit leaves the connection usable where the old token still serves", async () => {
  const lenient: Pick<OAuth, "refresh"> = {
    refresh(refreshToken) {
      asked.push(refreshToken);
      return Promise.resolve(nextTokens());
    },
  };
  now = new Date(now.getTime() + hour);
  await dieBeforeCommit(createStore({ oauth: lenient, database: { ...database, transaction: dyingBeforeCommit } }));
  expect((await createStore({ oauth: lenient }).accessToken(connectionId)).token).toBe("secret-access-3");
  expect(asked).toEqual(["secret-refresh-1", "secret-refresh-1"]);
});

test("a process that dies between Intuit's answer and the commit costs a new authorization at most, never the connection", async () => {
  now = new Date(now.getTime() + hour);
  await dieBeforeCommit(createStore({ database: { ...database, transaction: dyingBeforeCommit } }));
  await expect(createStore().accessToken(connectionId)).rejects.toThrow(ReconnectNeeded);
  expect(await status()).toBe("REAUTHORIZATION_REQUIRED");
  const { rows } = await database.pool.query("SELECT FROM quickbooks_tokens WHERE connection_id = $1", [connectionId]);
  expect(rows).toHaveLength(1);
});

let died: () => void;

/** What is left when a process is killed: its database session ends without a commit, and nothing of it goes on. */
const dyingBeforeCommit: Database["transaction"] = async (work) => {
  const client = await database.pool.connect();
  await client.query("BEGIN");
  await work(client);
  client.release(true);
  died();
  return new Promise(() => undefined);
};

async function dieBeforeCommit(store: TokenStore): Promise<void> {
  const death = new Promise<void>((resolve) => {
    died = resolve;
  });
  await Promise.race([death, store.accessToken(connectionId)]);
}

test("forgotten tokens are handed out for revoking and are gone", async () => {
  const store = createStore();
  await store.accessToken(connectionId);
  expect(await database.transaction((tx) => store.forget(tx, connectionId))).toBe("secret-refresh-1");
  await expect(store.accessToken(connectionId)).rejects.toThrow(RunStopped);
});

test("tokens are stored encrypted, and no log line holds one", async () => {
  const { rows } = await database.pool.query("SELECT * FROM quickbooks_tokens");
  expect(JSON.stringify(rows)).not.toContain("secret-");
  expect(lines.join("")).not.toContain("secret-");
});
