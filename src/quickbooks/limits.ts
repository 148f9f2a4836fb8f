import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import { Presence } from "../foundation/database/presence.js";
import type { Log } from "../foundation/log.js";
import type { ApiLimits } from "../foundation/settings.js";
import { RetryLater } from "./errors.js";
import { grant, type Grant, type GrantRules, throttledForMs, throttleFor } from "./grants.js";
import { inOrder, type Line, newLine } from "./line.js";
import { Settlement } from "./settlement.js";
import { type Sleep, sleep } from "./waiting.js";

/** The right to send one request now. */
export interface Slot {
  /** How long the caller was kept waiting, and the part of it that a 429 caused. */
  readonly waitedMs: number;
  readonly throttledMs: number;
  /** To be called once the answer is there, or there is none. */
  release(): void;
}

export interface AcquireOptions {
  /** Two minutes, if left out. */
  readonly maxWaitMs?: number;
  /** Hears, before the wait, until when a 429 makes the request wait: one of its own, or of any process. */
  readonly onThrottled?: ((until: Date) => void) | undefined;
}

/** Keeps Intuit's limits per company over all processes, through the database and by its clock (I13). */
export interface Limiter {
  /** Throws RetryLater, without taking a slot, where the wait would be longer than `maxWaitMs`; or the reason of `signal`. */
  acquire(connectionId: string, signal: AbortSignal | undefined, options?: AcquireOptions): Promise<Slot>;
  /** No process sends a request of this connection before `until`. */
  throttle(connectionId: string, until: Date): Promise<void>;
  throttledUntil(connectionId: string): Promise<Date | undefined>;
  /** Writes what only this process knows so far. */
  close(): Promise<void>;
}

export interface LimiterOptions {
  readonly database: Pick<Database, "pool" | "url">;
  readonly settings: Pick<ApiLimits, "requestsPerSecond" | "requestsPerMinute" | "concurrency">;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  readonly sleep?: Sleep;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicMs?: () => number;
}

/** A request may leave this much after its grant. */
const latenessMs = 40;
/**
 * Wider than Intuit's, which counts when requests arrive: those of one second must not meet those of the next, though one was on its
 * way a fifth of a second longer. Ten in this are still more than the 450 of a minute.
 */
const secondMs = 1200;
const minuteMs = 60_500;
/** Longer than any request lasts. */
const lostMs = 130_000;
/** QuickBooks may still be busy with what a process had sent that died. */
const orphanedMs = 15_000;
const defaultMaxWaitMs = 120_000;
const pollMs = 100;
const sweepMs = 10_000;
const mostLate = 3;

export function createLimiter(options: LimiterOptions): Limiter {
  return new DatabaseLimiter(options);
}

/** A grant, and when this process may send by it: between `dueAt` and `latenessMs` later, by the monotonic clock. */
interface Turn {
  readonly grant: Grant;
  readonly dueAt: number;
  readonly sendAt: number;
}

class DatabaseLimiter implements Limiter {
  private readonly rules: GrantRules;
  private readonly settlement: Settlement;
  private readonly presence: Presence;
  private readonly sleep: Sleep;
  private readonly nowMs: () => number;
  private readonly lines = new Map<string, Line>();

  constructor(private readonly options: LimiterOptions) {
    const { requestsPerSecond, requestsPerMinute, concurrency } = options.settings;
    this.rules = {
      second: { most: requestsPerSecond, windowMs: secondMs },
      minute: { most: requestsPerMinute, windowMs: minuteMs },
      inFlight: { most: concurrency, windowMs: lostMs },
      orphanedMs,
    };
    this.presence = new Presence(options.database.url);
    this.settlement = new Settlement(options.database.pool, options.log);
    this.sleep = options.sleep ?? sleep;
    this.nowMs = options.monotonicMs ?? (() => performance.now());
  }

