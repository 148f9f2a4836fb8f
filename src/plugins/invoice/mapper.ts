import type { RowOf } from "../fields.js";
import { isVoided } from "../payload.js";
import type { Mapped } from "../plugin.js";
import type { InvoiceLineKind, lines } from "./lines-type.js";
import type { children, fields } from "./type.js";
import type { Invoice, InvoiceLine } from "./validator.js";

type LineRow = RowOf<(typeof lines)["fields"]>;

const kinds: ReadonlyMap<string, InvoiceLineKind> = new Map([
  ["SalesItemLineDetail", "SALES"],
  ["GroupLineDetail", "GROUP"],
  ["DiscountLineDetail", "DISCOUNT"],
  ["DescriptionOnly", "DESCRIPTION"],
  ["SubTotalLineDetail", "SUBTOTAL"],
]);

export function map(invoice: Invoice): Mapped<typeof fields, typeof children> {
  return {
    row: {
      docNumber: invoice.DocNumber,
      txnDate: invoice.TxnDate,
      dueDate: invoice.DueDate,
      shipDate: invoice.ShipDate,
      trackingNumber: invoice.TrackingNum,
      customer: invoice.CustomerRef,
      billEmail: invoice.BillEmail,
      billingAddress: invoice.BillAddr,
      shippingAddress: invoice.ShipAddr,
      customerMemo: invoice.CustomerMemo,
      privateNote: invoice.PrivateNote,
      currency: invoice.CurrencyRef,
      exchangeRate: invoice.ExchangeRate,
      totalAmount: invoice.TotalAmt,
      homeTotalAmount: invoice.HomeTotalAmt,
      balance: invoice.Balance,
      homeBalance: invoice.HomeBalance,
      totalTax: invoice.TxnTaxDetail,
      deposit: invoice.Deposit,
      depositToAccount: invoice.DepositToAccountRef,
      printStatus: invoice.PrintStatus,
      emailStatus: invoice.EmailStatus,
    },
    children: { lines: flatten(invoice.Line, invoice.CurrencyRef, null, []) },
  };
}

export function stateOf({ PrivateNote, TotalAmt, Balance, Line }: Invoice): "ACTIVE" | "VOIDED" {
  return isVoided(PrivateNote, [TotalAmt, Balance, ...Line.map((line) => line.Amount)]) ? "VOIDED" : "ACTIVE";
}

/** Appends the lines, those of a bundle right behind it. */
function flatten(
  lines: readonly InvoiceLine[],
  currency: string | null,
  groupPosition: number | null,
  into: LineRow[],
) {
  for (const line of lines) {
    const position = into.length;
    into.push(lineRow(line, currency, groupPosition));
    flatten(line.GroupLineDetail?.Line ?? [], currency, position, into);
  }
  return into;
}

function lineRow(line: InvoiceLine, currency: string | null, groupPosition: number | null): LineRow {
  const { SalesItemLineDetail: sale, GroupLineDetail: group, DiscountLineDetail: discount } = line;
  const dated = sale ?? line.DescriptionLineDetail;
  return {
    lineId: line.Id,
    kind: kinds.get(line.DetailType) ?? "OTHER",
    description: line.Description,
    amount: line.Amount,
    detailType: line.DetailType,
    groupPosition,
    currency,
    item: sale?.ItemRef ?? group?.GroupItemRef ?? null,
    account: sale?.ItemAccountRef ?? discount?.DiscountAccountRef ?? null,
    quantity: sale?.Qty ?? group?.Quantity ?? null,
    unitPrice: sale?.UnitPrice ?? null,
    taxCode: dated?.TaxCodeRef ?? null,
    serviceDate: dated?.ServiceDate ?? null,
    isPercentBased: discount?.PercentBased ?? null,
    discountPercent: discount?.DiscountPercent ?? null,
  };
}
