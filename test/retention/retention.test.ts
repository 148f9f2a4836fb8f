import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { systemClock } from "../../src/foundation/clock.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { createStreams, type StreamEvent, type Streams } from "../../src/foundation/streams.js";
import { createRetention, removeOld, type Removed } from "../../src/sync/retention.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const log = createLog({ level: "silent" });
let fresh: FreshDatabase;
let database: Database;
let streams: Streams;
let connectionId: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log });
  streams = createStreams({ database, log });
  await streams.start();
});

beforeEach(async () => {
  connectionId = randomUUID();
  await sweep();
});

afterAll(async () => {
  await streams.stop();
  await database.close();
  await fresh.drop();
});

const sweep = (now = new Date()): Promise<Removed> => removeOld(database, now, new AbortController().signal);
const ago = (age: string): string => `now() - interval '${age}'`;

/** A run with a page, a range, a named record and one entity, and its last event. */
async function newRun(endedAgo: string | undefined, trigger = "MANUAL"): Promise<string> {
  const id = randomUUID();
  const { pool } = database;
  const at = endedAgo === undefined ? "NULL" : ago(endedAgo);
  await pool.query(
    `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at, finished_at)
     VALUES ($1, $2, 1, 'FULL', $3, $4, '{Item}', ${ago("500 days")}, ${at})`,
    [id, connectionId, trigger, endedAgo === undefined ? "QUEUED" : "SUCCEEDED"],
  );
  await pool.query("INSERT INTO sync_run_entities (run_id, entity, position, phase) VALUES ($1, 'Item', 0, 'DONE')", [
    id,
  ]);
  await pool.query(
    "INSERT INTO sync_pages (run_id, entity, range, statement, ids, committed_at) VALUES ($1, 'Item', 0, 'SELECT', '{1,2}', now())",
    [id],
  );
  await pool.query("INSERT INTO sync_ranges (run_id, entity, number, property) VALUES ($1, 'Item', 0, 'CREATE_TIME')", [
    id,
  ]);
  await pool.query("INSERT INTO sync_run_records (run_id, entity, quickbooks_id) VALUES ($1, 'Item', '1')", [id]);
  await append(`run:${id}`, 2);
  return id;
}

async function append(stream: string, count: number, writtenAgo = "0 s"): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await database.transaction((client) => streams.append(client, stream, "CHANGED", index));
  await database.pool.query(
    `UPDATE stream_events SET occurred_at = ${ago(writtenAgo)} WHERE stream = $1 AND number >
       (SELECT last_number FROM event_streams WHERE name = $1) - $2`,
    [stream, count],
  );
}

const count = async (table: string, where: string, value: string): Promise<number> => {
  const { rows } = await database.pool.query<{ rows: number }>(
    `SELECT count(*)::integer AS rows FROM ${table} WHERE ${where} = $1`,
    [value],
  );
  return rows[0]?.rows ?? 0;
};

/** What is left of a run, table by table. */
const leftOf = async (id: string): Promise<readonly number[]> => [
  await count("quickbooks_syncs", "id", id),
  await count("sync_run_entities", "run_id", id),
  await count("sync_pages", "run_id", id),
  await count("sync_ranges", "run_id", id),
  await count("sync_run_records", "run_id", id),
  await count("stream_events", "stream", `run:${id}`),
];

/** What a follower with this position is sent up to the end, which is told last. */
async function caughtUp(stream: string, after: bigint): Promise<readonly string[]> {
  await database.transaction((client) => streams.append(client, stream, "END", null));
  return all(follow(stream, after));
}

const follow = (stream: string, after: bigint): AsyncGenerator<StreamEvent, void, undefined> =>
  streams.follow({
    stream,
    after,
    snapshot: () => Promise.resolve(null),
    isLast: ({ kind }) => kind === "END",
    signal: new AbortController().signal,
  });

async function all(events: AsyncIterable<StreamEvent>): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const { kind, number } of events) seen.push(kind === "RESYNC_REQUIRED" ? kind : `${kind} ${number}`);
  return seen;
}

test("the checkpoints of a run go a day after its end, its events a week after, and an open run keeps all of it", async () => {
  const runs = [await newRun(undefined), await newRun("1 hour"), await newRun("2 days"), await newRun("8 days")];
  await sweep();
  expect(await Promise.all(runs.map(leftOf))).toEqual([
    [1, 1, 1, 1, 1, 2],
    [1, 1, 1, 1, 1, 2],
    [1, 1, 0, 0, 0, 2],
    [1, 1, 0, 0, 0, 0],
  ]);
});

