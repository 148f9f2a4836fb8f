import { decimalOf, idOf } from "../payload.js";
import type { Mapped } from "../plugin.js";
import type { AccountCategory, children, fields } from "./type.js";
import type { Account } from "./validator.js";

/** QuickBooks' account types (`AccountTypeEnum` of its v3 schema), and the part of the books each belongs to. */
const categories: ReadonlyMap<string, AccountCategory> = new Map([
  ["Bank", "ASSETS"],
  ["Accounts Receivable", "ASSETS"],
  ["Other Current Asset", "ASSETS"],
  ["Fixed Asset", "ASSETS"],
  ["Other Asset", "ASSETS"],
  ["Accounts Payable", "LIABILITIES"],
  ["Credit Card", "LIABILITIES"],
  ["Other Current Liability", "LIABILITIES"],
  ["Long Term Liability", "LIABILITIES"],
  ["Equity", "EQUITY"],
  ["Income", "REVENUE"],
  ["Other Income", "REVENUE"],
  ["Expense", "EXPENSES"],
  ["Other Expense", "EXPENSES"],
  ["Cost of Goods Sold", "COGS"],
  ["Non-Posting", "OTHER"],
]);

export function map(account: Account): Mapped<typeof fields, typeof children> {
  return {
    row: {
      name: account.Name,
      fullyQualifiedName: account.FullyQualifiedName ?? null,
      number: account.AcctNum ?? null,
      description: account.Description ?? null,
      category: categories.get(account.AccountType) ?? "OTHER",
      type: account.AccountType,
      subType: account.AccountSubType ?? null,
      classification: account.Classification ?? null,
      isSubAccount: account.SubAccount ?? null,
      parent: idOf(account.ParentRef),
      currency: idOf(account.CurrencyRef),
      currentBalance: decimalOf(account.CurrentBalance),
      currentBalanceWithSubAccounts: decimalOf(account.CurrentBalanceWithSubAccounts),
    },
    children: {},
  };
}
