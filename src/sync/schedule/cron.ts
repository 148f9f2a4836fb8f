import { CronExpressionParser } from "cron-parser";
import { instantOf, offsetMs } from "./time-zone.js";

/** Syncs of one connection begin at least this far apart. */
export const leastIntervalMinutes = 5;

const hoursOfDay = 24;
const minutesOfHour = 60;
/** Jenkins' `H` stands for a time of the parser's own choosing, which would be another one at every look. */
const hashed = /(^|[\s,])H/i;

/** Clocks are not put forward by more than this. */
const longestLeapMs = 3 * 3_600_000;

/**
 * The first time after `after` that the expression names on the clocks of that time zone. A time that a spring night leaves out comes
 * by as much later, one that an autumn night has twice comes once, the first time; what comes every hour keeps to its hours
 * through both. Throws where the expression names no time at all.
 */
export function nextTime(cron: string, timeZone: string, after: Date): Date {
  // The parser works in UTC, where no hour is missing or doubled, on what the clocks show.
  const offset = offsetMs(timeZone, after);
  const beforeLeap = offsetMs(timeZone, new Date(after.getTime() - longestLeapMs));
  const currentDate = new Date(after.getTime() + Math.min(offset, beforeLeap));
  const shown = CronExpressionParser.parse(cron, { currentDate, tz: "UTC" });
  const isEveryHour = shown.fields.hour.values.length === hoursOfDay;
  for (;;) {
    const wall = shown.next().toDate();
    const time = isEveryHour ? new Date(wall.getTime() - offset) : instantOf(timeZone, wall);
    if (time > after) return time;
  }
}

/** What is wrong with an expression that a person gave, and what would be right; undefined where it is fit for use. */
export function cronProblem(cron: string): string | undefined {
  if (cron.split(" ").length !== 5 || hashed.test(cron)) {
    return 'Give five fields (minute, hour, day of the month, month, day of the week), as in "0 2 * * *" for daily at 02:00.';
  }
  try {
    const { minute, hour } = CronExpressionParser.parse(cron, { tz: "UTC" }).fields;
    nextTime(cron, "UTC", new Date());
    const shortest = shortestInterval(minute.values.map(Number), hour.values.map(Number));
    if (shortest >= leastIntervalMinutes) return undefined;
    return `Leave at least ${leastIntervalMinutes} minutes between syncs; two of these are ${shortest} apart.`;
  } catch (error) {
    return `This cannot be used as a schedule: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** Minutes between two neighbouring times, by the clock: within an hour, or over the turn of hours that follow each other. */
function shortestInterval(minutes: readonly number[], hours: readonly number[]): number {
  const within = minutes.slice(1).map((minute, index) => minute - (minutes[index] ?? 0));
  const turns = hours.some((hour) => hours.includes((hour + 1) % hoursOfDay));
  const over = minutesOfHour + Math.min(...minutes) - Math.max(...minutes);
  return Math.min(minutesOfHour, ...within, ...(turns ? [over] : []));
}
