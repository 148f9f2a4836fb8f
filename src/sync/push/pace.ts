/** How patiently local changes are pushed. */
export interface PushPace {
  /** How long after its first sending a write whose answer was lost is sent again under its requestid (I8). */
  readonly windowMs: number;
  /** QuickBooks works on a request no longer than this: before, nobody may conclude that the last sending did not land. */
  readonly cutOffMs: number;
  /** After the first failure; each further one doubles it. */
  readonly delayMs: number;
  readonly longestDelayMs: number;
}

export const defaultPace: PushPace = {
  windowMs: 15 * 60_000,
  cutOffMs: 120_000,
  delayMs: 2_000,
  longestDelayMs: 120_000,
};

/** Half of it at least, so that many that failed together do not come back together. */
export function delayAfter({ delayMs, longestDelayMs }: PushPace, attempts: number, random: () => number): number {
  return Math.min(longestDelayMs, delayMs * 2 ** Math.min(attempts, 20)) * (0.5 + random() / 2);
}