test("runs are history for 400 days, those that applied notices for 90, and whatever a failure or a mirror refers to stays", async () => {
  const gone = [await newRun("401 days"), await newRun("91 days", "WEBHOOK")];
  const kept = [
    await newRun("399 days"),
    await newRun("89 days", "WEBHOOK"),
    await newRun("500 days"),
    await newRun("500 days"),
  ];
  await database.pool.query(
    `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, code, reason, status, first_seen_at, last_seen_at)
     VALUES (gen_random_uuid(), $1, 1, $2, 'Item', '7', 'INVALID_RECORD', 'torn', 'OPEN', now(), now())`,
    [connectionId, kept[2]],
  );
  await database.pool.query(
    "INSERT INTO mirror_status (connection_id, entity, epoch, verified_by) VALUES ($1, 'Item', 1, $2)",
    [connectionId, kept[3]],
  );
  await sweep();
  for (const id of gone) expect(await leftOf(id)).toEqual([0, 0, 0, 0, 0, 0]);
  for (const id of kept) expect((await leftOf(id)).slice(0, 2)).toEqual([1, 1]);
});

test("a follower whose position is older than what is kept is told so, and one that is not misses nothing", async () => {
  const stream = `connections:${randomUUID()}`;
  await append(stream, 5, "8 days");
  await append(stream, 2);
  expect(await sweep()).toEqual({ stream_events: 5 });
  expect(await caughtUp(stream, 4n)).toEqual(["RESYNC_REQUIRED"]);
  expect(await all(follow(stream, 5n))).toEqual(["CHANGED 6", "CHANGED 7", "END 8"]);
});

test("a stream keeps its last event and goes on counting, however old all of it is", async () => {
  const stream = `changes:${connectionId}`;
  await append(stream, 3, "30 days");
  await sweep();
  expect(await count("stream_events", "stream", stream)).toBe(1);
  expect(await caughtUp(stream, 2n)).toEqual(["CHANGED 3", "END 4"]);
});

test("a follower whose run's stream is gone is told to begin anew", async () => {
  const stream = `run:${await newRun("8 days")}`;
  await sweep();
  expect(await all(follow(stream, 1n))).toEqual(["RESYNC_REQUIRED"]);
});

test("a follower that reads on while what it was about to read is removed is told so, and sees no gap", async () => {
  const stream = `connections:${randomUUID()}`;
  await append(stream, 1_100, "8 days");
  const events = follow(stream, 0n);
  const first = await events.next();
  expect(first.value).toMatchObject({ number: 1n });
  await sweep();
  const rest = await all(events);
  expect(rest.at(-1)).toBe("RESYNC_REQUIRED");
  expect(rest.slice(0, -1)).toEqual(Array.from({ length: rest.length - 1 }, (_, index) => `CHANGED ${index + 2}`));
});

const notices = (status: string, number: number, receivedAgo: string): Promise<unknown> =>
  database.pool.query(
    `INSERT INTO quickbooks_webhook_events (id, environment, connection_id, type, operation, received_at, status, next_attempt_at, payload)
     SELECT gen_random_uuid(), 'SIMULATOR', $1, 'Item', 'UPDATE', ${ago(receivedAgo)}, $2, now(), '{}' FROM generate_series(1, $3)`,
    [connectionId, status, number],
  );

test("notices go 90 days after they came, but those that still wait for something or somebody stay", async () => {
  for (const status of ["DONE", "IGNORED", "UNREADABLE", "PENDING", "CLAIMED", "FAILED", "PARKED"]) {
    await notices(status, 1, "91 days");
    await notices(status, 1, "89 days");
  }
  expect(await sweep()).toEqual({ quickbooks_webhook_events: 3 });
  expect(await count("quickbooks_webhook_events", "connection_id", connectionId)).toBe(11);
  await database.pool.query("DELETE FROM quickbooks_webhook_events");
});

test("several processes that sweep at once remove everything once", async () => {
  await notices("DONE", 3_500, "91 days");
  const removed = await Promise.all([sweep(), sweep(), sweep()]);
  const total = removed.reduce((sum, each) => sum + (each["quickbooks_webhook_events"] ?? 0), 0);
  expect(total).toBe(3_500);
});

test("a sweep does not wait for a row that somebody has in hand", async () => {
  await notices("DONE", 2, "91 days");
  await database.transaction(async (client) => {
    await client.query("SELECT 1 FROM quickbooks_webhook_events ORDER BY id LIMIT 1 FOR UPDATE");
    expect(await sweep()).toEqual({ quickbooks_webhook_events: 1 });
  });
  expect(await sweep()).toEqual({ quickbooks_webhook_events: 1 });
});

