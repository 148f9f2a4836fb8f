import type { StreamEvent, Streams, FollowOptions } from "../foundation/streams.js";
import { numberOfCursor } from "./stream-cursor.js";

type Following = Omit<FollowOptions, "after" | "signal">;

/**
 * A stream as a subscription wants it. Leaving ends it at once: a generator that waits for the next event would only end with
 * that.
 */
export function followFrom(
  streams: Streams,
  after: string | null | undefined,
  options: Following,
  isWanted: (event: StreamEvent) => boolean = () => true,
): AsyncIterableIterator<StreamEvent> {
  const leaving = new AbortController();
  const place = after === null || after === undefined ? {} : { after: numberOfCursor(options.stream, after) };
  const events = streams.follow({ ...options, ...place, signal: leaving.signal });
  return {
    async next() {
      let result = await events.next();
      while (result.done !== true && !isWanted(result.value)) result = await events.next();
      return result;
    },
    return() {
      leaving.abort();
      return events.return();
    },
    throw(error: unknown) {
      leaving.abort();
      return events.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
