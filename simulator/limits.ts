import type { Clock } from "./clock.js";

/** What one company may ask in a minute, in a second, and at once; and how many batches in a minute. */
export interface Limits {
  perMinute: number;
  perSecond: number;
  concurrent: number;
  batchesPerMinute: number;
}

/** QuickBooks' own limits (Limits and throttles guide; the blog of August 2025 for the second). */
export const quickbooksLimits: Limits = { perMinute: 500, perSecond: 10, concurrent: 10, batchesPerMinute: 40 };

/** Counts what QuickBooks bills: successful reads, by query, by id or of changes (App Partner Program, 2025). */
export class Meter {
  readonly #reads = new Map<string, number>();

  /** How many reads of each company there have been. */
  get all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#reads);
  }

  reads(realmId: string): number {
    return this.#reads.get(realmId) ?? 0;
  }

  count(realmId: string, reads: number): void {
    if (reads > 0) this.#reads.set(realmId, this.reads(realmId) + reads);
  }
}

interface Use {
  readonly requests: number[];
  readonly batches: number[];
  inFlight: number;
}

/** Counts every company's requests over moving windows. */
export class Throttle {
  readonly #uses = new Map<string, Use>();
  /** How many requests have been refused. */
  refused = 0;

  constructor(
    readonly clock: Clock,
    /** Undefined: no limits. */
    public limits: Limits | undefined,
  ) {}

  /** Counts the request in, or refuses it. What it answers ends the request. */
  enter(realmId: string, isBatch: boolean): (() => void) | undefined {
    const { limits } = this;
    const use = this.#uses.get(realmId) ?? { requests: [], batches: [], inFlight: 0 };
    this.#uses.set(realmId, use);
    const now = this.clock.now();
    if (limits && !fits(use, limits, isBatch, now)) {
      this.refused += 1;
      return undefined;
    }
    if (limits) use.requests.push(now);
    if (limits && isBatch) use.batches.push(now);
    use.inFlight += 1;
    return () => {
      use.inFlight -= 1;
    };
  }
}

function fits(use: Use, limits: Limits, isBatch: boolean, now: number): boolean {
  for (const times of [use.requests, use.batches]) {
    const recent = times.findIndex((time) => time > now - 60_000);
    times.splice(0, recent < 0 ? times.length : recent);
  }
  const lastSecond = use.requests.filter((time) => time > now - 1000).length;
  const inTime =
    use.requests.length < limits.perMinute && lastSecond < limits.perSecond && use.inFlight < limits.concurrent;
  return inTime && (!isBatch || use.batches.length < limits.batchesPerMinute);
}
