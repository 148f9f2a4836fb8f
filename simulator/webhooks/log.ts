import type { Notice } from "../company/notices.js";
import type { Posted } from "./post.js";

/** One attempt to deliver a notification. */
export interface DeliveryLogEntry extends Posted {
  readonly sequence: number;
  /** The machine's clock, milliseconds since 1970, and how long the app took. */
  readonly at: number;
  readonly durationMs: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly notices: readonly Notice[];
}

const longest = 5_000;

/** The latest attempts, oldest first. */
export class DeliveryLog {
  #entries: DeliveryLogEntry[] = [];
  #total = 0;

  get entries(): readonly DeliveryLogEntry[] {
    return this.#entries;
  }

  /** How many attempts there have been, those no longer kept included. */
  get total(): number {
    return this.#total;
  }

  add(entry: Omit<DeliveryLogEntry, "sequence">): void {
    this.#total += 1;
    this.#entries.push({ sequence: this.#total, ...entry });
    if (this.#entries.length > longest) this.#entries = this.#entries.slice(longest / 2);
  }
}
