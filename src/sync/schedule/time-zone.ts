const dayMs = 24 * 3_600_000;

/** Whether the name is one of the IANA database. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** By how much the clocks of a time zone are ahead of UTC at an instant, in milliseconds. */
export function offsetMs(timeZone: string, instant: Date): number {
  const zone = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  const name = zone.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "0", minutes = "0", seconds = "0"] = /([+-])(\d+):(\d+):?(\d+)?/.exec(name) ?? [];
  const total = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === "-" ? -total : total;
}

/**
 * When the clocks of a time zone show `wall` (its figures read as if they were UTC): the first time where an autumn night shows it
 * twice; where a spring night leaves it out, as long after the leap as it lies in what is left out.
 */
export function instantOf(timeZone: string, wall: Date): Date {
  const offsets = [-dayMs, dayMs].map((near) => offsetMs(timeZone, new Date(wall.getTime() + near)));
  const [early = wall, late = wall] = offsets.map((offset) => new Date(wall.getTime() - offset));
  const isLate = offsetMs(timeZone, early) !== offsets[0] && offsetMs(timeZone, late) === offsets[1];
  return isLate ? late : early;
}