  async acquire(
    connectionId: string,
    signal: AbortSignal | undefined,
    { maxWaitMs = defaultMaxWaitMs, onThrottled }: AcquireOptions = {},
  ): Promise<Slot> {
    const begunAt = this.nowMs();
    const line = this.lineOf(connectionId);
    let throttledMs = 0;
    for (let late = 0; ;) {
      const turn = await inOrder(line, () => this.takeGrant(connectionId, line, signal, begunAt + maxWaitMs));
      const { id, waitMs } = turn.grant;
      throttledMs += Math.min(waitMs, turn.grant.throttledMs);
      if (turn.grant.throttledMs > 0) onThrottled?.(this.in(turn.grant.throttledMs));
      const readiness = await this.wait(connectionId, turn, signal);
      if (readiness === "LATE") late++;
      if (readiness === "READY" || late === mostLate) {
        const release = (): void => {
          this.settlement.finish(id);
          line.wake();
        };
        return { waitedMs: this.nowMs() - begunAt, throttledMs, release };
      }
      this.settlement.giveBack(id);
    }
  }

  async throttle(connectionId: string, until: Date): Promise<void> {
    const { database, clock } = this.options;
    await throttleFor(database.pool, connectionId, until.getTime() - clock.now().getTime());
  }

  async throttledUntil(connectionId: string): Promise<Date | undefined> {
    const waitMs = await throttledForMs(this.options.database.pool, connectionId);
    return waitMs === undefined ? undefined : this.in(waitMs);
  }

  async close(): Promise<void> {
    await this.settlement.close();
    await this.presence.end();
  }

  private lineOf(connectionId: string): Line {
    const line = this.lines.get(connectionId) ?? newLine();
    this.lines.set(connectionId, line);
    return line;
  }

  private async takeGrant(
    connectionId: string,
    line: Line,
    signal: AbortSignal | undefined,
    latestAt: number,
  ): Promise<Turn> {
    for (;;) {
      signal?.throwIfAborted();
      const leftMs = latestAt - this.nowMs();
      const turn = await this.ask(connectionId, line, Math.max(leftMs, 0));
      if (turn.grant.isGranted) return turn;
      if (turn.grant.waitMs > leftMs) {
        throw new RetryLater("QuickBooks' limits leave no room for this request now. It is tried again later.", {
          retryAt: this.in(turn.grant.waitMs),
        });
      }
      // Only the requests in flight stand in the way, so one of them has to end: one of this process, or of another.
      const freed = new Promise<void>((resolve) => {
        line.wake = resolve;
      });
      await Promise.race([freed, this.sleep(pollMs, signal)]);
    }
  }

  private async ask(connectionId: string, line: Line, maxWaitMs: number): Promise<Turn> {
    await this.presence.hold();
    const client = await this.options.database.pool.connect();
    try {
      const askedAt = this.nowMs();
      const sweep = askedAt - line.sweptAt > sweepMs;
      const { rules } = this;
      const { owner } = this.presence;
      const found = await this.settlement.with((settled) =>
        grant(client, { connectionId, owner, rules, safe: line.safe, maxWaitMs, settled, sweep }),
      );
      line.safe = found.safe;
      if (sweep) line.sweptAt = askedAt;
      return { grant: found, dueAt: askedAt + found.waitMs, sendAt: this.nowMs() + found.waitMs };
    } finally {
      client.release();
    }
  }

  /** A grant serves neither a process that woke too late for it, nor after QuickBooks throttled meanwhile. */
  private async wait(
    connectionId: string,
    { grant: { id }, dueAt, sendAt }: Turn,
    signal: AbortSignal | undefined,
  ): Promise<"READY" | "LATE" | "THROTTLED"> {
    try {
      const waitMs = sendAt - this.nowMs();
      if (waitMs > 0) {
        await this.sleep(waitMs, signal);
        if ((await this.throttledUntil(connectionId)) !== undefined) return "THROTTLED";
      }
      signal?.throwIfAborted();
      return this.nowMs() - dueAt <= latenessMs ? "READY" : "LATE";
    } catch (error) {
      this.settlement.giveBack(id);
      throw error;
    }
  }

  private in(ms: number): Date {
    return new Date(this.options.clock.now().getTime() + ms);
  }
}
