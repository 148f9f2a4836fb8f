import type { StreamEvent } from "./streams.js";

/**
 * The events that wait for one follower: bounded, its own, and in order. A waiting event with the same key gives way to the
 * newer one; where that is not enough the queue overflows and ends, and harms nobody else.
 */
export class FollowerQueue implements AsyncIterable<StreamEvent> {
  readonly #limit: number;
  readonly #keyOf: (event: StreamEvent) => string | undefined;
  /** By key, or by number where events have none. A map keeps the order in which its keys were set. */
  readonly #waiting = new Map<string, StreamEvent>();
  #closed = false;
  #overflowed = false;
  #wake: (() => void) | undefined;

  constructor(limit: number, keyOf: (event: StreamEvent) => string | undefined = () => undefined) {
    this.#limit = limit;
    this.#keyOf = keyOf;
  }

  get hasOverflowed(): boolean {
    return this.#overflowed;
  }

  push(event: StreamEvent): void {
    if (this.#closed) return;
    const key = this.#keyOf(event) ?? `#${event.number}`;
    this.#waiting.delete(key);
    this.#waiting.set(key, event);
    if (this.#waiting.size > this.#limit) {
      this.#overflowed = true;
      this.#waiting.clear();
      this.close();
    }
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    for (;;) {
      const [next] = this.#waiting;
      if (next !== undefined) {
        this.#waiting.delete(next[0]);
        yield next[1];
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }
}
