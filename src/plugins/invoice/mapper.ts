import type { RowOf } from "../fields.js";
import { addressOf, decimalOf, idOf, looksVoided, requiredDecimalOf } from "../payload.js";
import type { Mapped } from "../plugin.js";
import { kindOf, type lines } from "./lines-type.js";
import type { children, fields } from "./type.js";
import type { Invoice, InvoiceLine } from "./validator.js";

type LineRow = RowOf<(typeof lines)["fields"]>;

export function map(invoice: Invoice): Mapped<typeof fields, typeof children> {
  const currency = idOf(invoice.CurrencyRef);
  return {
    row: {
      docNumber: invoice.DocNumber ?? null,
      txnDate: invoice.TxnDate,
      dueDate: invoice.DueDate ?? null,
      shipDate: invoice.ShipDate ?? null,
      trackingNumber: invoice.TrackingNum ?? null,
      customer: invoice.CustomerRef.value,
      billEmail: invoice.BillEmail?.Address ?? null,
      billingAddress: addressOf(invoice.BillAddr),
      shippingAddress: addressOf(invoice.ShipAddr),
      customerMemo: invoice.CustomerMemo?.value ?? null,
      privateNote: invoice.PrivateNote ?? null,
      currency,
      exchangeRate: decimalOf(invoice.ExchangeRate),
      totalAmount: requiredDecimalOf(invoice.TotalAmt),
      homeTotalAmount: decimalOf(invoice.HomeTotalAmt),
      balance: requiredDecimalOf(invoice.Balance),
      homeBalance: decimalOf(invoice.HomeBalance),
      totalTax: decimalOf(invoice.TxnTaxDetail?.TotalTax),
      deposit: decimalOf(invoice.Deposit),
      depositToAccount: idOf(invoice.DepositToAccountRef),
      printStatus: invoice.PrintStatus ?? null,
      emailStatus: invoice.EmailStatus ?? null,
    },
    children: { lines: lineRows(invoice.Line, currency) },
  };
}

export function stateOf({ PrivateNote, TotalAmt, Balance, Line }: Invoice): "ACTIVE" | "VOIDED" {
  const lineAmounts = (Line ?? []).map(({ Amount }) => Amount);
  return looksVoided(PrivateNote, [TotalAmt, Balance, ...lineAmounts]) ? "VOIDED" : "ACTIVE";
}

/** The lines one after another, those of a bundle right behind it. */
function lineRows(lines: Invoice["Line"], currency: string | null): readonly LineRow[] {
  const rows: LineRow[] = [];
  const append = (some: Invoice["Line"], groupPosition: number | null): void => {
    for (const line of some ?? []) {
      const position = rows.push(lineRow(line, currency, groupPosition)) - 1;
      append(line.GroupLineDetail?.Line, position);
    }
  };
  append(lines, null);
  return rows;
}

function lineRow(line: InvoiceLine, currency: string | null, groupPosition: number | null): LineRow {
  const { SalesItemLineDetail: sale, GroupLineDetail: group, DiscountLineDetail: discount } = line;
  const dated = sale ?? line.DescriptionLineDetail;
  return {
    lineId: line.Id ?? null,
    kind: kindOf(line.DetailType),
    description: line.Description ?? null,
    amount: decimalOf(line.Amount),
    detailType: line.DetailType,
    groupPosition,
    currency,
    item: idOf(sale?.ItemRef ?? group?.GroupItemRef),
    account: idOf(sale?.ItemAccountRef ?? discount?.DiscountAccountRef),
    quantity: decimalOf(sale?.Qty ?? group?.Quantity),
    unitPrice: decimalOf(sale?.UnitPrice),
    taxCode: idOf(dated?.TaxCodeRef),
    serviceDate: dated?.ServiceDate ?? null,
    isPercentBased: discount?.PercentBased ?? null,
    discountPercent: decimalOf(discount?.DiscountPercent),
  };
}
