/** The simulator's own time: it runs with the machine's clock and can be moved. Times are milliseconds since 1970. */
export class Clock {
  readonly #machineNow: () => number;
  #offsetMs = 0;

  constructor(machineNow: () => number = Date.now) {
    this.#machineNow = machineNow;
  }

  now(): number {
    return this.#machineNow() + this.#offsetMs;
  }

  advance(milliseconds: number): void {
    this.#offsetMs += milliseconds;
  }

  /** Makes it that instant now; time runs on from there. */
  set(instantMs: number): void {
    this.#offsetMs = instantMs - this.#machineNow();
  }
}
