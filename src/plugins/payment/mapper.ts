import { decimalOf, idOf, looksVoided, requiredDecimalOf } from "../payload.js";
import type { Mapped } from "../plugin.js";
import type { children, fields } from "./type.js";
import type { Payment } from "./validator.js";

export function map(payment: Payment): Mapped<typeof fields, typeof children> {
  const currency = idOf(payment.CurrencyRef);
  return {
    row: {
      referenceNumber: payment.PaymentRefNum ?? null,
      txnDate: payment.TxnDate,
      customer: payment.CustomerRef.value,
      depositToAccount: idOf(payment.DepositToAccountRef),
      methodQuickbooksId: idOf(payment.PaymentMethodRef),
      privateNote: payment.PrivateNote ?? null,
      currency,
      exchangeRate: decimalOf(payment.ExchangeRate),
      totalAmount: requiredDecimalOf(payment.TotalAmt),
      unappliedAmount: requiredDecimalOf(payment.UnappliedAmt),
    },
    children: { applications: applicationsOf(payment.Line, currency) },
  };
}

export function stateOf({ PrivateNote, TotalAmt, UnappliedAmt, Line }: Payment): "ACTIVE" | "VOIDED" {
  const isEmpty = (Line ?? []).length === 0;
  return isEmpty && looksVoided(PrivateNote, [TotalAmt, UnappliedAmt]) ? "VOIDED" : "ACTIVE";
}

/** Each line says how much went to what it links; where it links several, how much went to each is unknown. */
function applicationsOf(lines: Payment["Line"], currency: string | null) {
  return (lines ?? []).flatMap(({ Amount, LinkedTxn }) =>
    (LinkedTxn ?? []).map(({ TxnId, TxnType }, _, links) => ({
      amount: links.length === 1 ? decimalOf(Amount) : null,
      currency,
      targetType: TxnType,
      target: TxnId,
    })),
  );
}
