import { Money, Rate, Ref, centsOf, idOf, isFields, listOf, numberOf, productCents, textOf } from "../company/value.js";
import type { Fields, Value } from "../company/value.js";
import { EditRefused } from "./definition.js";
import { missing, unknownReference } from "./refused.js";
import type { Context } from "./definition.js";

/** The lines of an invoice or credit memo, with what they add up to (cents). */
export interface Sale {
  readonly lines: readonly Fields[];
  readonly totalCents: number;
  readonly tax: Fields;
}

const taxPercent = 8;
const taxed: Fields = { value: "TAX" };
const untaxed: Fields = { value: "NON" };
const empty: Fields = {};
const noExtensions: readonly Value[] = [];

/** The next line number, and the next line id that no line has. */
interface Numbering {
  line: number;
  id: number;
}

export function detailOf(line: Fields, name: string): Fields {
  const detail = line[name];
  return isFields(detail) ? detail : {};
}

function taxCode(detail: Fields, item: Fields, customerTaxable: boolean): Value {
  return detail["TaxCodeRef"] ?? (customerTaxable && item["Taxable"] === true ? taxed : untaxed);
}

/** Half a cent is rounded up; an amount that differs from that by a single cent is refused (recorded). */
function amount(line: Fields, detail: Fields): Money {
  const given = line["Amount"];
  const { Qty: quantity, UnitPrice: price } = detail;
  const product = quantity instanceof Rate && price instanceof Rate ? productCents(quantity, price) : undefined;
  if (!(given instanceof Money)) {
    if (product === undefined) throw missing("Line.Amount", "give it, or both Qty and UnitPrice.");
    return new Money(product);
  }
  if (product === undefined || product === given.cents) return given;
  const agreeing = new Money(product).toString();
  throw new EditRefused(
    `Line.Amount is ${given.toString()}, but Qty times UnitPrice is ${agreeing}: make them agree.`,
    {
      code: "6070",
      element: "Line.Amount",
      detail: `Amount is not equal to UnitPrice * Qty. Supplied value:${given.toString()}`,
    },
  );
}

/** A line that sells an item, with the account and tax code QuickBooks adds. */
function salesLine(context: Context, line: Fields, customerTaxable: boolean, numbering: Numbering): Fields {
  const detail = detailOf(line, "SalesItemLineDetail");
  const itemId = idOf(detail["ItemRef"]);
  const item = context.find("Item", itemId ?? "");
  if (itemId === undefined) throw missing("Line.SalesItemLineDetail.ItemRef", "name the item that is sold.");
  if (!item) throw unknownReference("Line.SalesItemLineDetail.ItemRef", "Item", itemId);
  return {
    Id: line["Id"] ?? String(numbering.id++),
    LineNum: new Rate(String(numbering.line++)),
    Description: line["Description"],
    Amount: amount(line, detail),
    LinkedTxn: line["LinkedTxn"],
    DetailType: "SalesItemLineDetail",
    SalesItemLineDetail: {
      ...detail,
      ItemRef: item.reference,
      ItemAccountRef: detail["ItemAccountRef"] ?? item.fields["IncomeAccountRef"],
      TaxCodeRef: taxCode(detail, item.fields, customerTaxable),
    },
    CustomExtensions: noExtensions,
  };
}

function numbered(line: Fields, numbering: Numbering): Fields {
  return { Id: line["Id"] ?? String(numbering.id++), LineNum: new Rate(String(numbering.line++)) };
}

/** Lines keep their ids, new ones get the next beyond all. */
function numberingOf(lines: readonly Fields[]): Numbering {
  const all = lines.flatMap((line) => [line, ...listOf(detailOf(line, "GroupLineDetail")["Line"])]);
  return { line: 1, id: 1 + Math.max(0, ...all.map(({ Id: id }) => Number(textOf(id) ?? 0))) };
}

function groupLine(context: Context, line: Fields, customerTaxable: boolean, numbering: Numbering): Fields {
  const detail = detailOf(line, "GroupLineDetail");
  const itemId = idOf(detail["GroupItemRef"]);
  if (itemId === undefined) throw missing("Line.GroupLineDetail.GroupItemRef", "name the bundle.");
  const own = numbered(line, numbering);
  const children = listOf(detail["Line"]).map((child) => salesLine(context, child, customerTaxable, numbering));
  return {
    ...own,
    Description: line["Description"],
    Amount: line["Amount"] ?? new Money(0),
    DetailType: "GroupLineDetail",
    GroupLineDetail: { ...detail, GroupItemRef: new Ref("Item", itemId), Line: children },
  };
}

