/** Entities of one run that are read at once. */
export const entitiesAtOnce = 2;

/** Runs `work` over all elements, at most `limit` at a time. The first failure aborts the others' signal and is thrown. */
export async function forEachLimited<Element>(
  elements: readonly Element[],
  limit: number,
  signal: AbortSignal,
  work: (element: Element, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const inner = AbortSignal.any([signal, failure.signal]);
  const queue = [...elements];
  const lane = async (): Promise<void> => {
    for (let element = queue.shift(); element !== undefined && !inner.aborted; element = queue.shift())
      await work(element, inner);
  };
  const lanes = Array.from({ length: Math.min(limit, elements.length) }, async () => {
    try {
      await lane();
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  const results = await Promise.allSettled(lanes);
  signal.throwIfAborted();
  // The first to fail is the cause; the others failed because it aborted them.
  if (failure.signal.aborted) throw failure.signal.reason;
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** At most `limit` holders at a time; the others wait in line. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(limit: number) {
    this.#free = limit;
  }

  async enter<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
