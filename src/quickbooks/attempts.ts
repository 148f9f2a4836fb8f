import type { Remedy } from "./verdicts.js";
import { fullJitterMs } from "./waiting.js";

const mostFailures = 5;
/** However short a time QuickBooks asks for each time. */
const mostThrottles = 5;

/** What one request may still do about its failures. */
export class Attempts {
  private failures = 0;
  private throttles = 0;
  private readonly spent = new Set<Remedy>();

  constructor(
    private readonly deadlineMs: number,
    private readonly random: () => number,
  ) {}

  /** How long to pause before the next attempt; undefined where there is to be none. */
  pauseMs(remedy: Remedy, nowMs: number, throttledUntil: Date | undefined): number | undefined {
    switch (remedy) {
      case "NONE":
        return undefined;
      case "WAIT_THROTTLE":
        // The limiter does the waiting, for all processes.
        return ++this.throttles < mostThrottles && (throttledUntil?.getTime() ?? nowMs) < this.deadlineMs
          ? 0
          : undefined;
      case "REFRESH_TOKEN":
        return this.isFirst(remedy) ? 0 : undefined;
      case "ONCE_MORE":
        return this.isFirst(remedy) ? this.backOffMs(nowMs) : undefined;
      case "BACK_OFF":
        return this.backOffMs(nowMs);
    }
  }

  private isFirst(remedy: Remedy): boolean {
    if (this.spent.has(remedy)) return false;
    this.spent.add(remedy);
    return true;
  }

  private backOffMs(nowMs: number): number | undefined {
    this.failures++;
    const pauseMs = fullJitterMs(this.failures, this.random);
    return this.failures < mostFailures && nowMs + pauseMs < this.deadlineMs ? pauseMs : undefined;
  }
}