test("idempotency keys hold for 24 hours, attempts to connect until they expire, differences for a week or while a mirror's status shows them", async () => {
  const { pool } = database;
  const [verified, old, recent] = [await newRun("8 days"), await newRun("8 days"), await newRun("6 days")];
  for (const [key, age] of [
    ["old", "25 hours"],
    ["new", "23 hours"],
  ] as const)
    await pool.query(
      `INSERT INTO idempotency_keys (organization_id, operation, key, request_hash, subject_id, created_at)
       VALUES ($1, 'startSync', $2, '', '', ${ago(age)})`,
      [connectionId, key],
    );
  for (const [state, age] of [
    ["old", "1 s"],
    ["new", "-60 s"],
  ] as const)
    await pool.query(
      `INSERT INTO connect_attempts (id, organization_id, member_id, environment, return_to, state_hash, expires_at, created_at)
       VALUES (gen_random_uuid(), $1, $1, 'SIMULATOR', '/', $2, ${ago(age)}, now())`,
      [connectionId, state],
    );
  await pool.query("INSERT INTO mirror_status (connection_id, entity, epoch, verified_by) VALUES ($1, 'Item', 1, $2)", [
    connectionId,
    verified,
  ]);
  for (const run of [verified, old, recent])
    await pool.query(
      "INSERT INTO mirror_drift (run_id, connection_id, entity, quickbooks_id, kind) VALUES ($1, $2, 'Item', '1', 'EXTRA')",
      [run, connectionId],
    );
  expect(await sweep()).toMatchObject({ idempotency_keys: 1, connect_attempts: 1, mirror_drift: 1 });
  const left = await pool.query("SELECT key FROM idempotency_keys UNION ALL SELECT state_hash FROM connect_attempts");
  expect(left.rows).toEqual([{ key: "new" }, { key: "new" }]);
  expect(await count("mirror_drift", "run_id", old)).toBe(0);
});

test("exports go when they have ended", async () => {
  const { pool } = database;
  for (const [format, age] of [
    ["CSV", "1 s"],
    ["NDJSON", "-60 s"],
  ] as const)
    await pool.query(
      `INSERT INTO data_exports (id, organization_id, entities, format, requested_by, created_at, expires_at)
       VALUES (gen_random_uuid(), $1, '{}', $2, '{}', now(), ${ago(age)})`,
      [connectionId, format],
    );
  expect(await sweep()).toEqual({ data_exports: 1 });
  expect((await pool.query("SELECT format FROM data_exports")).rows).toEqual([{ format: "NDJSON" }]);
});

test("a sweep that fails is logged and rejects nobody, and one that is stopped ends", async () => {
  const failures: unknown[] = [];
  const failing = createLog({ level: "silent" });
  const retention = createRetention({
    database: { ...database, pool: new Proxy(database.pool, { get: () => () => Promise.reject(new Error("gone")) }) },
    clock: systemClock,
    log: Object.assign(failing, { error: (...told: unknown[]) => void failures.push(told) }),
  });
  await retention.sweep();
  expect(failures).toEqual([[{ err: new Error("gone") }, expect.stringContaining("tries again")]]);
  const stopped = createRetention({ database, clock: systemClock, log });
  await notices("DONE", 1, "91 days");
  await stopped.stop();
  await stopped.sweep();
  expect(await sweep()).toEqual({ quickbooks_webhook_events: 1 });
});

test("alerts go 400 days after their end, and what is open stays", async () => {
  const alert = async (recovered: string | null) => {
    const { rows } = await database.pool.query<{ id: string }>(
      `INSERT INTO alerts (id, organization_id, connection_id, kind, status, message, opened_at, recovered_at)
       VALUES (gen_random_uuid(), $1, $1, 'QUOTA', $2, '', ${ago("500 days")}, ${recovered === null ? "NULL" : ago(recovered)}) RETURNING id`,
      [connectionId, recovered === null ? "OPEN" : "RECOVERED"],
    );
    return rows[0]?.id ?? "";
  };
  const [gone, ...kept] = [await alert("401 days"), await alert("399 days"), await alert(null)];
  expect(await sweep()).toMatchObject({ alerts: 1 });
  expect(await count("alerts", "id", gone)).toBe(0);
  expect(await Promise.all(kept.map((id) => count("alerts", "id", id)))).toEqual([1, 1]);
});

