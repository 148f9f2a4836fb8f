import { z } from "zod";
import type { Address } from "./fields.js";

/**
 * The pieces that QuickBooks' payloads share. Absent and null mean the same; what no schema names is ignored. The schemas only
 * check: a transformation costs more than all other checks of a record, so mappers convert, with the functions below.
 */

export const text = z.string().nullish();
export const flag = z.boolean().nullish();
export const integer = z.int32().nullish();

/** Longest text in an indexed column: a PostgreSQL index entry holds 2,704 bytes, and a character takes up to four. */
const longestIndexed = 500;
const tooLong = `is longer than ${String(longestIndexed)} characters`;

/** A text whose column is indexed. */
export const shortText = z.string().max(longestIndexed, tooLong).nullish();

/** A text that must be there; `problem` says so to people. */
export function requiredText(problem: string) {
  return z.string(problem).min(1, problem).max(longestIndexed, tooLong);
}

/** A number as QuickBooks sends it: JSON numbers beyond 15 digits, and some others, come as text. */
export type ExactNumber = number | string;

/** An amount of money: `numeric(28,8)`. */
export const amount = exactNumber(20, 8);
export const optionalAmount = amount.nullish();
/** A rate, price or quantity: `numeric(38,16)`. */
export const optionalRate = exactNumber(22, 16).nullish();

/** A calendar date. PostgreSQL knows no year 0. */
export const date = z.iso.date("is not a date such as 2026-01-31").regex(/^(?!0000)/, "is in the year 0");
export const optionalDate = date.nullish();

const instant = z.iso.datetime({ offset: true, error: "is not an instant such as 2026-01-31T09:30:00-08:00" });

/** What every record carries. LastUpdatedTime can be missing, as in the answer to a created account. */
export const envelope = {
  Id: requiredText("is missing: every record has an Id"),
  SyncToken: z
    .string()
    .regex(/^\d{1,9}$/, "is not a whole number in digits")
    .nullish(),
  MetaData: z.object({ CreateTime: instant.nullish(), LastUpdatedTime: instant.nullish() }).nullish(),
};

/** A reference to another record. The name beside the id is a copy that changes by itself, and does not count. */
export const optionalRef = z.object({ value: shortText }).nullish();

export function requiredRef(problem: string) {
  return z.object({ value: requiredText(problem) }, problem);
}

export const phone = z.object({ FreeFormNumber: text }).nullish();
/** One address, or several separated by commas. */
export const email = z.object({ Address: shortText }).nullish();

export const address = z
  .object({
    Line1: text,
    Line2: text,
    Line3: text,
    Line4: text,
    Line5: text,
    City: text,
    CountrySubDivisionCode: text,
    PostalCode: text,
    Country: text,
  })
  .nullish();

/** The id inside a reference, null where it refers to nothing. */
export function idOf(reference: z.infer<typeof optionalRef>): string | null {
  return reference?.value || null;
}

export function addressOf(parts: z.infer<typeof address>): Address | null {
  if (!parts) return null;
  const { Line1, Line2, Line3, Line4, Line5, City, CountrySubDivisionCode, PostalCode, Country } = parts;
  const lines = [Line1, Line2, Line3, Line4, Line5].flatMap((line) => line || []);
  const isEmpty = lines.length === 0 && !City && !CountrySubDivisionCode && !PostalCode && !Country;
  if (isEmpty) return null;
  return {
    lines,
    city: City || null,
    region: CountrySubDivisionCode || null,
    postalCode: PostalCode || null,
    country: Country || null,
  };
}

/** The exact decimal text of a number that was validated; null where there is none. */
export function decimalOf(value: ExactNumber | null | undefined): string | null {
  return value === null || value === undefined ? null : requiredDecimalOf(value);
}

/** The exact decimal text of a number that was validated. */
export function requiredDecimalOf(value: ExactNumber): string {
  const plain = plainDecimal(value);
  // Its value belongs to the books, and not into a message.
  if (plain === undefined) throw new TypeError("A number is none; validate a record before mapping it.");
  return plain;
}

/**
 * Whether a void left a transaction like this. QuickBooks marks it nowhere else than in the private note, which becomes
 * "Voided", or "Voided - " and the old note, and takes all amounts away.
 */
export function looksVoided(note: string | null | undefined, amounts: readonly (ExactNumber | null | undefined)[]) {
  return note?.startsWith("Voided") === true && amounts.every((each) => (decimalOf(each) ?? "0") === "0");
}

function exactNumber(wholeDigits: number, scale: number) {
  return z.custom<ExactNumber>((value) => misfit(value, wholeDigits, scale) === undefined, {
    error: ({ input }) => misfit(input, wholeDigits, scale),
  });
}

/** Why a column of so many digits cannot hold a value exactly. */
function misfit(value: unknown, wholeDigits: number, scale: number): string | undefined {
  if (value === undefined) return "is missing";
  const plain = typeof value === "number" || typeof value === "string" ? plainDecimal(value) : undefined;
  if (plain === undefined) return "is not a number";
  const point = plain.indexOf(".");
  if (point !== -1 && plain.length - point - 1 > scale) {
    return `has more than ${String(scale)} decimals, and numbers are never rounded`;
  }
  const whole = (point === -1 ? plain.length : point) - (plain.startsWith("-") ? 1 : 0);
  return whole > wholeDigits ? `has more than ${String(wholeDigits)} digits before the point` : undefined;
}

const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The shortest decimal text of a number, without exponent: `1e-7` is `0.0000001`, `"00.50"` is `0.5`. Undefined where it is
 * none. A number must have at most 15 significant digits, else it has lost some before it came here.
 */
export function plainDecimal(value: ExactNumber): string | undefined {
  const written = String(value);
  if (typeof value === "number" && Number.isFinite(value) && !written.includes("e")) return written;
  const match = decimalPattern.exec(written);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction).padEnd(point, "0");
  const before = digits.slice(0, Math.max(point, 0)).replace(/^0+/, "") || "0";
  const after = ("0".repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0))).replace(/0+$/, "");
  const plain = after === "" ? before : `${before}.${after}`;
  return plain === "0" ? plain : sign + plain;
}
