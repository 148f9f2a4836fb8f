import { boolean, enumeration, money, reference, text } from "../fields.js";

const category = {
  name: "AccountCategory",
  description: "A part of the chart of accounts.",
  values: {
    ASSETS: "What the company owns: banks, receivables, other current, fixed and other assets.",
    LIABILITIES: "What it owes: payables, credit cards, other current and long-term liabilities.",
    EQUITY: "What belongs to the owners.",
    REVENUE: "Income and other income.",
    EXPENSES: "Expenses and other expenses.",
    COGS: "The cost of goods sold.",
    OTHER: "Non-posting accounts, and types this gateway does not know.",
  },
} as const;

export type AccountCategory = keyof typeof category.values;

/** What the mirror keeps of an account. */
export const fields = {
  name: text({
    label: "Name",
    description: "The account's own name, without its parents'.",
    required: true,
    filter: true,
    order: true,
    search: true,
  }),
  fullyQualifiedName: text({
    label: "Full name",
    description: "The names of all the parents and the account's own, separated by colons.",
    search: true,
  }),
  number: text({ label: "Number", description: "The account's number in the chart of accounts.", search: true }),
  description: text({ label: "Description", description: "What the account is for." }),
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
  }),
  subType: text({
    column: "account_sub_type",
    label: "Detail type",
    description: "QuickBooks' finer type, such as Checking.",
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
