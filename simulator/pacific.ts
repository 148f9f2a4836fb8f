const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The n-th Sunday of a month (0 = January), as days since 1970. */
function nthSunday(year: number, month: number, nth: number): number {
  const first = Date.UTC(year, month, 1) / dayMs;
  const weekday = new Date(first * dayMs).getUTCDay();
  return first + ((7 - weekday) % 7) + (nth - 1) * 7;
}

/** How far Pacific time is behind UTC: 7 hours from the second Sunday of March to the first of November, else 8 (US rule since 2007). */
export function pacificOffsetHours(instantMs: number): 7 | 8 {
  const date = new Date(instantMs);
  const month = date.getUTCMonth();
  if (month > 2 && month < 10) return 7;
  if (month !== 2 && month !== 10) return 8;
  const year = date.getUTCFullYear();
  const summerStart = nthSunday(year, 2, 2) * dayMs + 10 * hourMs;
  const summerEnd = nthSunday(year, 10, 1) * dayMs + 9 * hourMs;
  return instantMs >= summerStart && instantMs < summerEnd ? 7 : 8;
}

function local(instantMs: number): { readonly text: string; readonly offset: string } {
  const hours = pacificOffsetHours(instantMs);
  return { text: new Date(instantMs - hours * hourMs).toISOString(), offset: `-0${String(hours)}:00` };
}

/** A record's time as QuickBooks writes it: Pacific, to the second, whatever the company's own time zone. */
export function recordTime(seconds: number): string {
  const { text, offset } = local(seconds * 1000);
  return text.slice(0, 19) + offset;
}

/** An answer's time as QuickBooks writes it: Pacific, to the millisecond, trailing zeros trimmed. */
export function answerTime(instantMs: number): string {
  const { text, offset } = local(instantMs);
  return text.slice(0, 23).replace(/0{1,2}$/, "") + offset;
}

/** The calendar date in Pacific time, `YYYY-MM-DD`. */
export function pacificDate(instantMs: number): string {
  return local(instantMs).text.slice(0, 10);
}

/**
 * Reads a date or date-time of a query as milliseconds since 1970, or undefined when it is neither.
 * What an absent offset means is not documented: `zoneless` decides.
 */
export function parseInstant(text: string, zoneless: "pacific" | "utc"): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
    text.trim(),
  );
  if (!parts) return undefined;
  const [, date = "", time = "00:00:00", offset] = parts;
  const zone = offset?.replace(/(\d{2}):?(\d{2})$/, "$1:$2") ?? "Z";
  const instant = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(instant)) return undefined;
  if (offset !== undefined || zoneless === "utc") return instant;
  return instant + pacificOffsetHours(instant + 8 * hourMs) * hourMs;
}
