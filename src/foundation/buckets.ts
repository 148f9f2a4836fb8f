/** How many points a bucket holds, and how fast they come back. */
export interface BucketRule {
  readonly most: number;
  readonly perSecond: number;
}

/** Tells the time in milliseconds by a clock that never jumps. */
export type NowMs = () => number;

/**
 * Leaky buckets in memory, by name. All that is kept of one is when it will be full again, and nothing of one that is. At most `mostKept`
 * are kept: beyond, the one that nothing was taken from for longest begins anew.
 */
export class Buckets {
  private readonly fullAt = new Map<string, number>();

  constructor(
    readonly rule: BucketRule,
    private readonly nowMs: NowMs = () => performance.now(),
    private readonly mostKept = 10_000,
  ) {}

  /** Whole points that may be taken now. */
  left(name: string): number {
    const { most, perSecond } = this.rule;
    return Math.max(0, Math.floor(most - (this.owedMs(name) * perSecond) / 1000));
  }

  /** Milliseconds until so many points may be taken; 0 where they are there. What the bucket can never hold is there when it is full. */
  waitMs(name: string, points: number): number {
    const room = this.msOf(this.rule.most - Math.min(points, this.rule.most));
    return Math.max(0, Math.ceil(this.owedMs(name) - room));
  }

  /** Takes points, whether they are there or not. */
  take(name: string, points: number): void {
    this.owe(name, this.owedMs(name) + this.msOf(points));
  }

  /** Says how long a bucket needs to be full again. */
  owe(name: string, ms: number): void {
    this.fullAt.delete(name);
    if (ms <= 0) return;
    this.fullAt.set(name, this.nowMs() + ms);
    const [oldest] = this.fullAt.keys();
    if (this.fullAt.size > this.mostKept && oldest !== undefined) this.fullAt.delete(oldest);
  }

  /** How long so many points take to come back. */
  msOf(points: number): number {
    return (points * 1000) / this.rule.perSecond;
  }

  private owedMs(name: string): number {
    return Math.max(0, (this.fullAt.get(name) ?? 0) - this.nowMs());
  }
}
