import type { ClientBase, PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "./database/database.js";
import type { Log } from "./log.js";
import { position, StreamHub } from "./streams-hub.js";
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

/** Where events are told within a transaction. */
export interface EventSink {
  append(client: ClientBase, stream: string, kind: string, data: unknown): Promise<unknown>;
}

export interface Streams extends EventSink {
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

/** PostgreSQL holds the events and wakes us; every process reads a stream once for all who follow it there. */
export function createStreams(options: StreamsOptions): Streams {
  return new PostgresStreams(options);
}

class PostgresStreams implements Streams {
  readonly #database: Database;
  readonly #queueLength: number;
  readonly #hub: StreamHub;

  constructor({ database, log, pollIntervalMs = 10_000, queueLength = 256 }: StreamsOptions) {
    this.#database = database;
    this.#queueLength = queueLength;
    this.#hub = new StreamHub({ database, log, pollIntervalMs });
  }

  async append(client: ClientBase, stream: string, kind: string, data: unknown): Promise<bigint> {
    const { rows } = await client.query("SELECT append_event($1, $2, $3) AS number", [
      stream,
      kind,
      JSON.stringify(data),
    ]);
    return z.object({ number: z.coerce.bigint() }).parse(rows[0]).number;
  }

  start(): Promise<void> {
    return this.#hub.start();
  }

  stop(): Promise<void> {
    return this.#hub.stop();
  }

  async *follow(options: FollowOptions): AsyncGenerator<StreamEvent, void, undefined> {
    const queue = new FollowerQueue(this.#queueLength, options.coalesce);
    const close = (): void => queue.close();
    options.signal.addEventListener("abort", close, { once: true });
    try {
      // Registered before the snapshot is read, so that nothing falls between the two.
      await this.#hub.register(options.stream, queue);
      if (options.signal.aborted) return;
      for await (const event of this.#events(options, queue)) {
        yield event;
        if (event.kind === resyncRequiredKind || options.isLast?.(event) === true) return;
      }
    } finally {
      options.signal.removeEventListener("abort", close);
      this.#hub.unregister(options.stream, queue);
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
      for (let batch; (batch = await this.#hub.read(options.stream, position)).length > 0;) {
        // Retention may remove meanwhile what is still to be read; the numbers of a stream have no gaps.
        if (batch[0]?.number !== position + 1n) break;
        for (const event of batch) yield event;
        position = batch.at(-1)?.number ?? position;
      }
      if (position < start.number) {
        yield { ...start, number: position, kind: resyncRequiredKind, data: null };
        return;
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
}
