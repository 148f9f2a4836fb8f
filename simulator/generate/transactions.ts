import { Money, Rate } from "../company/value.js";
import type { Fields, Value } from "../company/value.js";
import type { Row } from "../company/table.js";
import { between, chance, pick } from "./random.js";
import type { Random } from "./random.js";
import { memos, notes } from "./words.js";

/** The written fields of generated transactions. */

const prices = ["0.5306667", "12.3456789", "7.125"] as const;

function price(random: Random, item: Row): Rate {
  if (chance(random, 0.03)) return new Rate(pick(random, prices));
  const own = item.fields["UnitPrice"];
  return own instanceof Rate && own.number > 0 ? own : new Rate(String(between(random, 500, 20_000) / 100));
}

function salesLine(random: Random, item: Row): Fields {
  const quantity =
    item.fields["Type"] === "Service" && chance(random, 0.2)
      ? `${String(between(random, 1, 8))}.5`
      : String(between(random, 1, 12));
  return {
    ...(item.fields["Description"] === undefined ? {} : { Description: item.fields["Description"] }),
    DetailType: "SalesItemLineDetail",
    SalesItemLineDetail: { ItemRef: item.reference, UnitPrice: price(random, item), Qty: new Rate(quantity) },
  };
}

function bundleLine(random: Random, items: readonly [Row, ...Row[]], bundle: Row): Fields {
  return {
    Description: bundle.fields["Name"],
    DetailType: "GroupLineDetail",
    GroupLineDetail: {
      GroupItemRef: bundle.reference,
      Quantity: new Rate("1"),
      Line: [salesLine(random, pick(random, items)), salesLine(random, pick(random, items))],
    },
  };
}

function discountLine(random: Random): Fields {
  if (chance(random, 0.6)) {
    return {
      DetailType: "DiscountLineDetail",
      DiscountLineDetail: { PercentBased: true, DiscountPercent: new Rate(String(pick(random, [5, 10, 12.5]))) },
    };
  }
  return {
    Amount: new Money(between(random, 1, 50)),
    DetailType: "DiscountLineDetail",
    DiscountLineDetail: { PercentBased: false },
  };
}

/** The lines of a sale: one to five items, sometimes a bundle, a remark, a discount. */
export function saleLines(random: Random, items: readonly [Row, ...Row[]], bundles: readonly Row[]): readonly Fields[] {
  const lines = Array.from({ length: between(random, 1, chance(random, 0.2) ? 5 : 2) }, () =>
    salesLine(random, pick(random, items)),
  );
  const [bundle] = bundles;
  if (bundle && chance(random, 0.04)) lines.push(bundleLine(random, items, bundle));
  if (chance(random, 0.06))
    lines.push({ Description: "Work as agreed on site", DetailType: "DescriptionOnly", DescriptionLineDetail: {} });
  if (chance(random, 0.06)) lines.push(discountLine(random));
  return lines;
}

export function saleFields(random: Random, customer: Row, lines: readonly Fields[], date: string): Fields {
  return {
    TxnDate: date,
    CustomerRef: customer.reference,
    Line: lines,
    ...(chance(random, 0.5) ? { CustomerMemo: { value: pick(random, memos) } } : {}),
    ...(chance(random, 0.1) ? { PrivateNote: pick(random, notes) } : {}),
  };
}

export function invoiceFields(random: Random, customer: Row, lines: readonly Fields[], date: string): Fields {
  const term = pick(random, [
    { value: "1", name: "Due on receipt" },
    { value: "2", name: "Net 15" },
    { value: "3", name: "Net 30" },
  ]);
  return {
    ...saleFields(random, customer, lines, date),
    SalesTermRef: term,
    ...(chance(random, 0.02) ? { DocNumber: undefined } : {}),
    ...(chance(random, 0.2) ? { EmailStatus: "NeedToSend", DeliveryInfo: { DeliveryType: "Email" } } : {}),
    ...(chance(random, 0.3)
      ? { ShipFromAddr: { Id: "1", Line1: "18 Nursery Lane", Line2: "Fairhollow, CA  94017" } }
      : {}),
  };
}

/** One application of a payment's amount. */
export function settles(entity: "Invoice" | "CreditMemo", id: string, cents: number): Fields {
  return { Amount: new Money(cents), LinkedTxn: [{ TxnId: id, TxnType: entity }] };
}

export function paymentFields(
  random: Random,
  customer: Value,
  totalCents: number,
  lines: readonly Fields[],
  date: string,
): Fields {
  return {
    CustomerRef: customer,
    TotalAmt: new Money(totalCents),
    ...(chance(random, 0.4) ? { PaymentMethodRef: { value: pick(random, ["1", "2", "3"]) } } : {}),
    ...(chance(random, 0.3) ? { PaymentRefNum: String(between(random, 1000, 99_999)) } : {}),
    ...(chance(random, 0.1) ? { PrivateNote: pick(random, notes) } : {}),
    TxnDate: date,
    Line: lines,
  };
}
