import { sha256Bytes } from "../../foundation/ids.js";
import { nextTime } from "./cron.js";
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

/** So that companies do not all start at once, each is late by as much as its id says: always the same, and from the next on too. */
function spreadTime(schedule: Schedule, cron: string, after: Date): Date {
  const offsetMs = Math.floor((sha256Bytes(schedule.id).readUInt32BE() / 2 ** 32) * spreadMs);
  const next = nextTime(cron, timeZoneOf(schedule), new Date(after.getTime() - offsetMs));
  return new Date(next.getTime() + offsetMs);
}

/** A company may have a time zone that this machine does not know. */
function timeZoneOf({ scheduleTimeZone, timeZone }: Schedule): string {
  return [scheduleTimeZone, timeZone].find((name) => name !== null && isTimeZone(name)) ?? "UTC";
}
