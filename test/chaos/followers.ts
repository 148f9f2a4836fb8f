import { z } from "zod";
import { readRunView } from "../../src/sync/progress.js";
import { finalStatuses, runStream } from "../../src/sync/run-view.js";
import { snapshotKind } from "../../src/foundation/streams.js";
import type { World } from "./world.js";

const snapshot = z.object({ status: z.string() });
const finals: readonly string[] = finalStatuses;

/** People who watch runs live, each from when it was asked for to its end (I12). */
export class Followers {
  readonly #world: World;
  readonly #following = new Map<string, Promise<string[]>>();
  readonly #leaving = new AbortController();

  constructor(world: World) {
    this.#world = world;
  }

  follow(runId: string): void {
    if (this.#following.has(runId)) return;
    const watching = this.#watch(runId);
    // Its failure is met when it is awaited; until then it must not count as unhandled.
    watching.catch(() => undefined);
    this.#following.set(runId, watching);
  }

  /** What they missed, once every run has ended. */
  async missed(): Promise<string[]> {
    const late = setTimeout(() => this.#leaving.abort(), 5_000);
    const all = await Promise.all(this.#following.values());
    clearTimeout(late);
    return all.flat();
  }

  async #watch(runId: string): Promise<string[]> {
    let last = 0n;
    const events = this.#world.streams.follow({
      stream: runStream(runId),
      snapshot: (client) => readRunView(client, runId),
      isLast: ({ kind }) => kind === "FINISHED",
      signal: this.#leaving.signal,
    });
    for await (const { kind, number, data } of events) {
      if (kind === snapshotKind && finals.includes(snapshot.parse(data).status)) return [];
      if (kind !== snapshotKind && number !== last + 1n) {
        return [`a follower of run ${runId} got event ${number} (${kind}) after ${last}`];
      }
      if (kind === "FINISHED") return [];
      last = number;
    }
    return [`a follower of run ${runId} never heard of its end, and of nothing after event ${last}`];
  }
}
