import { sha256Bytes } from "../../foundation/ids.js";
import { nextTime } from "./cron.js";
import type { Stretch } from "./stretch.js";
import { isTimeZone } from "./time-zone.js";

const daily = "0 2 * * *";
const hourly = "0 * * * *";
const weeklyVerification = "0 4 * * 0";

/** The default schedules of all connections are spread over this long. */
const spreadMs = 20 * 60_000;

/** What decides when a connection is synced. */
export interface Schedule {
  readonly id: string;
  /** A person's own; null: the default, which is spread. */
  readonly cron: string | null;
  readonly scheduleTimeZone: string | null;
  /** The company's own. */
  readonly timeZone: string | null;
  readonly isPriority: boolean;
}

/** When the connection is to be synced next, after `after`: to the minute of its own cron, else spread from 02:00 or the full hour. */
export function nextSyncTime(schedule: Schedule, after: Date): Date {
  if (schedule.cron !== null) return nextTime(schedule.cron, timeZoneOf(schedule), after);
  return spreadTime(schedule, schedule.isPriority ? hourly : daily, after);
}

/** When its mirror is to be verified next: early on Sundays. */
export function nextVerificationTime(schedule: Schedule, after: Date): Date {
  return spreadTime(schedule, weeklyVerification, after);
}

/**
 * `next(after)` as the month's quota has it: times are left out, so that those left come so many times as seldom on the average. With the
 * next month everything comes as it should again.
 */
export function stretchedTime(
  next: (schedule: Schedule, after: Date) => Date,
  schedule: Schedule,
  after: Date,
  { endsAt, ...stretch }: Stretch,
): Date {
  const factor = schedule.isPriority ? stretch.priority : stretch.others;
  const first = next(schedule, after);
  if (factor === 1) return first;
  const firstOfNextMonth = next(schedule, new Date(endsAt.getTime() - 1));
  if (factor === Infinity) return firstOfNextMonth;
  const intervalMs = next(schedule, first).getTime() - first.getTime();
  // Of a factor of 1.3, three in ten first times are left out: which ones, is the same at every look.
  const leftOut = Math.floor(factor - 1 + shareOf(`${schedule.id} ${first.toISOString()}`));
  if (leftOut === 0) return first;
  const time = next(schedule, new Date(first.getTime() + (leftOut - 0.5) * intervalMs));
  return time < firstOfNextMonth ? time : firstOfNextMonth;
}

/** So that companies do not all start at once, each is late by as much as its id says: always the same, and from the next on too. */
function spreadTime(schedule: Schedule, cron: string, after: Date): Date {
  const offsetMs = Math.floor(shareOf(schedule.id) * spreadMs);
  const next = nextTime(cron, timeZoneOf(schedule), new Date(after.getTime() - offsetMs));
  return new Date(next.getTime() + offsetMs);
}

/** A number from 0 to 1, always the same for a text, and evenly spread over texts. */
function shareOf(text: string): number {
  return sha256Bytes(text).readUInt32BE() / 2 ** 32;
}

/** A company may have a time zone that this machine does not know. */
function timeZoneOf({ scheduleTimeZone, timeZone }: Schedule): string {
  return [scheduleTimeZone, timeZone].find((name) => name !== null && isTimeZone(name)) ?? "UTC";
}
