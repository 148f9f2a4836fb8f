import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { createStreams, type FollowOptions, type StreamEvent, type Streams } from "../../src/foundation/streams.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const log = createLog({ level: "silent" });
let fresh: FreshDatabase;
let database: Database;
let streams: Streams;
let stream: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log });
  streams = createStreams({ database, log, queueLength: 50 });
  await streams.start();
});

beforeEach(() => {
  stream = randomUUID();
});

afterAll(async () => {
  await streams.stop();
  await database.close();
  await fresh.drop();
});

const append = (kind: string, data: unknown = null): Promise<bigint> =>
  database.transaction((client) => streams.append(client, stream, kind, data));

function follow(options: Partial<FollowOptions> = {}): AsyncGenerator<StreamEvent, void, undefined> {
  return streams.follow({
    stream,
    snapshot: () => Promise.resolve("the state"),
    isLast: ({ kind }) => kind === "END",
    signal: new AbortController().signal,
    ...options,
  });
}

async function all(events: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const seen: StreamEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

const numbers = (events: readonly StreamEvent[]): number[] => events.map(({ number }) => Number(number));

test("a follower gets a snapshot, then every event, then the end", async () => {
  await append("BEFORE");
  const events = follow();
  const snapshot = await events.next();
  expect(snapshot.value).toMatchObject({ kind: "SNAPSHOT", number: 1n, data: "the state" });
  await append("PROGRESS", { read: 1 });
  await append("END");
  expect((await all(events)).map(({ kind }) => kind)).toEqual(["PROGRESS", "END"]);
});

test("whoever comes back with a position gets exactly what followed it", async () => {
  for (let count = 0; count < 5; count++) await append("PROGRESS", { count });
  const events = follow({ after: 2n });
  const first = await events.next();
  await append("END");
  expect(numbers([...(first.value ? [first.value] : []), ...(await all(events))])).toEqual([3, 4, 5, 6]);
});

test("whoever comes back after the end is told that nothing follows", async () => {
  await append("END");
  const events = follow({ after: 1n, isLast: ({ kind }) => kind === "END" || kind === "SNAPSHOT" });
  expect(await all(events)).toEqual([]);
});

test("a position that the stream never reached, or no longer holds, asks for a new start", async () => {
  await append("PROGRESS");
  expect((await all(follow({ after: 7n }))).map(({ kind }) => kind)).toEqual(["RESYNC_REQUIRED"]);
  await database.pool.query("UPDATE event_streams SET floor = 1 WHERE name = $1", [stream]);
  expect((await all(follow({ after: 0n }))).map(({ kind }) => kind)).toEqual(["RESYNC_REQUIRED"]);
});

test("events written while followers join are neither lost nor doubled", async () => {
  const writing = (async () => {
    for (let count = 0; count < 150; count++) await append("PROGRESS", { count });
    await append("END");
  })();
  const followers = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      await new Promise((resolve) => setImmediate(resolve));
      return all(index % 2 === 0 ? follow() : follow({ after: 0n }));
    }),
  );
  await writing;
  for (const events of followers) {
    const seen = numbers(events[0]?.kind === "SNAPSHOT" ? events.slice(1) : events);
    const first = events[0]?.kind === "SNAPSHOT" ? Number(events[0].number) + 1 : 1;
    expect(seen).toEqual(Array.from({ length: 151 - first + 1 }, (_, index) => first + index));
  }
});

test("of two transactions, the one that commits later has the higher number", async () => {
  const order: string[] = [];
  let second: Promise<void> | undefined;
  await database.transaction(async (client) => {
    await streams.append(client, stream, "FIRST", null);
    second = append("SECOND").then(() => void order.push("second"));
    await client.query("SELECT pg_sleep(0.05)");
    order.push("first");
  });
  await second;
  expect(order).toEqual(["first", "second"]);
  expect((await all(follow({ after: 0n, isLast: ({ kind }) => kind === "SECOND" }))).map(({ kind }) => kind)).toEqual([
    "FIRST",
    "SECOND",
  ]);
});

test("a transaction that rolls back tells nothing", async () => {
  const failing = database.transaction(async (client) => {
    await streams.append(client, stream, "NEVER", null);
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await append("END");
  expect((await all(follow({ after: 0n }))).map(({ kind }) => kind)).toEqual(["END"]);
});

test("a slow follower gets the newest progress, every other event, and harms nobody", async () => {
  const coalesce = ({ kind }: StreamEvent): string | undefined => (kind === "PROGRESS" ? kind : undefined);
  const slow = follow({ coalesce });
  await slow.next();
  const quick = all(follow({ after: 0n, coalesce }));
  for (let count = 1; count <= 200; count++) await append(count % 100 === 0 ? "FAILURE" : "PROGRESS", { count });
  await append("END");
  const last = (await quick).at(-1);
  expect(last?.kind).toBe("END");
  const seen = await all(slow);
  expect(seen.filter(({ kind }) => kind === "FAILURE")).toHaveLength(2);
  expect(numbers(seen)).toEqual([...numbers(seen)].sort((a, b) => a - b));
  expect(seen.at(-1)?.kind).toBe("END");
});

test("a follower that cannot keep up is told to start again", async () => {
  const slow = follow();
  await slow.next();
  for (let count = 0; count < 60; count++) await append("FAILURE", { count });
  await append("END");
  const rest = await all(follow({ after: 0n }));
  expect(rest).toHaveLength(61);
  expect((await all(slow)).map(({ kind }) => kind)).toEqual(["RESYNC_REQUIRED"]);
});

test("events are delivered after the listening connection was cut", async () => {
  const events = follow();
  await events.next();
  await database.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
  );
  await append("END");
  await streams.start();
  expect((await all(events)).map(({ kind }) => kind)).toEqual(["END"]);
});

test("a follower that leaves is forgotten", async () => {
  const abort = new AbortController();
  const events = follow({ signal: abort.signal });
  await events.next();
  const ending = events.next();
  abort.abort();
  expect(await ending).toEqual({ done: true, value: undefined });
});
