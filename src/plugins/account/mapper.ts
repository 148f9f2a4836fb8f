import { decimalOf, idOf } from "../payload.js";
import type { Mapped } from "../plugin.js";
import { accountTypes } from "./account-types.js";
import type { children, fields } from "./type.js";
import type { Account } from "./validator.js";

export function map(account: Account): Mapped<typeof fields, typeof children> {
  return {
    row: {
      name: account.Name,
      fullyQualifiedName: account.FullyQualifiedName ?? null,
      number: account.AcctNum ?? null,
      description: account.Description ?? null,
      category: accountTypes.get(account.AccountType)?.category ?? "OTHER",
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
