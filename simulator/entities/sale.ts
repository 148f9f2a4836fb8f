import { Money, Rate, centsOf, hundredths, idOf, isFields, listOf, numberOf, textOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import type { Row } from "../company/table.js";
import { currencyRef } from "./currency.js";
import { EditRefused } from "./definition.js";
import type { Context, Draft, Posting } from "./definition.js";
import { missing, unknownReference } from "./refused.js";
import { completeSale, detailOf, sellingLines } from "./sales-lines.js";

/** What an invoice and a credit memo have in common. */

/** The customer of a transaction; a new one cannot be written for an inactive customer. */
export function customerOf(context: Context, { written, before }: Draft, entity: string): Row {
  const id = idOf(written["CustomerRef"]);
  if (id === undefined) throw missing(`${entity}.CustomerRef`, "name the customer.");
  const customer = context.find("Customer", id);
  if (!customer) throw unknownReference(`${entity}.CustomerRef`, "Customer", id);
  if (!before && customer.fields["Active"] === false) {
    throw new EditRefused(`${entity}.CustomerRef: customer ${id} has been made inactive; reactivate it first.`, {
      code: "6250",
      element: "CustomerRef",
      detail: `Invalid Sales Customer : ${id}`,
    });
  }
  return customer;
}

/** The currency of a transaction, which is its customer's, with the rate to the home currency when multicurrency is on. */
export function currencyOf(context: Context, customer: Row, written: Fields): Fields {
  const currency = currencyRef(context, customer.fields["CurrencyRef"], "Customer");
  if (context.currencies.length === 0) return { CurrencyRef: currency };
  const isHome = idOf(currency) === context.homeCurrency;
  return {
    CurrencyRef: currency,
    ExchangeRate: isHome ? new Rate("1") : (written["ExchangeRate"] ?? new Rate("1.25")),
  };
}

export function homeCents(fields: Fields, cents: number): number {
  return fields["ExchangeRate"] === undefined ? cents : Math.round(cents * numberOf(fields["ExchangeRate"]));
}

export function homeAmount(fields: Fields, cents: number): Money | undefined {
  return fields["ExchangeRate"] === undefined ? undefined : new Money(homeCents(fields, cents));
}

/** The most characters of an invoice's and a credit memo's texts (Invoice reference; the memo's as recorded). */
export const saleLengths: Readonly<Record<string, number>> = {
  DocNumber: 21,
  PrivateNote: 4000,
  TrackingNum: 31,
  "CustomerMemo.value": 1000,
  "BillEmail.Address": 100,
  "Line.Description": 4000,
};

/** The next number, or none when the company gives its numbers itself (Invoice reference). */
function ownNumber(context: Context): string | undefined {
  const forms = context.find("Preferences", "1")?.fields["SalesFormsPrefs"];
  return isFields(forms) && forms["CustomTxnNumbers"] === true ? undefined : context.nextDocNumber();
}

/** Completes everything an invoice and a credit memo share. */
export function completeSalesTransaction(context: Context, draft: Draft, entity: string): Fields {
  const { written, before } = draft;
  const customer = customerOf(context, draft, entity);
  const sale = completeSale(context, listOf(written["Line"]), customer.fields["Taxable"] === true);
  if (before && sale.totalCents < before.applied) {
    throw new EditRefused(
      `${entity}.Line: the new total is below what is already settled; change or delete the payment first.`,
    );
  }
  if (before && before.applied > 0 && idOf(before.fields["CustomerRef"]) !== customer.id) {
    throw new EditRefused(`${entity}.CustomerRef: payments settle it; change or delete them first.`);
  }
  if (sale.totalCents < 0) throw new EditRefused(`${entity}.Line: the total must not be negative.`);
  const isNew = before === undefined;
  return {
    CustomField: [],
    DocNumber: isNew ? ownNumber(context) : undefined,
    TxnDate: draft.today,
    BillAddr: customer.fields["BillAddr"],
    ShipAddr: customer.fields["ShipAddr"],
    FreeFormAddress: true,
    ApplyTaxAfterDiscount: false,
    PrintStatus: "NeedToPrint",
    EmailStatus: "NotSet",
    ...written,
    ...currencyOf(context, customer, written),
    Line: sale.lines,
    TxnTaxDetail: sale.tax,
    TotalAmt: new Money(sale.totalCents),
  };
}

/** What a sale moves: the customer, receivables, tax payable and stock. A credit memo moves them the other way (`sign` -1). */
export function salePostings(context: Context, fields: Fields, sign: 1 | -1): readonly Posting[] {
  const total = centsOf(fields["TotalAmt"]) * sign;
  const tax = isFields(fields["TxnTaxDetail"]) ? centsOf(fields["TxnTaxDetail"]["TotalTax"]) * sign : 0;
  const postings: Posting[] = [
    { entity: "Customer", id: idOf(fields["CustomerRef"]) ?? "", amount: total },
    { entity: "Account", id: context.account("AccountsReceivable", idOf(fields["CurrencyRef"])), amount: total },
  ];
  if (tax !== 0)
    postings.push({ entity: "Account", id: context.account("GlobalTaxPayable"), amount: -homeCents(fields, tax) });
  for (const line of sellingLines(listOf(fields["Line"]))) postings.push(...stockPostings(context, line, sign));
  return postings;
}

function stockPostings(context: Context, line: Fields, sign: number): readonly Posting[] {
  const detail = line["SalesItemLineDetail"];
  const id = isFields(detail) ? idOf(detail["ItemRef"]) : undefined;
  const item = id === undefined ? undefined : context.find("Item", id)?.fields;
  const asset = idOf(item?.["AssetAccountRef"]);
  const quantity = isFields(detail) ? detail["Qty"] : undefined;
  if (id === undefined || asset === undefined || !(quantity instanceof Rate)) return [];
  const count = hundredths(quantity) * sign;
  return [
    { entity: "Item", id, amount: -count },
    { entity: "Account", id: asset, amount: -Math.round(count * numberOf(item?.["PurchaseCost"])) },
  ];
}

/** The lines of a voided sale: everything zero, no unit prices (recorded). */
function voidedLines(lines: readonly Fields[]): readonly Fields[] {
  return lines.map((line) => {
    const detail = detailOf(line, "SalesItemLineDetail");
    const group = detailOf(line, "GroupLineDetail");
    return {
      ...line,
      Amount: line["Amount"] === undefined ? undefined : new Money(0),
      ...(line["SalesItemLineDetail"]
        ? { SalesItemLineDetail: { ...detail, UnitPrice: undefined, Qty: new Rate("0") } }
        : {}),
      ...(line["GroupLineDetail"] ? { GroupLineDetail: { ...group, Line: voidedLines(listOf(group["Line"])) } } : {}),
    };
  });
}

/** A voided sale: amounts zero, the memo says so, the document number stays (recorded). */
export function voidedSale(fields: Fields): Fields {
  return { ...fields, Line: voidedLines(listOf(fields["Line"])), PrivateNote: voidedNote(fields) };
}

/** There is no status field: the memo and a zero total tell (recorded). */
export function isVoided(fields: Fields): boolean {
  return centsOf(fields["TotalAmt"]) === 0 && textOf(fields["PrivateNote"])?.startsWith("Voided") === true;
}

export function voidedNote(fields: Fields): string {
  const note = textOf(fields["PrivateNote"]);
  return note === undefined || note === "" ? "Voided" : `Voided - ${note}`;
}