function completeLine(
  context: Context,
  line: Fields,
  customerTaxable: boolean,
  numbering: Numbering,
): readonly Fields[] {
  switch (textOf(line["DetailType"]) ?? "SalesItemLineDetail") {
    case "SalesItemLineDetail":
      return [salesLine(context, line, customerTaxable, numbering)];
    case "GroupLineDetail":
      return [groupLine(context, line, customerTaxable, numbering)];
    case "DescriptionOnly":
      return [
        {
          ...numbered(line, numbering),
          Description: line["Description"],
          DetailType: "DescriptionOnly",
          DescriptionLineDetail: line["DescriptionLineDetail"] ?? {},
        },
      ];
    case "DiscountLineDetail":
    case "SubTotalLineDetail":
      return [];
    default:
      throw new EditRefused(`Line.DetailType: "${textOf(line["DetailType"]) ?? ""}" cannot stand on a sale.`);
  }
}

/** The lines that carry amounts: those of a bundle count, the bundle's own line does not. */
export function sellingLines(lines: readonly Fields[]): readonly Fields[] {
  return lines.flatMap((line) => {
    if (line["DetailType"] === "GroupLineDetail") return listOf(detailOf(line, "GroupLineDetail")["Line"]);
    return line["DetailType"] === "SalesItemLineDetail" ? [line] : [];
  });
}

function discountLine(context: Context, given: Fields, subtotalCents: number): Fields {
  const detail = detailOf(given, "DiscountLineDetail");
  const percent = detail["DiscountPercent"];
  const percentBased = detail["PercentBased"] === true && percent instanceof Rate;
  const account = idOf(detail["DiscountAccountRef"]) ?? context.account("DiscountsRefundsGiven");
  return {
    Amount: percentBased
      ? new Money(Math.round((subtotalCents * numberOf(percent)) / 100))
      : (given["Amount"] ?? new Money(0)),
    DetailType: "DiscountLineDetail",
    DiscountLineDetail: {
      PercentBased: percentBased,
      DiscountPercent: percentBased ? percent : undefined,
      DiscountAccountRef: new Ref("Account", account),
    },
  };
}

function taxDetail(taxableCents: number): { readonly cents: number; readonly fields: Fields } {
  if (taxableCents === 0) return { cents: 0, fields: { TotalTax: new Money(0) } };
  const cents = Math.round((taxableCents * taxPercent) / 100);
  const line = {
    Amount: new Money(cents),
    DetailType: "TaxLineDetail",
    TaxLineDetail: {
      TaxRateRef: { value: "3" },
      PercentBased: true,
      TaxPercent: new Rate(String(taxPercent)),
      NetAmountTaxable: new Money(taxableCents),
    },
  };
  return { cents, fields: { TxnTaxCodeRef: { value: "2" }, TotalTax: new Money(cents), TaxLine: [line] } };
}

function isTaxed(line: Fields): boolean {
  return idOf(detailOf(line, "SalesItemLineDetail")["TaxCodeRef"]) === "TAX";
}

/** Completes the lines of a sale: accounts, tax codes, numbers, the subtotal line, discount and tax. The tax is taken before the discount. */
export function completeSale(context: Context, given: readonly Fields[], customerTaxable: boolean): Sale {
  const numbering = numberingOf(given);
  const lines = given.flatMap((line) => completeLine(context, line, customerTaxable, numbering));
  const selling = sellingLines(lines);
  if (lines.length === 0) throw missing("Line", "a sale needs at least one line.");
  const subtotalCents = selling.reduce((sum, line) => sum + centsOf(line["Amount"]), 0);
  const discounts = given
    .filter((line) => line["DetailType"] === "DiscountLineDetail")
    .map((line) => discountLine(context, line, subtotalCents));
  const taxableCents = selling.filter(isTaxed).reduce((sum, line) => sum + centsOf(line["Amount"]), 0);
  const tax = taxDetail(taxableCents);
  const discountCents = discounts.reduce((sum, line) => sum + centsOf(line["Amount"]), 0);
  const subtotal = { Amount: new Money(subtotalCents), DetailType: "SubTotalLineDetail", SubTotalLineDetail: empty };
  return {
    lines: [...lines, subtotal, ...discounts],
    totalCents: subtotalCents - discountCents + tax.cents,
    tax: tax.fields,
  };
}
