import type { Pool } from "pg";
import type { Log } from "../foundation/log.js";
import { settle, type Settled } from "./grants.js";

const settleMs = 50;

/** Grants this process is done with, until the database knows: the next grant's statement tells of them, or one of its own does. */
export class Settlement {
  private finished: number[] = [];
  private givenBack: number[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly log: Pick<Log, "warn">,
  ) {}

  finish(id: number): void {
    this.finished.push(id);
    this.tellSoon();
  }

  giveBack(id: number): void {
    this.givenBack.push(id);
    this.tellSoon();
  }

  /** Has `tell` take what is open; it is open again if that fails. */
  async with<T>(tell: (settled: Settled) => Promise<T>): Promise<T> {
    const { finished, givenBack } = this;
    this.finished = [];
    this.givenBack = [];
    try {
      return await tell({ finished, givenBack });
    } catch (error) {
      this.finished.push(...finished);
      this.givenBack.push(...givenBack);
      throw error;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.with((settled) => settle(this.pool, settled));
  }

  private tellSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.with((settled) => settle(this.pool, settled)).catch((error: unknown) => {
        this.log.warn(
          { err: error },
          "The limiter could not be told which requests have ended; the next grant tells it.",
        );
      });
    }, settleMs).unref();
  }
}
