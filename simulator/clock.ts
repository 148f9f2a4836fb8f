/** The simulator's own time: it runs with the machine's clock and can be moved. Times are milliseconds since 1970. */
export class Clock {
  readonly #machineNow: () => number;
  #offsetMs = 0;
  /** Called whenever the clock was moved. */
  onMove: (() => void) | undefined;

  constructor(machineNow: () => number = Date.now) {
    this.#machineNow = machineNow;
  }

  /** How far it is ahead of the machine's clock. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  now(): number {
    return this.#machineNow() + this.#offsetMs;
  }

  advance(milliseconds: number): void {
    this.#offsetMs += milliseconds;
    this.onMove?.();
  }

  /** Makes it that instant now; time runs on from there. */
  set(instantMs: number): void {
    this.advance(instantMs - this.now());
  }
}
