import type { ClientBase } from "pg";
import type { EventSink } from "../../foundation/streams.js";

interface LateEvent {
  readonly stream: string;
  readonly kind: string;
  readonly data: unknown;
}

/**
 * Holds events back until all else of a transaction is locked: streams come last in the order of locks, and among themselves by
 * name, so that no two transactions wait for each other in a circle.
 */
export class LateEvents implements EventSink {
  readonly #streams: EventSink;
  readonly #events: LateEvent[] = [];

  constructor(streams: EventSink) {
    this.#streams = streams;
  }

  append(_client: ClientBase, stream: string, kind: string, data: unknown): Promise<void> {
    this.#events.push({ stream, kind, data });
    return Promise.resolve();
  }

  async tell(client: ClientBase): Promise<void> {
    const inOrder = this.#events.splice(0).sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0));
    for (const { stream, kind, data } of inOrder) await this.#streams.append(client, stream, kind, data);
  }
}
