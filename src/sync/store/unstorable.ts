import type { DatabaseError } from "pg";
import type { Prepared, Refused } from "./prepare.js";

/** What PostgreSQL says of a value that a column cannot hold, by its SQLSTATE. */
const kinds: Readonly<Record<string, string>> = {
  "22001": "is too long",
  "22003": "is a number out of its range",
  "22007": "is not a date or time",
  "22008": "is a date or time out of its range",
  "22021": "holds a character that cannot be stored",
  "22P02": "is not of the type of its column",
  "22P05": "holds a character that cannot be stored",
};

/**
 * A record that the database refused. Its message quotes the value, which belongs to the books: the reason, which everybody may read, names the
 * field instead, where it can be told by that value, and what is wrong with it.
 */
export function unstorable(record: Prepared, { code = "", message }: DatabaseError): Refused {
  const { quickbooksId, text: payload, row, values, children } = record;
  const paths = pathsOf({ ...row, ...values, ...children }, /"([^]*)"/.exec(message)?.[1]);
  const what = paths.length === 0 ? "A value" : paths.slice(0, 5).join(", ");
  const reason = `PostgreSQL cannot hold this record: ${what} ${kinds[code] ?? "is a value that no column holds"} (SQLSTATE ${code}).`;
  return { quickbooksId, position: 0, code: "UNSTORABLE_RECORD", reason, payload };
}

/** Where this text stands as a value, by the fields' names. */
function pathsOf(value: unknown, wanted: string | undefined, path: readonly string[] = []): readonly string[] {
  if (wanted === undefined) return [];
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, wanted, [...path, key]));
  const isIt = (typeof value === "string" || typeof value === "number") && String(value) === wanted;
  return isIt ? [path.join(".")] : [];
}
