import { randomUUID } from "node:crypto";
import { expect, test } from "@jest/globals";
import { cronProblem, nextTime } from "../../src/sync/schedule/cron.js";
import { nextSyncTime, nextVerificationTime, type Schedule } from "../../src/sync/schedule/times.js";

const minuteMs = 60_000;

/** The first times after `from`, each after the one before. */
function times(cron: string, timeZone: string, from: string, count: number): string[] {
  const found: Date[] = [];
  while (found.length < count) found.push(nextTime(cron, timeZone, found.at(-1) ?? new Date(from)));
  return found.map((at) => at.toISOString().replace(":00.000Z", "Z"));
}

const schedule = (changes: Partial<Schedule> = {}): Schedule => ({
  id: randomUUID(),
  cron: null,
  scheduleTimeZone: null,
  timeZone: null,
  isPriority: false,
  ...changes,
});

test("a time that the spring night leaves out comes an hour later, once", () => {
  expect(times("30 2 * * *", "America/New_York", "2026-03-07T05:00:00Z", 3)).toEqual([
    "2026-03-07T07:30Z",
    "2026-03-08T07:30Z",
    "2026-03-09T06:30Z",
  ]);
});

test("a left-out time still comes where the next is asked for after the leap", () => {
  expect(times("30 2 * * *", "America/New_York", "2026-03-08T07:10:00Z", 1)).toEqual(["2026-03-08T07:30Z"]);
});

test("a time that the autumn night has twice comes once, wherever in that night the next is asked for", () => {
  const tomorrow = ["2026-11-02T06:30Z"];
  expect(times("30 1 * * *", "America/New_York", "2026-11-01T04:00:00Z", 2)).toEqual([
    "2026-11-01T05:30Z",
    ...tomorrow,
  ]);
  expect(times("30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", 1)).toEqual(tomorrow);
  expect(times("30 1 * * *", "America/New_York", "2026-11-01T06:10:00Z", 1)).toEqual(tomorrow);
});

test("what comes every hour comes every hour of both nights", () => {
  const hours = ["05:15Z", "06:15Z", "07:15Z", "08:15Z"];
  for (const night of ["2026-03-08", "2026-11-01"]) {
    expect(times("15 * * * *", "America/New_York", `${night}T05:00:00Z`, 4)).toEqual(
      hours.map((at) => `${night}T${at}`),
    );
  }
});

test("a zone that leaps by half an hour, and one that leaps by two, have every night's time once", () => {
  expect(times("15 2 * * *", "Australia/Lord_Howe", "2026-10-02T16:00:00Z", 3)).toEqual([
    "2026-10-03T15:45Z",
    "2026-10-04T15:15Z",
    "2026-10-05T15:15Z",
  ]);
  expect(times("0 2 * * *", "Antarctica/Troll", "2026-10-24T12:00:00Z", 2)).toEqual([
    "2026-10-25T00:00Z",
    "2026-10-26T02:00Z",
  ]);
});

test("by default a connection is synced daily within 20 minutes from 02:00 on, in the company's time zone", () => {
  const tokyo = schedule({ timeZone: "Asia/Tokyo" });
  const two = Date.parse("2026-11-22T17:00:00Z");
  const first = nextSyncTime(tokyo, new Date(two - minuteMs)).getTime();
  expect(first).toBeGreaterThanOrEqual(two);
  expect(first).toBeLessThan(two + 20 * minuteMs);
  expect(nextSyncTime(tokyo, new Date(first)).getTime()).toBe(first + 24 * 60 * minuteMs);
  expect(nextSyncTime(tokyo, new Date(first - 1)).getTime()).toBe(first);
});

test("a priority connection is synced hourly", () => {
  const priority = schedule({ isPriority: true });
  const first = nextSyncTime(priority, new Date("2026-11-22T10:00:00Z")).getTime();
  expect(nextSyncTime(priority, new Date(first)).getTime() - first).toBe(60 * minuteMs);
});

test("the mirror is verified weekly, early on Sunday", () => {
  const weekly = schedule({ timeZone: "Europe/Berlin" });
  const first = nextVerificationTime(weekly, new Date("2026-11-18T12:00:00Z"));
  expect(first.toISOString()).toMatch(/^2026-11-22T03:[01]/);
  expect(nextVerificationTime(weekly, first).toISOString()).toMatch(/^2026-11-29T03:[01]/);
});

test("companies are spread evenly over the 20 minutes, and each has the same time every day", () => {
  const at = (id: string, after: string) => nextSyncTime(schedule({ id }), new Date(after)).toISOString().slice(11);
  const ids = Array.from({ length: 200 }, () => randomUUID());
  const minutes = ids.map((id) => Number(at(id, "2026-11-22T00:00:00Z").slice(3, 5)));
  const perQuarter = [0, 5, 10, 15].map(
    (from) => minutes.filter((minute) => minute >= from && minute < from + 5).length,
  );
  expect(Math.min(...perQuarter)).toBeGreaterThan(20);
  expect(Math.max(...minutes)).toBeLessThan(20);
  expect(ids.map((id) => at(id, "2027-03-05T00:00:00Z"))).toEqual(ids.map((id) => at(id, "2026-11-22T00:00:00Z")));
});

test("a cron that a person gave is kept to the minute, in the zone of the settings, else the company's, else UTC", () => {
  const after = new Date("2026-11-22T00:00:00Z");
  const at = (changes: Partial<Schedule>) =>
    nextSyncTime(schedule({ cron: "10 6 * * *", ...changes }), after).toISOString();
  expect(at({ timeZone: "Asia/Tokyo", scheduleTimeZone: "Europe/Berlin" })).toBe("2026-11-22T05:10:00.000Z");
  expect(at({ timeZone: "Asia/Tokyo" })).toBe("2026-11-22T21:10:00.000Z");
  expect(at({ timeZone: "Nowhere/Else" })).toBe("2026-11-22T06:10:00.000Z");
  expect(at({})).toBe("2026-11-22T06:10:00.000Z");
});

test.each(["*/5 * * * *", "0,5 2-4 * * *", "58 3 * * MON-THU", "0,58 3 * * *", "0 0 29 2 *", "0 2 L * *"])(
  "%s can be a schedule",
  (cron) => {
    expect(cronProblem(cron)).toBeUndefined();
  },
);

test.each(["* * * * *", "0,4 3 * * *", "2,58 3-4 * * *", "0,57 23,0 * * *"])("%s is too frequent", (cron) => {
  expect(cronProblem(cron)).toContain("5 minutes");
});

test.each(["", "2 * *", "0 0 2 * * *", "@daily", "H 2 * * *", "61 2 * * *", "0 0 31 2 *", "0 25 * * *", "a b c d e"])(
  "%p is no schedule",
  (cron) => {
    expect(cronProblem(cron)).toMatch(/five fields|cannot be used/);
  },
);
