import { z } from "zod";
import type { Address } from "./fields.js";

/**
 * The pieces that QuickBooks' payloads share. Absent and null mean the same; what no schema names is ignored. Exact numbers
 * become texts here, so that mappers only pick and rename.
 */

/** A text, of any length. */
export const text = z.string().nullish().transform(orNull);
export const flag = z.boolean().nullish().transform(orNull);
export const integer = z.int32().nullish().transform(orNull);

/** Longest text in an indexed column: a PostgreSQL index entry holds 2,704 bytes, and a character takes up to four. */
const longestIndexed = 500;
const tooLong = `is longer than ${String(longestIndexed)} characters`;

/** A text whose column is indexed. */
export const shortText = z.string().max(longestIndexed, tooLong).nullish().transform(orNull);

/** A text that must be there; `problem` says so to people. */
export function requiredText(problem: string) {
  return z.string(problem).min(1, problem).max(longestIndexed, tooLong);
}

/** An amount of money: `numeric(28,8)`, as a plain decimal text. */
export const amount = exactNumber(20, 8);
export const optionalAmount = amount.nullish().transform(orNull);
/** A rate, price or quantity: `numeric(38,16)`, as a plain decimal text. */
export const optionalRate = exactNumber(22, 16).nullish().transform(orNull);

/** A calendar date, as XSD's `date` without a time zone. PostgreSQL knows no year 0. */
export const date = z.iso.date("is not a date such as 2026-01-31").regex(/^(?!0000)/, "is in the year 0");
export const optionalDate = date.nullish().transform(orNull);

const instant = z.iso.datetime({ offset: true, error: "is not an instant such as 2026-01-31T09:30:00-08:00" });

/** What every record carries. LastUpdatedTime can be missing, as in the answer to a created account. */
export const envelope = {
  Id: requiredText("is missing: every record has an Id"),
  SyncToken: z
    .string()
    .regex(/^\d{1,9}$/, "is not a number in digits")
    .nullish(),
  MetaData: z.object({ CreateTime: instant.nullish(), LastUpdatedTime: instant.nullish() }).nullish(),
};

/** The id inside a reference; the name beside it is a copy that changes by itself, and does not count. */
export const optionalRef = z
  .object({ value: z.string().max(longestIndexed, tooLong).nullish() })
  .nullish()
  .transform((reference) => reference?.value || null);

export function requiredRef(problem: string) {
  return z.object({ value: requiredText(problem) }, problem).transform((reference) => reference.value);
}

export const phone = z
  .object({ FreeFormNumber: z.string().nullish() })
  .nullish()
  .transform((number) => number?.FreeFormNumber ?? null);

/** One address, or several separated by commas. */
export const email = z
  .object({ Address: z.string().max(longestIndexed, tooLong).nullish() })
  .nullish()
  .transform((mailbox) => mailbox?.Address ?? null);

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
  .nullish()
  .transform((parts) => (parts ? addressOf(parts) : null));

type AddressParts = Readonly<
  Record<`Line${1 | 2 | 3 | 4 | 5}` | "City" | "CountrySubDivisionCode" | "PostalCode" | "Country", string | null>
>;

function addressOf(parts: AddressParts): Address | null {
  const { Line1, Line2, Line3, Line4, Line5, City, CountrySubDivisionCode, PostalCode, Country } = parts;
  const lines = [Line1, Line2, Line3, Line4, Line5].flatMap((line) => (line ? [line] : []));
  const isEmpty = lines.length === 0 && !City && !CountrySubDivisionCode && !PostalCode && !Country;
  if (isEmpty) return null;
  return { lines, city: City, region: CountrySubDivisionCode, postalCode: PostalCode, country: Country };
}

/**
 * What a void leaves of a transaction: QuickBooks marks it nowhere else than in the private note, which it makes "Voided" or
 * "Voided - " and the old note, and takes all amounts away.
 */
export function isVoided(privateNote: string | null, amounts: readonly (string | null)[]): boolean {
  return privateNote?.startsWith("Voided") === true && amounts.every((each) => each === null || each === "0");
}

function orNull<Value>(value: Value | null | undefined): Value | null {
  return value ?? null;
}

function exactNumber(wholeDigits: number, scale: number) {
  return z.union([z.number(), z.string()], "is not a number").transform((value, context) => {
    const plain = plainDecimal(value);
    const problem = plain === undefined ? "is not a number" : misfit(plain, wholeDigits, scale);
    if (plain !== undefined && problem === undefined) return plain;
    context.addIssue({ code: "custom", message: problem ?? "is not a number" });
    return z.NEVER;
  });
}

function misfit(plain: string, wholeDigits: number, scale: number): string | undefined {
  const point = plain.indexOf(".");
  if (point !== -1 && plain.length - point - 1 > scale)
    return `has more than ${String(scale)} decimals, and is never rounded`;
  const whole = (point === -1 ? plain.length : point) - (plain.startsWith("-") ? 1 : 0);
  return whole > wholeDigits ? `has more than ${String(wholeDigits)} digits before the point` : undefined;
}

const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The shortest decimal text of a number, without exponent: `1e-7` is `0.0000001`, `"00.50"` is `0.5`. Undefined where it is none.
 * A number must have at most 15 significant digits, else it has lost some before it came here.
 */
export function plainDecimal(value: number | string): string | undefined {
  const written = String(value);
  if (typeof value === "number" && !written.includes("e")) return written;
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
