import { EditRefused } from "../entities/definition.js";
import type { Company } from "./company.js";
import type { EditTiming } from "./options.js";

/** The applications of a payment as they are written, those to an invoice left out. */
function linesWithout(
  company: Company,
  payment: string,
  invoice: string,
): readonly Readonly<Record<string, unknown>>[] {
  const { books } = company;
  const row = books.find("Payment", payment);
  if (!row) throw new EditRefused(`There is no Payment ${payment}.`);
  const settled = books.entity("Payment").applications?.(row.fields) ?? [];
  return settled
    .filter(({ entity, id }) => entity !== "Invoice" || id !== invoice)
    .map(({ entity, id, cents }) => ({ Amount: cents / 100, LinkedTxn: [{ TxnId: id, TxnType: entity }] }));
}

/** Applies so much of a payment to an invoice, as a person ticking it does; what it gave that invoice before is replaced. Throws {@link EditRefused}. */
export function applyPayment(
  company: Company,
  payment: string,
  invoice: string,
  amount: number,
  timing?: EditTiming,
): void {
  const line = { Amount: amount, LinkedTxn: [{ TxnId: invoice, TxnType: "Invoice" }] };
  company.change("Payment", payment, { Line: [...linesWithout(company, payment, invoice), line] }, timing);
}

/** Takes a payment off an invoice: the money stays received and is unapplied. Throws {@link EditRefused}. */
export function unapplyPayment(company: Company, payment: string, invoice: string, timing?: EditTiming): void {
  company.change("Payment", payment, { Line: linesWithout(company, payment, invoice) }, timing);
}
