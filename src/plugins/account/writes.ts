import { activityBody, fullName, parentProblems, parentProperty, problem, recordNamed, textOf } from "../names.js";
import { bodyOf, given, textProperty, uncleared } from "../writes.js";
import type { EntityWrites, Known, Payload, Property, Values, WantedWrite, Write, WriteProblem } from "../writes.js";
import { accountTypes } from "./account-types.js";

const properties: Readonly<Record<string, Property>> = {
  name: textProperty("Name"),
  number: textProperty("AcctNum"),
  description: textProperty("Description"),
  type: textProperty("AccountType"),
  subType: textProperty("AccountSubType"),
  parent: parentProperty("SubAccount"),
};

/** What only QuickBooks writes, and what the engine adds. */
const notSent = new Set([
  ...["domain", "sparse", "Id", "SyncToken", "MetaData", "FullyQualifiedName", "Classification"],
  ...["CurrentBalance", "CurrentBalanceWithSubAccounts"],
]);

/**
 * Updates are full, for the Account reference has no sparse ones: whatever they leave out is cleared. So all is sent that QuickBooks holds, with
 * what changes over it, and what is to be cleared left out.
 */
function request({ operation, values, current = {} }: Write): { parameters: Record<string, string>; body: Payload } {
  if (operation === "CREATE") return { parameters: {}, body: bodyOf(properties, given(values)) };
  const held = Object.entries(current).filter(([name]) => !notSent.has(name));
  const changes = activityBody(operation, "Name", current) ?? bodyOf(properties, values);
  const all = { ...Object.fromEntries(held), ...changes };
  return { parameters: {}, body: Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value))) };
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && "value" in value && value.value === "");
}

/** Countries by their currencies whose accounts have numbers of 7 characters; others have up to 20 (Account reference). */
const shortNumbers = { currencies: ["USD", "GBP", "INR"], longest: 7 };

function check(wanted: WantedWrite): readonly WriteProblem[] {
  const { values, result, company } = wanted;
  const parent = recordNamed(wanted, "Account", values["parent"]);
  const type = textOf(result["type"]);
  const isShort = shortNumbers.currencies.includes(company.homeCurrency ?? "");
  const number = textOf(values["number"]) ?? "";
  return [
    ...uncleared(wanted, { subType: "give the detail type that fits" }),
    ...parentProblems(wanted, "Account"),
    ...(parent !== undefined && parent["type"] !== type
      ? [problem("parent", `It is of type ${String(parent["type"])}: choose a parent of type ${String(type)}.`)]
      : []),
    ...(isShort && number.length > shortNumbers.longest
      ? [problem("number", `Account numbers have ${String(shortNumbers.longest)} characters at most: shorten it.`)]
      : []),
  ];
}

function expected(values: Values, known?: Known): Payload {
  const held = given(values);
  const type = accountTypes.get(String(held["type"]));
  const currency = known?.company.homeCurrency;
  return {
    ...{ SubAccount: false, Active: true, CurrentBalance: 0, CurrentBalanceWithSubAccounts: 0 },
    ...fullName("Account", held["name"], held["parent"], known),
    ...(type && { Classification: type.classification, AccountSubType: type.subType }),
    ...(currency && { CurrencyRef: { value: currency } }),
    ...bodyOf(properties, held),
  };
}

export const writes: EntityWrites = {
  operations: ["CREATE", "UPDATE", "DEACTIVATE", "REACTIVATE"],
  unique: { field: "name", within: "parent" },
  check,
  request,
  expected,
};
