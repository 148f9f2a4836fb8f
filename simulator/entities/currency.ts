import { idOf } from "../company/value.js";
import type { Fields, Value } from "../company/value.js";
import { EditRefused } from "./definition.js";
import type { Context } from "./definition.js";

const known: Readonly<Record<string, Fields>> = {
  AUD: { value: "AUD", name: "Australian Dollar" },
  CAD: { value: "CAD", name: "Canadian Dollar" },
  EUR: { value: "EUR", name: "Euro" },
  GBP: { value: "GBP", name: "British Pound Sterling" },
  USD: { value: "USD", name: "United States Dollar" },
};

/** The currency reference of a record: the one given, or the home currency. */
export function currencyRef(context: Context, given: Value | undefined, entity: string): Fields {
  const code = idOf(given) ?? context.homeCurrency;
  if (code !== context.homeCurrency && !context.currencies.includes(code)) {
    throw new EditRefused(
      `${entity}.CurrencyRef: the company has no currency ${code}; create it with currencies: ["${code}"].`,
      { code: "2220", element: "CurrencyRef", detail: `Invalid Currency Type : ${code}` },
    );
  }
  return known[code] ?? { value: code };
}
