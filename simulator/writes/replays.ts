import type { WriteLogEntry } from "./log.js";

/** What was answered to a request that named itself, and what it did. */
export interface Kept {
  readonly realmId: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The request as it was sent. */
  readonly asked: string;
  readonly status: number;
  readonly body: string;
  readonly writes: readonly Omit<WriteLogEntry, "sequence">[];
}

function keyOf(realmId: string, requestId: string): string {
  return `${realmId} ${requestId}`;
}

/** The answers given to requests that named themselves, per company. Source: `requestid` in Basic field definitions. */
export class Replays {
  readonly #kept = new Map<string, Kept>();
  /** Called with everything that is kept. */
  onKeep: ((kept: Kept) => void) | undefined;

  get all(): readonly Kept[] {
    return [...this.#kept.values()];
  }

  /** The answer given before, while it is remembered. */
  find(realmId: string, requestId: string, now: { readonly nowMs: number; readonly keptMs: number }): Kept | undefined {
    const kept = this.#kept.get(keyOf(realmId, requestId));
    return kept && now.nowMs - kept.at <= now.keptMs ? kept : undefined;
  }

  keep(kept: Kept): void {
    this.restore(kept);
    this.onKeep?.(kept);
  }

  /** Remembers again what an earlier life of the simulator answered. */
  restore(kept: Kept): void {
    this.#kept.set(keyOf(kept.realmId, kept.requestId), kept);
  }
}
