import { problem } from "./names.js";
import type { Values, WriteProblem } from "./writes.js";

/** Most characters of what QuickBooks limits closer than a line of an address (PhysicalAddress of the Customer reference). */
const longest = { city: 255, region: 255, postalCode: 30, country: 255 } as const;
const longestInAll = 2_000;

/** What is too long in the addresses at these paths. */
export function addressProblems(values: Values, paths: readonly string[]): readonly WriteProblem[] {
  return paths.flatMap((path) => {
    const value = values[path];
    if (typeof value !== "object" || value === null) return [];
    const parts = new Map(Object.entries(value));
    const long = Object.entries(longest).flatMap(([part, most]) => {
      const text: unknown = parts.get(part);
      const isLong = typeof text === "string" && text.length > most;
      return isLong ? [problem(`${path}.${part}`, `${String(most)} characters are the most here: shorten it.`)] : [];
    });
    const all = [...parts.values()].flat().map((text: unknown) => (typeof text === "string" ? text.length : 0));
    const isLong = all.reduce((sum, length) => sum + length, 0) > longestInAll;
    return isLong
      ? [...long, problem(path, `An address has ${String(longestInAll)} characters at most: shorten it.`)]
      : long;
  });
}
