/** How to stop what was started: in the opposite order, each once. */
export class Stops {
  readonly #stops: (() => Promise<unknown>)[] = [];

  add(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  async run(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop();
  }
}

/** Starts something in steps; where a step fails, those before it are undone. */
export async function startInSteps<Started extends object>(
  start: (stops: Stops) => Promise<Started>,
): Promise<Started & { stop(): Promise<void> }> {
  const stops = new Stops();
  try {
    const started = await start(stops);
    return { ...started, stop: () => stops.run() };
  } catch (error) {
    await stops.run();
    throw error;
  }
}
