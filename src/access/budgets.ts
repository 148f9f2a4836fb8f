import type { Pool } from "pg";
import { z } from "zod";
import { Buckets, type BucketRule, type NowMs } from "../foundation/buckets.js";
import type { Log } from "../foundation/log.js";
import type { Actor } from "./actor.js";

/** Whose budget it is: what the caller has alone, and what all callers of their organization have together. */
export const budgetScopes = ["MEMBER", "API_KEY", "ORGANIZATION"] as const;
export type BudgetScope = (typeof budgetScopes)[number];

/** What may be asked for, in points. */
export interface Budget {
  readonly scope: BudgetScope;
  /** The most that can be saved up. */
  readonly maximum: number;
  readonly available: number;
  /** Points that come back in a second. */
  readonly restoreRate: number;
}

export type Payer = Pick<Actor, "kind" | "id" | "organizationId">;

/** What callers may still ask for, so that none takes the gateway from the others. */
export interface Budgets {
  /**
   * Takes points from the caller's budget and from their organization's, or from neither: gives the milliseconds to wait until both
   * have them, 0 where they were taken.
   */
  charge(payer: Payer, points: number): number;
  /** Takes what is left of so many points: for what is sent unasked, and never held back. */
  drain(payer: Payer, points: number): void;
  /** The caller's own first, then their organization's. */
  of(payer: Payer): readonly Budget[];
  /** Tells the other processes what was spent here since they were last told. */
  close(): Promise<void>;
}

export interface BudgetsParts {
  readonly pool: Pick<Pool, "query">;
  readonly log: Pick<Log, "warn">;
  /** Of a member or a key; QUERY_POINTS_PER_SECOND. */
  readonly pointsPerSecond?: number | undefined;
  readonly nowMs?: NowMs;
}

/** Two hundred small operations a second, or four pages of a hundred records with all that belongs to them: a few hundredths of one process. */
const usualPointsPerSecond = 2_000;
/** A quarter of an organization's can be one caller's. */
const callersOfAnOrganization = 4;
/** What can be saved up: people ask for much at once, and then read. */
const savedSeconds = 60;
/** Two of the heaviest operations that `http/limits.ts` lets in: whatever is let in can be paid for. */
const leastSaved = 100_020;
/** So long a process does not know what others have spent. */
const shareMs = 1_000;

export function createBudgets(parts: BudgetsParts): Budgets {
  return new SharedBudgets(parts);
}

/** A bucket, and whose it is. */
interface Purse {
  readonly scope: BudgetScope;
  readonly buckets: Buckets;
  readonly holder: string;
}

/**
 * Kept in memory, for no request should wait for the database to be paid for. What was spent is added to the database once a second, by one
 * statement that gives what all processes have spent. Until then each lets through what it would alone; what was too much is owed.
 */
class SharedBudgets implements Budgets {
  private readonly own: Buckets;
  private readonly whole: Buckets;
  /** What the other processes have not been told of, by holder. */
  private untold = new Map<string, { readonly buckets: Buckets; readonly ms: number }>();
  private timer: NodeJS.Timeout | undefined;
  private sharing = Promise.resolve();

  constructor(private readonly parts: BudgetsParts) {
    const { pointsPerSecond = usualPointsPerSecond, nowMs } = parts;
    const rule = { perSecond: pointsPerSecond, most: Math.max(leastSaved, pointsPerSecond * savedSeconds) };
    this.own = new Buckets(rule, nowMs);
    this.whole = new Buckets(times(rule, callersOfAnOrganization), nowMs);
  }

  charge(payer: Payer, points: number): number {
    const purses = this.pursesOf(payer);
    const waitMs = Math.max(...purses.map(({ buckets, holder }) => buckets.waitMs(holder, points)));
    if (waitMs === 0) for (const purse of purses) this.spend(purse, points);
    return waitMs;
  }

  drain(payer: Payer, points: number): void {
    for (const purse of this.pursesOf(payer)) this.spend(purse, Math.min(points, purse.buckets.left(purse.holder)));
  }

  of(payer: Payer): readonly Budget[] {
    return this.pursesOf(payer).map(({ scope, buckets, holder }) => ({
      scope,
      maximum: buckets.rule.most,
      available: buckets.left(holder),
      restoreRate: buckets.rule.perSecond,
    }));
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.sharing;
    await this.share();
  }

  private pursesOf({ kind, id, organizationId }: Payer): readonly Purse[] {
    return [
      { scope: kind, buckets: this.own, holder: id },
      { scope: "ORGANIZATION", buckets: this.whole, holder: organizationId },
    ];
  }

  private spend({ buckets, holder }: Purse, points: number): void {
    if (points <= 0) return;
    buckets.take(holder, points);
    this.note(holder, buckets, buckets.msOf(points));
    this.shareSoon();
  }

  /** One at a time, or an older answer could come after a newer one. */
  private shareSoon(): void {
    this.timer ??= setTimeout(() => {
      this.sharing = this.share().then(() => {
        this.timer = undefined;
        if (this.untold.size > 0) this.shareSoon();
      });
    }, shareMs).unref();
  }

  private note(holder: string, buckets: Buckets, ms: number): void {
    this.untold.set(holder, { buckets, ms: ms + (this.untold.get(holder)?.ms ?? 0) });
  }

  /** Never rejects: without the database each process keeps the budgets by itself. */
  private async share(): Promise<void> {
    const told = this.untold;
    this.untold = new Map();
    try {
      for (const { holder, owedMs } of await tell(this.parts.pool, told)) {
        told.get(holder)?.buckets.owe(holder, owedMs + (this.untold.get(holder)?.ms ?? 0));
      }
    } catch (error) {
      for (const [holder, { buckets, ms }] of told) this.note(holder, buckets, ms);
      this.parts.log.warn({ err: error }, "Other processes could not be told of what was spent; they are told later.");
    }
  }
}

function times({ most, perSecond }: BucketRule, factor: number): BucketRule {
  return { most: most * factor, perSecond: perSecond * factor };
}

const owed = z.array(z.object({ holder: z.string(), owedMs: z.number() }));

/** Adds to what is spent, holder by holder in one order, and gives how long each needs now to have everything again. */
async function tell(
  pool: Pick<Pool, "query">,
  spent: ReadonlyMap<string, { readonly ms: number }>,
): Promise<z.output<typeof owed>> {
  if (spent.size === 0) return [];
  const { rows } = await pool.query(
    `INSERT INTO query_budgets AS known (holder, full_at)
     SELECT s.holder, now() + s.ms * interval '1 millisecond' FROM jsonb_to_recordset($1) AS s (holder uuid, ms float8) ORDER BY s.holder
     ON CONFLICT (holder) DO UPDATE SET full_at = greatest(known.full_at, now()) + (excluded.full_at - now())
     RETURNING holder, extract(epoch FROM full_at - now())::float8 * 1000 AS "owedMs"`,
    [JSON.stringify([...spent].map(([holder, { ms }]) => ({ holder, ms })))],
  );
  return owed.parse(rows);
}
