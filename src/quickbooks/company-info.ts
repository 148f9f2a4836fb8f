import { z } from "zod";
import { parseExact } from "../foundation/json.js";
import { type Answer, instant } from "./answers.js";
import { UnreadableResult } from "./errors.js";

/** What the gateway keeps of CompanyInfo. */
export interface CompanyInfo {
  readonly companyName: string;
  readonly country: string | undefined;
  /** An IANA name; companies that have not been opened since 2025 may lack it. */
  readonly timeZone: string | undefined;
  /** Moves when the company is reset. */
  readonly createdAt: Date | undefined;
  /** QuickBooks' own present, as it began to answer. */
  readonly time: Date;
}

export interface Preferences {
  /** ISO 4217. */
  readonly homeCurrency: string | undefined;
  readonly isMultiCurrency: boolean;
  /** `YYYY-MM-DD`: the books are closed up to and with this day. */
  readonly booksClosedUntil: string | undefined;
}

const optionalText = z.string().min(1).optional().catch(undefined);
/** A name that is no time zone would fail every reading of what depends on the company's local day. */
const timeZone = optionalText.transform((name) => (name !== undefined && isTimeZone(name) ? name : undefined));
const companyInfo = z
  .object({
    CompanyName: z.string(),
    Country: optionalText,
    DefaultTimeZone: timeZone,
    MetaData: z.object({ CreateTime: instant.optional() }).optional(),
  })
  .transform(({ CompanyName, Country, DefaultTimeZone, MetaData }) => ({
    companyName: CompanyName,
    country: Country,
    timeZone: DefaultTimeZone,
    createdAt: MetaData?.CreateTime,
  }));
const preferences = z
  .object({
    AccountingInfoPrefs: z.object({ BookCloseDate: z.iso.date().optional().catch(undefined) }).optional(),
    CurrencyPrefs: z
      .object({
        HomeCurrency: z.object({ value: optionalText }).optional(),
        MultiCurrencyEnabled: z.boolean().optional(),
      })
      .optional(),
  })
  .transform(({ AccountingInfoPrefs: accounting, CurrencyPrefs: currency }) => ({
    booksClosedUntil: accounting?.BookCloseDate,
    homeCurrency: currency?.HomeCurrency?.value,
    isMultiCurrency: currency?.MultiCurrencyEnabled ?? false,
  }));

export const readCompanyInfo = (answer: Answer): CompanyInfo => ({
  ...readSingle(companyInfo, answer),
  time: answer.time,
});
export const readPreferences = (answer: Answer): Preferences => readSingle(preferences, answer);

function readSingle<T>(schema: z.ZodType<T>, { records, intuitTid }: Answer): T {
  const record = schema.safeParse(parseExact(records[0]?.text() ?? "null"));
  if (record.success) return record.data;
  throw new UnreadableResult("QuickBooks answered with something else than was asked for.", {
    cause: record.error,
    intuitTid,
  });
}

/** An IANA name that this machine knows; not an offset, which PostgreSQL would read with the opposite sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z_]+(\/[\w+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    // Intl has no other way to say that it does not know the zone.
    return false;
  }
}
