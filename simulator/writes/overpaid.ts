import { isObject } from "../company/input.js";
import type { Books } from "../company/books.js";
import type { Row } from "../company/table.js";
import { centsOf } from "../company/value.js";
import type { Json } from "./request.js";

/** What a payment's line settles, as it was sent. */
function linkOf(line: unknown): { readonly type: unknown; readonly id: string } | undefined {
  const links = isObject(line) ? line["LinkedTxn"] : undefined;
  const link: unknown = Array.isArray(links) ? links[0] : undefined;
  return isObject(link) ? { type: link["TxnType"], id: String(link["TxnId"]) } : undefined;
}

/** What is open on an invoice for that payment, in cents: what it settles already is. */
function openFor(books: Books, payment: Row | undefined, invoice: Row): number {
  const settled = payment ? (books.entity("Payment").applications?.(payment.fields) ?? []) : [];
  const own = settled.find(({ entity, id }) => entity === "Invoice" && id === invoice.id)?.cents ?? 0;
  return centsOf(invoice.fields["TotalAmt"]) - invoice.applied + own;
}

/** A payment's fields with no line above what is open on its invoice: the rest of the payment is unapplied (seen in 2026). */
export function withoutOverpayment(books: Books, payment: Row | undefined, fields: Json): Json {
  const { Line: lines } = fields;
  if (!Array.isArray(lines)) return fields;
  const capped = lines.flatMap((line: unknown) => {
    const link = linkOf(line);
    const invoice = link?.type === "Invoice" ? books.find("Invoice", link.id) : undefined;
    if (!invoice || !isObject(line)) return [line];
    const open = openFor(books, payment, invoice) / 100;
    if (Number(line["Amount"]) <= open) return [line];
    return open === 0 ? [] : [{ ...line, Amount: open }];
  });
  return { ...fields, Line: capped };
}
