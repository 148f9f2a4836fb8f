import { z } from "zod";
import {
  amount,
  date,
  envelope,
  optionalAmount,
  optionalRate,
  optionalRef,
  requiredRef,
  requiredText,
  shortText,
  text,
} from "../payload.js";
import { validatorFor } from "../plugin.js";

const linked = z.object({
  TxnId: requiredText("is missing: a linked transaction has an id"),
  TxnType: requiredText("is missing: a linked transaction has a type"),
});

const payment = z.object({
  ...envelope,
  TxnDate: date,
  PaymentRefNum: shortText,
  CustomerRef: requiredRef("is missing: every payment has a customer"),
  DepositToAccountRef: optionalRef,
  PaymentMethodRef: optionalRef,
  PrivateNote: text,
  CurrencyRef: optionalRef,
  ExchangeRate: optionalRate,
  TotalAmt: amount,
  UnappliedAmt: amount,
  Line: z.array(z.object({ Amount: optionalAmount, LinkedTxn: z.array(linked).nullish() })).nullish(),
});

export type Payment = z.infer<typeof payment>;

export const validate = validatorFor<Payment>(payment);
