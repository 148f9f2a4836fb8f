import { Money, idOf, textOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import type { Row } from "../company/table.js";
import { currencyRef } from "./currency.js";
import { EditRefused, identity, kept, writable } from "./definition.js";
import type { Context, Draft, Entity, Field } from "./definition.js";
import { checkName } from "./names.js";
import { invalidText, missing, notOneOf, unknownReference } from "./refused.js";
import { recordTime } from "../pacific.js";

/** Each account type with its classification and the subtype it gets when none is given (Account reference). */
const types: Readonly<Record<string, { readonly classification: string; readonly subType: string }>> = {
  Bank: { classification: "Asset", subType: "CashOnHand" },
  "Accounts Receivable": { classification: "Asset", subType: "AccountsReceivable" },
  "Other Current Asset": { classification: "Asset", subType: "EmployeeCashAdvances" },
  "Fixed Asset": { classification: "Asset", subType: "FurnitureAndFixtures" },
  "Other Asset": { classification: "Asset", subType: "Licenses" },
  "Accounts Payable": { classification: "Liability", subType: "AccountsPayable" },
  "Credit Card": { classification: "Liability", subType: "CreditCard" },
  "Other Current Liability": { classification: "Liability", subType: "OtherCurrentLiabilities" },
  "Long Term Liability": { classification: "Liability", subType: "NotesPayable" },
  Equity: { classification: "Equity", subType: "OpeningBalanceEquity" },
  Income: { classification: "Revenue", subType: "OtherPrimaryIncome" },
  "Other Income": { classification: "Revenue", subType: "OtherInvestmentIncome" },
  "Cost of Goods Sold": { classification: "Expense", subType: "CostOfLaborCos" },
  Expense: { classification: "Expense", subType: "Travel" },
  "Other Expense": { classification: "Expense", subType: "Depreciation" },
};

function parentOf(context: Context, written: Fields, accountType: string): Row | undefined {
  const id = idOf(written["ParentRef"]);
  if (id === undefined) return undefined;
  const parent = context.find("Account", id);
  if (!parent) throw unknownReference("Account.ParentRef", "Account", id);
  if (parent.fields["AccountType"] !== accountType)
    throw new EditRefused(`Account.ParentRef: account ${id} is not of type ${accountType}.`);
  return parent;
}

function complete(context: Context, { written, id }: Draft): Fields {
  const name = textOf(written["Name"]);
  if (name === undefined) throw missing("Account.Name", "give the account a name.");
  if (name.includes('"')) throw invalidText("Account.Name", `"${name}" must not hold a double quote.`);
  const accountType = textOf(written["AccountType"]) ?? "";
  const type = types[accountType];
  if (!type && accountType === "") throw missing("Account.AccountType", "say what kind of account it is.");
  if (!type) throw notOneOf("Account.AccountType", accountType, Object.keys(types));
  const parent = parentOf(context, written, accountType);
  const fullName = parent ? `${textOf(parent.fields["FullyQualifiedName"]) ?? ""}:${name}` : name;
  checkName(context, { entity: "Account", field: "Name", own: name, unique: fullName }, id);
  return {
    Active: true,
    AccountSubType: type.subType,
    ...written,
    SubAccount: parent !== undefined,
    ParentRef: parent ? { value: parent.id } : undefined,
    FullyQualifiedName: fullName,
    Classification: type.classification,
    CurrencyRef: currencyRef(context, written["CurrencyRef"], "Account"),
  };
}

/** Income and expense accounts, and inactive ones, show no balance (recorded). */
function balance(row: Row, cents: number): Money {
  const kept = ["Asset", "Liability", "Equity"].includes(textOf(row.fields["Classification"]) ?? "");
  return new Money(kept && row.fields["Active"] === true ? cents : 0);
}

/** The answer to a creation has no LastUpdatedTime (recorded). */
function metaData(usual: Field): readonly Field[] {
  return [
    { ...usual, ways: ["query", "read", "update"] },
    { name: "MetaData", ways: ["create"], shown: (row) => ({ CreateTime: recordTime(row.createdAt) }) },
  ];
}

/** Accounts, with sub-accounts. Source: Account reference; field order as recorded in 2026. */
export const account: Entity = {
  name: "Account",
  sequence: "accounts",
  nameField: "Name",
  referenceName: "FullyQualifiedName",
  totalCount: false,
  defaultOrder: { property: "Name", descending: false },
  fields: [
    { name: "Name", writable: true, kind: "text", filter: true, sort: true },
    { name: "SubAccount", kind: "boolean", filter: true, sort: true },
    ...writable("ParentRef", "Description"),
    { name: "FullyQualifiedName", kind: "text", filter: true, sort: true },
    { name: "Active", writable: true, kept: true, kind: "boolean", filter: true },
    { name: "Classification", kind: "text", filter: true },
    { name: "AccountType", writable: true, kept: true, kind: "text", filter: true },
    { name: "AccountSubType", writable: true, kept: true, kind: "text", filter: true },
    ...writable("AcctNum"),
    { name: "CurrentBalance", kind: "number", filter: true, sort: true, shown: (row) => balance(row, row.balance) },
    {
      name: "CurrentBalanceWithSubAccounts",
      kind: "number",
      filter: true,
      sort: true,
      shown: (row) => balance(row, row.balanceWithChildren),
    },
    ...kept("CurrencyRef"),
    ...writable("TaxCodeRef"),
    ...identity.flatMap((field) => (field.name === "MetaData" ? metaData(field) : [field])),
  ],
  lengths: { Name: 100, AcctNum: 7, Description: 100 },
  complete,
};
