import { isVoided } from "../payload.js";
import type { Mapped } from "../plugin.js";
import type { children, fields } from "./type.js";
import type { Payment } from "./validator.js";

export function map(payment: Payment): Mapped<typeof fields, typeof children> {
  return {
    row: {
      referenceNumber: payment.PaymentRefNum,
      txnDate: payment.TxnDate,
      customer: payment.CustomerRef,
      depositToAccount: payment.DepositToAccountRef,
      paymentMethodQuickbooksId: payment.PaymentMethodRef,
      privateNote: payment.PrivateNote,
      currency: payment.CurrencyRef,
      exchangeRate: payment.ExchangeRate,
      totalAmount: payment.TotalAmt,
      unappliedAmount: payment.UnappliedAmt,
    },
    children: { applications: applicationsOf(payment) },
  };
}

export function stateOf({ PrivateNote, TotalAmt, UnappliedAmt, Line }: Payment): "ACTIVE" | "VOIDED" {
  const isEmpty = (Line ?? []).length === 0;
  return isEmpty && isVoided(PrivateNote, [TotalAmt, UnappliedAmt]) ? "VOIDED" : "ACTIVE";
}

/** Each line says how much went to what it links; where it links several, how much went to each is unknown. */
function applicationsOf({ Line, CurrencyRef }: Payment) {
  return (Line ?? []).flatMap(({ Amount, LinkedTxn }) =>
    (LinkedTxn ?? []).map(({ TxnId, TxnType }, _, links) => ({
      amount: links.length === 1 ? Amount : null,
      currency: CurrencyRef,
      targetType: TxnType,
      target: TxnId,
    })),
  );
}
