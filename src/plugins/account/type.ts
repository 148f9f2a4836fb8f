import { boolean, enumeration, money, reference, text } from "../fields.js";
import { colon, deletedSuffix } from "../names.js";
import { accountTypes, category } from "./account-types.js";

/** What the mirror keeps of an account. */
export const fields = {
  name: text({
    label: "Name",
    description: "The account's own name, without its parents'.",
    required: true,
    filter: true,
    order: true,
    search: true,
    edit: { required: true, longest: 100, forbidden: `${colon}"`, addedWhenInactive: deletedSuffix },
  }),
  fullyQualifiedName: text({
    label: "Full name",
    description: "The names of all the parents and the account's own, separated by colons.",
    search: true,
  }),
  number: text({
    label: "Number",
    description: "The account's number in the chart of accounts.",
    search: true,
    edit: { longest: 20 },
  }),
  description: text({ label: "Description", description: "What the account is for.", edit: { longest: 100 } }),
  category: enumeration({
    label: "Category",
    description: "Which part of the books the account belongs to, by its type.",
    enumeration: category,
    required: true,
    filter: true,
    order: true,
  }),
  type: text({
    column: "account_type",
    label: "Type",
    description: "QuickBooks' account type, such as Bank or Accounts Receivable.",
    required: true,
    filter: true,
    order: true,
    edit: { on: "CREATE", required: true, oneOf: [...accountTypes.keys()] },
  }),
  subType: text({
    column: "account_sub_type",
    label: "Detail type",
    description: "QuickBooks' finer type, such as Checking.",
    edit: {},
  }),
  classification: text({
    label: "Classification",
    description: "QuickBooks' own grouping: Asset, Equity, Expense, Liability or Revenue.",
  }),
  isSubAccount: boolean({ label: "Is a sub-account", description: "Whether the account stands below another." }),
  parent: reference({
    label: "Parent",
    description: "The account this is a sub-account of.",
    target: "Account",
    strength: "hard",
    inverse: { field: "subAccounts", description: "The accounts right below this one." },
    filter: true,
    edit: {},
  }),
  currency: text({ label: "Currency", description: "The ISO 4217 code of the currency the account is kept in." }),
  currentBalance: money({
    label: "Balance",
    description: "The account's balance; liabilities are negative, income and expense accounts always show zero.",
    currencyColumn: "currency",
  }),
  currentBalanceWithSubAccounts: money({
    label: "Balance with sub-accounts",
    description: "The balance together with all accounts below.",
    currencyColumn: "currency",
  }),
};

export const children = {};
