/** How patiently notices are applied. Tests bring their own. */
export interface Pace {
  /** What comes this soon after the first notice is read together with it, in one request. */
  readonly windowMs: number;
  /** Before the first repetition; each further one waits five times as long, up to `longestDelayMs`. */
  readonly delayMs: number;
  readonly longestDelayMs: number;
  /**
   * How often a record is read again because it does not show the change yet. With the delays above the last one comes 155 seconds
   * after the first: a commit can become visible up to 120 seconds after its own time, QuickBooks' cut-off for any request.
   */
  readonly mostRereads: number;
  /** Failures after which a notice is parked until somebody replays it. */
  readonly mostAttempts: number;
}

export const defaultPace: Pace = {
  windowMs: 250,
  delayMs: 5_000,
  longestDelayMs: 3_600_000,
  mostRereads: 3,
  mostAttempts: 8,
};

/** Until the next attempt, after so many that came to no end. */
export function delayAfter(attempts: number, { delayMs, longestDelayMs }: Pace): number {
  return Math.min(longestDelayMs, delayMs * 5 ** attempts);
}
