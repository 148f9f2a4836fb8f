import type { Operation } from "./request.js";

/** One write an app asked for and QuickBooks came to decide on; what was lost, throttled or broken off before is not among them. */
export interface WriteLogEntry {
  readonly sequence: number;
  /** The simulator's clock, milliseconds since 1970. */
  readonly at: number;
  readonly realmId: string;
  /** As far as it could be told. */
  readonly operation?: Operation;
  readonly entity?: string;
  readonly id?: string;
  readonly requestId?: string;
  /** Of an item of a batch: what the app calls it. */
  readonly bId?: string;
  readonly status: number;
  /** The code of the fault, when it was refused. */
  readonly code?: string;
  /** Whether only an earlier answer was given again, and nothing done. */
  readonly isReplay: boolean;
}

const longest = 20_000;

/** The latest writes, oldest first. */
export class WriteLog {
  #entries: WriteLogEntry[] = [];
  #sequence = 0;

  get entries(): readonly WriteLogEntry[] {
    return this.#entries;
  }

  add(entry: Omit<WriteLogEntry, "sequence">): void {
    this.#sequence += 1;
    this.#entries.push({ sequence: this.#sequence, ...entry });
    if (this.#entries.length > longest) this.#entries = this.#entries.slice(longest / 2);
  }
}
