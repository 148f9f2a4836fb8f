import { compare, decimalText } from "./exact.js";
import { textIn } from "./line-writes.js";
import {
  bodyOf,
  dateProperty,
  given,
  numberProperty,
  referenceProperty,
  textProperty,
  type Known,
  type Payload,
  type Property,
  type Values,
  type WantedWrite,
  type Write,
  type WriteProblem,
} from "./writes.js";

/** What the transactions of customers share when they are written. */

export const headProperties: Readonly<Record<string, Property>> = {
  txnDate: dateProperty("TxnDate"),
  customer: referenceProperty("CustomerRef"),
  privateNote: textProperty("PrivateNote"),
  currency: referenceProperty("CurrencyRef"),
  exchangeRate: numberProperty("ExchangeRate"),
};

/** QuickBooks fills these by itself where they are empty. */
export const headRemedies = { txnDate: "give the date", exchangeRate: "give the rate" };

/** What a new transaction says, or what of one is edited: updates are sparse, and what they do not name stays. */
export function headBody(properties: Readonly<Record<string, Property>>, { operation, values }: Write): Payload {
  return operation === "CREATE" ? bodyOf(properties, given(values)) : { sparse: true, ...bodyOf(properties, values) };
}

/** A new transaction is of today and in its customer's currency, unless it says otherwise. */
export function completedHead({ operation, values, company, referenced }: WantedWrite): Values {
  if (operation !== "CREATE") return values;
  const currency =
    textIn(values, "currency") ?? textIn(referenced("Customer", textIn(values, "customer") ?? ""), "currency");
  return {
    ...values,
    txnDate: values["txnDate"] ?? company.today,
    ...(company.isMultiCurrency && currency !== null && { currency }),
  };
}

/** What is wrong with customer, currency and rate. */
export function headProblems(wanted: WantedWrite, values: Values): readonly WriteProblem[] {
  return [...customerProblems(wanted, values), ...rateProblems(wanted, values)];
}

function customerProblems({ operation, company, before, referenced }: WantedWrite, values: Values): WriteProblem[] {
  const customer = referenced("Customer", textIn(values, "customer") ?? "");
  if (isInactive(customer))
    return [{ path: "customer", message: "The customer was made inactive: reactivate it, or name another." }];
  const theirs = textIn(customer, "currency");
  if (operation === "UPDATE") {
    const current = textIn(before?.row, "currency");
    if (customer === undefined || theirs === null || current === null || theirs === current) return [];
    const message = `The customer is kept in ${theirs}, and this in ${current}: name a customer kept in ${current}.`;
    return [{ path: "customer", message }];
  }
  const given = textIn(values, "currency");
  const expected = theirs ?? (company.isMultiCurrency ? null : company.homeCurrency);
  if (given === null && company.isMultiCurrency)
    return [{ path: "currency", message: "The company has several currencies: give the customer's." }];
  if (given === null || expected === null || given === expected) return [];
  return [
    { path: "currency", message: `It must be the customer's currency, ${expected}: give that, or leave it out.` },
  ];
}

function rateProblems({ company, before }: WantedWrite, values: Values): WriteProblem[] {
  const rate = decimalText(values["exchangeRate"]);
  if (rate === undefined) return [];
  const path = "exchangeRate";
  if (!company.isMultiCurrency)
    return [{ path, message: "The company has one currency: leave the exchange rate out." }];
  if (compare(rate, "0") <= 0) return [{ path, message: "It must be more than 0." }];
  const currency = textIn(values, "currency") ?? textIn(before?.row, "currency");
  if (currency === null || currency !== company.homeCurrency || compare(rate, "1") === 0) return [];
  return [{ path, message: `In ${currency}, the company's own currency, it is 1: leave it out.` }];
}

/** The currency of a new transaction that names none: the company's own, where that is the only one. */
export function currencyOf(known: Known | undefined): Payload {
  const currency = known?.company.homeCurrency ?? null;
  return currency === null || known?.company.isMultiCurrency === true ? {} : { CurrencyRef: { value: currency } };
}

/** Whether a mapped row says that its record was made inactive. */
export const isInactive = (row: Values | undefined): boolean => row?.["state"] === "INACTIVE";
