import type { PoolClient } from "pg";
import { z } from "zod";
import { snapshotKind, type StreamEvent } from "../../src/foundation/streams.js";
import { conflictStream } from "../../src/sync/conflicts/conflict.js";
import { localChangeStream } from "../../src/sync/local-changes/local-change.js";
import { readRunView } from "../../src/sync/progress.js";
import { connectionStream, finalStatuses, runStream } from "../../src/sync/run-view.js";
import { changeStream } from "../../src/sync/store/change-feed.js";
import { until } from "../support/until.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

const snapshot = z.object({ status: z.string() });
const finals: readonly string[] = finalStatuses;
const patienceMs = 5_000;

interface Followed {
  readonly stream: string;
  readonly snapshot: (client: PoolClient) => Promise<unknown>;
  readonly isLast: (event: StreamEvent) => boolean;
}

/** Somebody who follows a stream, and what they have heard of it. */
interface Follower {
  readonly stream: string;
  /** The number of the last event heard. */
  last: bigint;
  /** Settles once the stream has ended for them: with what they missed. */
  readonly watching: Promise<string | undefined>;
}

/**
 * People who follow runs, the connection and its changes live. Now and then their connection ends, and they go on behind the last
 * event that they heard, at whichever process (I12).
 */
export class Followers {
  readonly #followers = new Map<string, Follower>();
  readonly #leaving = new AbortController();

  constructor(
    readonly world: World,
    readonly random: Random,
  ) {
    const nothing = { snapshot: () => Promise.resolve(null), isLast: () => false };
    this.#follow({ stream: changeStream(world.connectionId), ...nothing });
    const { organizationId } = world.actor;
    for (const streamOf of [connectionStream, localChangeStream, conflictStream]) {
      this.#follow({ stream: streamOf(organizationId), ...nothing });
    }
  }

  /** From when the run was asked for to its end. */
  followRun(runId: string): void {
    this.#follow({
      stream: runStream(runId),
      snapshot: (client) => readRunView(client, runId),
      isLast: ({ kind, data }) =>
        kind === "FINISHED" || (kind === snapshotKind && finals.includes(snapshot.parse(data).status)),
    });
  }

  /** What they missed, once everything has come to rest. */
  async missed(): Promise<string[]> {
    const late = await Promise.all([...this.#followers.values()].map((follower) => this.#hasHeardAll(follower)));
    this.#leaving.abort();
    const missed = await Promise.all([...this.#followers.values()].map(({ watching }) => watching));
    return [...late, ...missed].flatMap((line) => line ?? []);
  }

  /** They hear no more. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    await Promise.allSettled([...this.#followers.values()].map(({ watching }) => watching));
  }

  async #hasHeardAll(follower: Follower): Promise<string | undefined> {
    const { stream } = follower;
    const { rows } = await this.world.database.pool.query(
      "SELECT last_number::text AS last FROM event_streams WHERE name = $1",
      [stream],
    );
    const end = z.object({ last: z.coerce.bigint() }).optional().parse(rows[0])?.last ?? 0n;
    try {
      await until(() => follower.last >= end || undefined, patienceMs);
      return undefined;
    } catch {
      return `a follower of ${stream} heard of nothing after event ${follower.last}, and there are ${end}`;
    }
  }

  #follow(followed: Followed): void {
    const { stream } = followed;
    if (this.#followers.has(stream)) return;
    const heard = { last: 0n };
    const watching = this.#watch(followed, heard);
    // Its failure is met when it is awaited; until then it must not count as unhandled.
    watching.catch(() => undefined);
    this.#followers.set(stream, Object.assign(heard, { stream, watching }));
  }

  /** What was missed, if anything was. */
  async #watch(followed: Followed, heard: { last: bigint }): Promise<string | undefined> {
    const { signal } = this.#leaving;
    let after: bigint | undefined;
    while (!signal.aborted) {
      const { streams } = this.random.pick(this.world.webs) ?? this.world.webs[0];
      let left = this.random.chance(0.5) ? Infinity : 1 + this.random.below(12);
      for await (const event of streams.follow({ ...followed, signal, ...(after !== undefined && { after }) })) {
        const { number, kind } = event;
        if (after !== undefined && number !== after + 1n)
          return `a follower of ${followed.stream} got event ${number} (${kind}) after ${after}`;
        heard.last = after = number;
        if (followed.isLast(event)) return undefined;
        if (--left <= 0) break;
      }
    }
    return undefined;
  }
}
