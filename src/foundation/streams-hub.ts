import { Client, type ClientBase } from "pg";
import { z } from "zod";
import type { Database } from "./database/database.js";
import type { Log } from "./log.js";
import type { StreamEvent } from "./streams.js";
import type { FollowerQueue } from "./streams-queue.js";

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

interface HubOptions {
  readonly database: Database;
  readonly log: Log;
  readonly pollIntervalMs: number;
}

/** Reads each followed stream once for all who follow it in this process, as PostgreSQL's notifications wake it. */
export class StreamHub {
  readonly #database: Database;
  readonly #log: Log;
  readonly #pollIntervalMs: number;
  readonly #followed = new Map<string, Followed>();
  #listener: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor({ database, log, pollIntervalMs }: HubOptions) {
    this.#database = database;
    this.#log = log;
    this.#pollIntervalMs = pollIntervalMs;
  }

  async start(): Promise<void> {
    await this.#listen();
    // Should a notification be lost, or the listening connection.
    this.#timer = setInterval(() => {
      void this.#listen();
      this.#readAll();
    }, this.#pollIntervalMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    const followed = [...this.#followed.values()];
    for (const { queues } of followed) for (const queue of queues) queue.close();
    for (const { reading } of followed) await reading;
    await this.#listener?.end();
  }

  /** From here on, the queue gets every event that is committed. */
  async register(stream: string, queue: FollowerQueue): Promise<void> {
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

  unregister(stream: string, queue: FollowerQueue): void {
    const followed = this.#followed.get(stream);
    followed?.queues.delete(queue);
    if (followed?.queues.size === 0) this.#followed.delete(stream);
  }

  /** The events behind a number, up to some hundreds. */
  async read(stream: string, after: bigint): Promise<StreamEvent[]> {
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
        for (const event of await this.read(stream, followed.readUpTo)) {
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
    if (this.#listener !== undefined || this.#isStopped) return;
    const listener = new Client({ connectionString: this.#database.url });
    this.#listener = listener;
    const lost = (error?: Error): void => {
      if (this.#listener !== listener) return;
      this.#listener = undefined;
      if (!this.#isStopped)
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

/** How far a stream has come, and what it no longer holds. */
export async function position(
  client: Pick<ClientBase, "query"> | Database["pool"],
  stream: string,
): Promise<{ lastNumber: bigint; floor: bigint }> {
  const { rows } = await client.query("SELECT last_number, floor FROM event_streams WHERE name = $1", [stream]);
  if (rows.length === 0) return { lastNumber: 0n, floor: 0n };
  const { last_number, floor } = positionRow.parse(rows[0]);
  return { lastNumber: last_number, floor };
}
