import { z } from "zod";
import type { Database } from "../foundation/database/database.js";
import type { ApiLimits } from "../foundation/settings.js";

/**
 * How the deployment stands with the reads that Intuit allows its app in a calendar month (UTC): of all connections, counted by all
 * processes. Intuit meters successful reads of production companies; a gateway of another environment counts its own alike.
 */
export interface MonthlyReads {
  readonly quota: number;
  /** Successful ones; a process writes its own within a second. */
  readonly reads: number;
  /** Those of priority connections among them. */
  readonly priorityReads: number;
  /** How many there will have been when the month ends, if it goes on as it has gone so far. */
  readonly forecast: number;
  /** When the next month begins. */
  readonly endsAt: Date;
}

/** The quota of reads, which is one for all companies (I13). */
export interface Quota {
  at(now: Date): Promise<MonthlyReads>;
}

const dayMs = 24 * 3_600_000;
const sums = z.object({ reads: z.number(), priorityReads: z.number() });

export function createQuota(
  database: Pick<Database, "pool">,
  { monthlyReads }: Pick<ApiLimits, "monthlyReads">,
): Quota {
  return {
    async at(now) {
      const { rows } = await database.pool.query(
        `SELECT coalesce(sum(u.reads), 0)::float8 AS reads,
           coalesce(sum(u.reads) FILTER (WHERE c.is_priority), 0)::float8 AS "priorityReads"
         FROM api_usage u LEFT JOIN connections c ON c.id = u.connection_id WHERE u.month = $1`,
        [monthOf(now)],
      );
      const counted = sums.parse(rows[0]);
      return { ...counted, quota: monthlyReads, forecast: forecastReads(counted.reads, now), endsAt: endOfMonth(now) };
    },
  };
}

/** The first day of the month of `now`, in UTC, as calls are counted: `YYYY-MM-01`. */
export function monthOf(now: Date): string {
  return `${now.toISOString().slice(0, 7)}-01`;
}

/** In proportion to the part of the month that has passed: a day at least, so that its first minutes do not speak for all of it. */
export function forecastReads(reads: number, now: Date): number {
  const begunAt = new Date(monthOf(now)).getTime();
  const lengthMs = endOfMonth(now).getTime() - begunAt;
  return Math.round((reads * lengthMs) / Math.max(now.getTime() - begunAt, dayMs));
}

function endOfMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
}
