import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { Log } from "../foundation/log.js";
import type { ApiLimits } from "../foundation/settings.js";
import { RunStopped } from "./errors.js";
import { monthOf } from "./quota.js";

export interface CountedCall {
  readonly kind: "read" | "write";
  /** Only successful calls are metered. */
  readonly isSuccessful: boolean;
  readonly throttledMs: number;
  /** Whether QuickBooks answered at all, whatever it said; where left out, as `isSuccessful` says. */
  readonly isAnswered?: boolean;
}

/** Counts calls per connection and month (UTC), and keeps the monthly read quota, which is one for the whole Intuit app (I13). */
export interface Usage {
  count(connectionId: string, call: CountedCall): void;
  /** Whether this month's quota allows another read. */
  hasReadsLeft(): Promise<boolean>;
  /** Throws RunStopped where it does not. */
  assertReadsLeft(): Promise<void>;
  /** Writes what is counted but not yet written. */
  close(): Promise<void>;
}

export interface UsageOptions {
  readonly database: Pick<Database, "pool">;
  readonly settings: Pick<ApiLimits, "monthlyReads">;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

interface Tally {
  readonly connectionId: string;
  readonly month: string;
  reads: number;
  writes: number;
  throttledMs: number;
  answeredAt?: Date | undefined;
  failedAt?: Date | undefined;
}

/** A process that is killed loses the counts of this long at most. */
const writeMs = 1000;
const knownForMs = 10_000;

export function createUsage(options: UsageOptions): Usage {
  return new DatabaseUsage(options);
}

class DatabaseUsage implements Usage {
  private tallies = new Map<string, Tally>();
  private known: { readonly month: string; readonly reads: number; readonly at: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: UsageOptions) {}

  count(connectionId: string, { kind, isSuccessful, throttledMs, isAnswered = isSuccessful }: CountedCall): void {
    const month = monthOf(this.options.clock.now());
    const key = `${connectionId} ${month}`;
    const tally = this.tallies.get(key) ?? { connectionId, month, reads: 0, writes: 0, throttledMs: 0 };
    this.tallies.set(key, tally);
    if (isSuccessful) tally[kind === "read" ? "reads" : "writes"]++;
    tally.throttledMs += throttledMs;
    tally[isAnswered ? "answeredAt" : "failedAt"] = this.options.clock.now();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.write().catch((error: unknown) => {
        this.options.log.warn({ err: error }, "Calls could not be added to the usage; it is tried with the next ones.");
      });
    }, writeMs).unref();
  }

  async hasReadsLeft(): Promise<boolean> {
    const month = monthOf(this.options.clock.now());
    const now = this.options.clock.now().getTime();
    if (this.known?.month !== month || now - this.known.at > knownForMs) {
      this.known = { month, reads: await this.readsOf(month), at: now };
    }
    const here = [...this.tallies.values()].reduce((sum, { reads }) => sum + reads, 0);
    return this.known.reads + here < this.options.settings.monthlyReads;
  }

  async assertReadsLeft(): Promise<void> {
    if (await this.hasReadsLeft()) return;
    throw new RunStopped(
      "This month's reads of QuickBooks are spent. They begin anew on the first day of the next month (UTC); raise QUICKBOOKS_MONTHLY_READS if Intuit allows more.",
      "QUOTA_SPENT",
    );
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.write();
  }

  private async write(): Promise<void> {
    const tallies = this.tallies;
    this.tallies = new Map();
    for (const [key, tally] of tallies) {
      try {
        await this.add(tally);
      } catch (error) {
        for (const [left, unwritten] of tallies) this.merge(left, unwritten);
        throw error;
      }
      tallies.delete(key);
    }
    this.known = undefined;
  }

  private merge(key: string, tally: Tally): void {
    const since = this.tallies.get(key);
    this.tallies.set(key, {
      ...tally,
      ...since,
      reads: tally.reads + (since?.reads ?? 0),
      writes: tally.writes + (since?.writes ?? 0),
      throttledMs: tally.throttledMs + (since?.throttledMs ?? 0),
    });
  }

  private async add({ connectionId, month, reads, writes, throttledMs, answeredAt, failedAt }: Tally): Promise<void> {
    await this.options.database.pool.query(
      `INSERT INTO api_usage AS u (connection_id, month, reads, writes, throttled_ms, answered_at, failed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (connection_id, month) DO UPDATE SET reads = u.reads + excluded.reads,
         writes = u.writes + excluded.writes, throttled_ms = u.throttled_ms + excluded.throttled_ms,
         answered_at = greatest(u.answered_at, excluded.answered_at), failed_at = greatest(u.failed_at, excluded.failed_at)`,
      [connectionId, month, reads, writes, Math.round(throttledMs), answeredAt, failedAt],
    );
  }

  private async readsOf(month: string): Promise<number> {
    const { rows } = await this.options.database.pool.query<{ reads: number }>(
      "SELECT coalesce(sum(reads), 0)::float8 AS reads FROM api_usage WHERE month = $1",
      [month],
    );
    return rows[0]?.reads ?? 0;
  }
}
