import { nothingSafe, type SafeIds } from "./grants.js";

/** The callers of one connection in this process: the database is asked for one at a time, in their order. */
export interface Line {
  last: Promise<unknown>;
  safe: SafeIds;
  sweptAt: number;
  /** Called when a request of this process has ended. */
  wake: () => void;
}

export function newLine(): Line {
  return { last: Promise.resolve(), safe: nothingSafe, sweptAt: -Infinity, wake: () => undefined };
}

/** One after another, whatever became of the one before. */
export function inOrder<T>(line: Line, work: () => Promise<T>): Promise<T> {
  const turn = line.last.then(work);
  line.last = turn.catch(() => undefined);
  return turn;
}