test("a budget that is full again is forgotten, and no other", async () => {
  const [full, spent] = [randomUUID(), randomUUID()];
  await database.pool.query(
    `INSERT INTO query_budgets (holder, full_at) VALUES ($1, ${ago("1 second")}), ($2, now() + interval '1 minute')`,
    [full, spent],
  );
  expect(await sweep()).toEqual({ query_budgets: 1 });
  expect([await count("query_budgets", "holder", full), await count("query_budgets", "holder", spent)]).toEqual([0, 1]);
});

const keep = async (retention: object): Promise<void> => {
  await database.pool.query(
    `INSERT INTO connections (id, organization_id, environment, realm_id, realm_lookup, status, entities, connected_at, created_at, retention)
     VALUES ($1::uuid, $1::uuid, 'SIMULATOR', '', $1::uuid::text, 'CONNECTED', '{}', now(), now(), $2)`,
    [connectionId, JSON.stringify(retention)],
  );
};

test("versions of records are kept for as many days as their connection says, and for good where it says nothing", async () => {
  const version = (closedAgo: string, connection = connectionId) =>
    database.pool.query(
      `INSERT INTO record_versions (connection_id, entity, record_id, version, valid_from, valid_to, row, children)
       VALUES ($1, 'Item', gen_random_uuid(), 1, ${ago("900 days")}, ${ago(closedAgo)}, '{}', '{}')`,
      [connection],
    );
  const other = randomUUID();
  await keep({ versionDays: 30 });
  for (const closedAgo of ["29 days", "31 days", "800 days"]) await version(closedAgo);
  await version("800 days", other);
  await sweep();
  expect(await count("record_versions", "connection_id", connectionId)).toBe(1);
  expect(await count("record_versions", "connection_id", other)).toBe(1);
});

test("failures that are settled go after as many days as their connection says, and open ones never", async () => {
  await keep({ failureDays: 30 });
  for (const [status, seenAgo] of [
    ["OPEN", "400 days"],
    ["RESOLVED", "31 days"],
    ["DISMISSED", "31 days"],
    ["RESOLVED", "29 days"],
  ] as const) {
    await database.pool.query(
      `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, code, reason, status, first_seen_at, last_seen_at)
       VALUES (gen_random_uuid(), $1, 1, $1, 'Item', gen_random_uuid(), 'INVALID', '', $2, now(), ${ago(seenAgo)})`,
      [connectionId, status],
    );
  }
  await sweep();
  expect(await count("record_failures", "connection_id", connectionId)).toBe(2);
});

test("notices that are done with go after as many days as their connection says, and those that wait never", async () => {
  await keep({ noticeDays: 10 });
  for (const [status, receivedAgo] of [
    ["DONE", "11 days"],
    ["DONE", "9 days"],
    ["PARKED", "11 days"],
  ] as const) {
    await database.pool.query(
      `INSERT INTO quickbooks_webhook_events (id, environment, connection_id, type, operation, received_at, status, next_attempt_at, payload)
       VALUES (gen_random_uuid(), 'SIMULATOR', $1, 'Item', 'UPDATE', ${ago(receivedAgo)}, $2, now(), '{}')`,
      [connectionId, status],
    );
  }
  await sweep();
  expect(await count("quickbooks_webhook_events", "connection_id", connectionId)).toBe(2);
});

test("a change feed that is limited says how far back it reaches before it loses anything, and keeps its last change", async () => {
  await keep({ changeDays: 30 });
  const tell = (changes: number) =>
    database.pool.query("SELECT append_changes($1, 'Item', $2)", [
      connectionId,
      JSON.stringify(Array.from({ length: changes }, () => ({ recordId: randomUUID(), kind: "UPDATED", version: 2 }))),
    ]);
  await tell(3);
  await database.pool.query(`UPDATE entity_changes SET occurred_at = ${ago("31 days")} WHERE connection_id = $1`, [
    connectionId,
  ]);
  await sweep();
  expect(await count("entity_changes", "connection_id", connectionId)).toBe(1);
  const numbers = () =>
    database.prisma.eventStream.findUniqueOrThrow({ where: { name: `change-numbers:${connectionId}` } });
  expect(await numbers()).toMatchObject({ floor: 2n, lastNumber: 3n });
  await tell(2);
  await sweep();
  expect(await count("entity_changes", "connection_id", connectionId)).toBe(2);
  expect(await numbers()).toMatchObject({ floor: 3n, lastNumber: 5n });
});
