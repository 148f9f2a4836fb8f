import { idOf } from "../company/value.js";
import type { Fields, Value } from "../company/value.js";
import { EditRefused } from "./definition.js";
import type { Context } from "./definition.js";

const names: Readonly<Record<string, string>> = {
  AUD: "Australian Dollar",
  CAD: "Canadian Dollar",
  EUR: "Euro",
  GBP: "British Pound Sterling",
  USD: "United States Dollar",
};

/** The currency reference of a record: the one given, or the home currency. */
export function currencyRef(context: Context, given: Value | undefined, entity: string): Fields {
  const code = idOf(given) ?? context.homeCurrency;
  if (code !== context.homeCurrency && !context.currencies.includes(code)) {
    throw new EditRefused(
      `${entity}.CurrencyRef: the company has no currency ${code}; create it with currencies: ["${code}"].`,
    );
  }
  const name = names[code];
  return name === undefined ? { value: code } : { value: code, name };
}
