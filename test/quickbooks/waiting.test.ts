import { expect, test } from "@jest/globals";
import { Attempts } from "../../src/quickbooks/attempts.js";
import { endOfThrottle, fullJitterMs, sleep } from "../../src/quickbooks/waiting.js";

const now = new Date("2026-11-22T10:00:00Z");
const nowMs = now.getTime();

test.each([
  ["seconds", "7", "2026-11-22T10:00:07.000Z"],
  ["no seconds at all", "0", "2026-11-22T10:00:00.000Z"],
  ["a date", "Sun, 22 Nov 2026 10:05:00 GMT", "2026-11-22T10:05:00.000Z"],
  ["a date that has passed", "Sun, 22 Nov 2026 09:00:00 GMT", "2026-11-22T10:01:00.000Z"],
  ["nothing", undefined, "2026-11-22T10:01:00.000Z"],
  ["an empty text", " ", "2026-11-22T10:01:00.000Z"],
  ["a text that is neither", "soon", "2026-11-22T10:01:00.000Z"],
  ["a negative number", "-5", "2026-11-22T10:01:00.000Z"],
])("a 429 with %s for Retry-After is waited out until then", (_name, retryAfter, until) => {
  expect(endOfThrottle(retryAfter, now).toISOString()).toBe(until);
});

test("pauses grow up to twenty seconds, and are anything from nothing to that", () => {
  expect([1, 2, 3, 10].map((attempt) => fullJitterMs(attempt, () => 1))).toEqual([1000, 2000, 4000, 20_000]);
  expect(fullJitterMs(3, () => 0)).toBe(0);
});

test("a pause that would outlast the deadline is not made", () => {
  const attempts = new Attempts(nowMs + 900, () => 1);
  expect(attempts.pauseMs("BACK_OFF", nowMs, undefined)).toBeUndefined();
});

test("however short the waits QuickBooks asks for, a request is throttled five times at most", () => {
  const attempts = new Attempts(nowMs + 60_000, () => 1);
  const pauses = Array.from({ length: 5 }, () => attempts.pauseMs("WAIT_THROTTLE", nowMs, now));
  expect(pauses).toEqual([0, 0, 0, 0, undefined]);
});

test("what may be done once is done once, each for itself", () => {
  const attempts = new Attempts(nowMs + 60_000, () => 1);
  expect(attempts.pauseMs("REFRESH_TOKEN", nowMs, undefined)).toBe(0);
  expect(attempts.pauseMs("ONCE_MORE", nowMs, undefined)).toBe(1000);
  expect(attempts.pauseMs("REFRESH_TOKEN", nowMs, undefined)).toBeUndefined();
  expect(attempts.pauseMs("ONCE_MORE", nowMs, undefined)).toBeUndefined();
  expect(attempts.pauseMs("NONE", nowMs, undefined)).toBeUndefined();
});

test("a sleep ends with the reason of its signal", async () => {
  const controller = new AbortController();
  const asleep = sleep(60_000, controller.signal);
  controller.abort(new Error("cancelled"));
  await expect(asleep).rejects.toThrow("cancelled");
  await expect(sleep(1, controller.signal)).rejects.toThrow("cancelled");
});
