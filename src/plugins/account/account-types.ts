export const category = {
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

interface AccountType {
  readonly category: AccountCategory;
  readonly classification: string;
  /** The detail type of a new account that is given none. */
  readonly subType: string;
}

const type = (category: AccountCategory, classification: string, subType: string): AccountType => ({
  category,
  classification,
  subType,
});

/** The account types in which an account can be made (`AccountTypeEnum` of QuickBooks' v3 schema, Account reference). */
export const accountTypes: ReadonlyMap<string, AccountType> = new Map([
  ["Bank", type("ASSETS", "Asset", "CashOnHand")],
  ["Accounts Receivable", type("ASSETS", "Asset", "AccountsReceivable")],
  ["Other Current Asset", type("ASSETS", "Asset", "EmployeeCashAdvances")],
  ["Fixed Asset", type("ASSETS", "Asset", "FurnitureAndFixtures")],
  ["Other Asset", type("ASSETS", "Asset", "Licenses")],
  ["Accounts Payable", type("LIABILITIES", "Liability", "AccountsPayable")],
  ["Credit Card", type("LIABILITIES", "Liability", "CreditCard")],
  ["Other Current Liability", type("LIABILITIES", "Liability", "OtherCurrentLiabilities")],
  ["Long Term Liability", type("LIABILITIES", "Liability", "NotesPayable")],
  ["Equity", type("EQUITY", "Equity", "OpeningBalanceEquity")],
  ["Income", type("REVENUE", "Revenue", "OtherPrimaryIncome")],
  ["Other Income", type("REVENUE", "Revenue", "OtherInvestmentIncome")],
  ["Expense", type("EXPENSES", "Expense", "Travel")],
  ["Other Expense", type("EXPENSES", "Expense", "Depreciation")],
  ["Cost of Goods Sold", type("COGS", "Expense", "CostOfLaborCos")],
]);
