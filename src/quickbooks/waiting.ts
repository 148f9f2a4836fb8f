import { setTimeout as timeout } from "node:timers/promises";

/** Waits `ms` milliseconds, or throws the reason of `signal`; tests bring their own. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = async (ms, signal) => {
  signal?.throwIfAborted();
  try {
    await timeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};

const baseMs = 500;
const mostMs = 20_000;

/** How long to wait after the `attempt`-th failure: anything up to a doubling bound, so that callers do not return all at once. */
export function fullJitterMs(attempt: number, random: () => number): number {
  return random() * Math.min(mostMs, baseMs * 2 ** attempt);
}

/** What Intuit asks for where a 429 does not say. */
const throttleMs = 60_000;

/** Until when a 429 wants us to wait. Retry-After is either seconds or a date (RFC 9110, 10.2.3). */
export function endOfThrottle(retryAfter: string | undefined, now: Date): Date {
  const text = retryAfter?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return new Date(now.getTime() + Number(text) * 1000);
  const date = new Date(text);
  return date.getTime() > now.getTime() ? date : new Date(now.getTime() + throttleMs);
}
