import { z } from "zod";
import { envelope, flag, optionalAmount, optionalRef, requiredText, text } from "../payload.js";
import { validatorFor } from "../plugin.js";

const account = z.object({
  ...envelope,
  Active: flag,
  Name: requiredText("is missing: every account has a name"),
  FullyQualifiedName: text,
  AcctNum: text,
  Description: text,
  AccountType: requiredText("is missing: every account has a type"),
  AccountSubType: text,
  Classification: text,
  SubAccount: flag,
  ParentRef: optionalRef,
  CurrencyRef: optionalRef,
  CurrentBalance: optionalAmount,
  CurrentBalanceWithSubAccounts: optionalAmount,
});

export type Account = z.infer<typeof account>;

export const validate = validatorFor<Account>(account);
