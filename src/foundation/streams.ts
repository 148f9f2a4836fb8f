import { Client, type ClientBase, type PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "./database/database.js";
import type { Log } from "./log.js";
import { FollowerQueue } from "./streams-queue.js";

/** An event of a numbered, persisted stream. */
export interface StreamEvent {
  readonly number: bigint;
  readonly kind: string;
  readonly data: unknown;
  readonly occurredAt: Date;
}

/** The first event of a follower that gave no position: the state that all later events continue. */
export const snapshotKind = "SNAPSHOT";
/** The last event of a follower that cannot be told what it missed: it follows again, from a snapshot. */
export const resyncRequiredKind = "RESYNC_REQUIRED";

export interface FollowOptions {
  readonly stream: string;
  /** Send what follows this number. Without it, a snapshot comes first. */
  readonly after?: bigint;
  /** Reads the state within a transaction that sees no event after the snapshot's number. */
  readonly snapshot: (client: PoolClient) => Promise<unknown>;
  /** Nothing comes after such an event; the generator then ends by itself. */
  readonly isLast?: (event: StreamEvent) => boolean;
  /** Events with the same key may replace each other while they wait (absolute progress); undefined: always delivered. */
  readonly coalesce?: (event: StreamEvent) => string | undefined;
  readonly signal: AbortSignal;
}

export interface Streams {
  /** Appends within the caller's transaction; followers see it when that commits. Returns the event's number. */
  append(client: ClientBase, stream: string, kind: string, data: unknown): Promise<bigint>;
  /** A snapshot (or what follows `after`), then all that comes, in order, without a gap (I12). */
  follow(options: FollowOptions): AsyncGenerator<StreamEvent, void, undefined>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface StreamsOptions {
  readonly database: Database;
  readonly log: Log;
  /** Longest time between two looks at the streams that are followed, should a notification be lost. */
  readonly pollIntervalMs?: number;
  /** Events that may wait for one follower. */
  readonly queueLength?: number;
}

const channel = "stream_events";
const batchSize = 500;

/** A followed stream: how far it has been read for everybody, and for whom. */
interface Followed {
  readonly queues: Set<FollowerQueue>;
  readUpTo: bigint;
  reading: Promise<void> | undefined;
  again: boolean;
}

const eventRow = z.object({
  number: z.coerce.bigint(),
  kind: z.string(),
  data: z.unknown(),
  occurred_at: z.date(),
});
const positionRow = z.object({ last_number: z.coerce.bigint(), floor: z.coerce.bigint() });

/** PostgreSQL holds the events and wakes us; every process reads a stream once for all who follow it there. */
export function createStreams(options: StreamsOptions): Streams {
  return new PostgresStreams(options);
}

class PostgresStreams implements Streams {
  readonly #database: Database;
  readonly #log: Log;
  readonly #pollIntervalMs: number;
  readonly #queueLength: number;
  readonly #followed = new Map<string, Followed>();
  #listener: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor({ database, log, pollIntervalMs = 10_000, queueLength = 256 }: StreamsOptions) {
    this.#database = database;
    this.#log = log;
    this.#pollIntervalMs = pollIntervalMs;
    this.#queueLength = queueLength;
  }

  async append(client: ClientBase, stream: string, kind: string, data: unknown): Promise<bigint> {
    const { rows } = await client.query("SELECT append_event($1, $2, $3) AS number", [
      stream,
      kind,
      JSON.stringify(data),
    ]);
    return z.object({ number: z.coerce.bigint() }).parse(rows[0]).number;
  }

  async start(): Promise<void> {
    await this.#listen();
    this.#timer = setInterval(() => {
      void this.#listen();
      this.#readAll();
    }, this.#pollIntervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    for (const { queues } of this.#followed.values()) for (const queue of queues) queue.close();
    await Promise.all([...this.#followed.values()].map(({ reading }) => reading));
    await this.#listener?.end();
  }

  async *follow(options: FollowOptions): AsyncGenerator<StreamEvent, void, undefined> {
    const queue = new FollowerQueue(this.#queueLength, options.coalesce);
    const close = (): void => queue.close();
    options.signal.addEventListener("abort", close, { once: true });
    try {
      // Registered before the snapshot is read, so that nothing falls between the two.
      await this.#register(options.stream, queue);
      if (options.signal.aborted) return;
      for await (const event of this.#events(options, queue)) {
        yield event;
        if (event.kind === resyncRequiredKind || options.isLast?.(event) === true) return;
      }
    } finally {
      options.signal.removeEventListener("abort", close);
      this.#unregister(options.stream, queue);
    }
  }

  async *#events(options: FollowOptions, queue: FollowerQueue): AsyncGenerator<StreamEvent, void, undefined> {
    const start = await this.#snapshot(options);
    let position = start.number;
    if (options.after === undefined) {
      yield start;
    } else {
      if (options.after < start.floor || options.after > start.number) {
        yield { ...start, kind: resyncRequiredKind, data: null };
        return;
      }
      // Nothing to send, and nothing will come: the stream had ended before.
      if (options.after === start.number && options.isLast?.(start) === true) return;
      position = options.after;
      for (let batch; (batch = await this.#read(options.stream, position)).length > 0;) {
        for (const event of batch) yield event;
        position = batch.at(-1)?.number ?? position;
      }
    }
    for await (const event of queue) if (event.number > position) yield event;
    if (queue.hasOverflowed) yield { ...start, number: position, kind: resyncRequiredKind, data: null };
  }

  /** The state and the number of the last event in it, as one moment of the database. */
  async #snapshot({ stream, snapshot }: FollowOptions): Promise<StreamEvent & { readonly floor: bigint }> {
    return this.#database.transaction(async (client) => {
      await client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      const { lastNumber, floor } = await position(client, stream);
      const data = await snapshot(client);
      return { number: lastNumber, floor, kind: snapshotKind, data, occurredAt: new Date() };
    });
  }

  async #register(stream: string, queue: FollowerQueue): Promise<void> {
    let followed = this.#followed.get(stream);
    if (followed === undefined) {
      followed = { queues: new Set(), readUpTo: -1n, reading: undefined, again: false };
      this.#followed.set(stream, followed);
    }
    followed.queues.add(queue);
    if (followed.readUpTo >= 0n) return;
    const { lastNumber } = await position(this.#database.pool, stream);
    if (followed.readUpTo < 0n) followed.readUpTo = lastNumber;
    // A notification may have come before there was a place to read on from.
    this.#wake(stream);
  }

  #unregister(stream: string, queue: FollowerQueue): void {
    const followed = this.#followed.get(stream);
    followed?.queues.delete(queue);
    if (followed?.queues.size === 0) this.#followed.delete(stream);
  }

  async #read(stream: string, after: bigint): Promise<StreamEvent[]> {
    const { rows } = await this.#database.pool.query(
      `SELECT number, kind, data, occurred_at FROM stream_events WHERE stream = $1 AND number > $2 ORDER BY number LIMIT ${batchSize}`,
      [stream, after.toString()],
    );
    return z
      .array(eventRow)
      .parse(rows)
      .map(({ occurred_at, ...event }) => ({ ...event, occurredAt: occurred_at }));
  }

  #readAll(): void {
    for (const stream of this.#followed.keys()) this.#wake(stream);
  }

  /** Reads a stream on; at most one reading at a time, and once more if it was woken meanwhile. */
  #wake(stream: string): void {
    const followed = this.#followed.get(stream);
    if (followed === undefined || followed.readUpTo < 0n) return;
    followed.again = true;
    followed.reading ??= this.#readOn(stream, followed).finally(() => {
      followed.reading = undefined;
    });
  }

  async #readOn(stream: string, followed: Followed): Promise<void> {
    try {
      while (followed.again) {
        followed.again = false;
        for (const event of await this.#read(stream, followed.readUpTo)) {
          followed.readUpTo = event.number;
          followed.again = true;
          for (const queue of followed.queues) queue.push(event);
        }
      }
    } catch (error) {
      // The next notification or poll reads on from the same place.
      this.#log.warn({ err: error, stream }, "A stream could not be read; it will be read again.");
    }
  }

  /** Opens the listening connection if there is none. */
  async #listen(): Promise<void> {
    if (this.#listener !== undefined || this.#stopped) return;
    const listener = new Client({ connectionString: this.#database.url });
    this.#listener = listener;
    const lost = (error?: Error): void => {
      if (this.#listener !== listener) return;
      this.#listener = undefined;
      if (!this.#stopped)
        this.#log.warn({ err: error }, "The listening database connection was lost; it is opened again.");
    };
    listener.on("error", lost);
    listener.on("end", () => lost());
    listener.on("notification", ({ payload }) => this.#wake(payload ?? ""));
    try {
      await listener.connect();
      await listener.query(`LISTEN ${channel}`);
      // What was committed while nobody listened.
      this.#readAll();
    } catch (error) {
      lost(error instanceof Error ? error : undefined);
    }
  }
}

async function position(
  client: Pick<ClientBase, "query"> | Database["pool"],
  stream: string,
): Promise<{ lastNumber: bigint; floor: bigint }> {
  const { rows } = await client.query("SELECT last_number, floor FROM event_streams WHERE name = $1", [stream]);
  if (rows.length === 0) return { lastNumber: 0n, floor: 0n };
  const { last_number, floor } = positionRow.parse(rows[0]);
  return { lastNumber: last_number, floor };
}
