import { compare, decimalText, sum } from "../exact.js";
import { objectsIn, textIn } from "../line-writes.js";
import type { Values, WantedWrite, WriteProblem } from "../writes.js";
import { isSameTarget, unappliedOf } from "./application-rows.js";

/** What is wrong with what a payment goes to. `rows`: all of it, as it will be; `values`: what was given, and what follows from it. */
export function applicationProblems(wanted: WantedWrite, values: Values, rows: readonly Values[]): WriteProblem[] {
  const held = objectsIn(wanted.before?.children["applications"]);
  const isMoved = values["customer"] !== undefined;
  return [
    ...amountProblems(wanted, values, rows),
    ...heldProblems(held, rows),
    ...rows.flatMap((row, index) => {
      const own = held.find((each) => isSameTarget(each, row));
      const isUntouched = own !== undefined && own["amount"] === row["amount"];
      const message = isUntouched && !isMoved ? undefined : invoiceProblem(wanted, row, own);
      return message === undefined ? [] : [{ path: `applications.${index}.${message.key}`, message: message.text }];
    }),
  ];
}

function amountProblems(wanted: WantedWrite, values: Values, rows: readonly Values[]): WriteProblem[] {
  const total = decimalText(values["totalAmount"] ?? wanted.result["totalAmount"]);
  if (total === undefined) return [];
  const left = unappliedOf(total, rows);
  if (compare(left, "0") >= 0) return [];
  const path = values["applications"] === undefined ? "totalAmount" : "applications";
  const most = sum([total, ...credits(rows)]);
  return [
    { path, message: `More is applied than the payment gives, ${most}: lower what is applied, or raise the amount.` },
  ];
}

const credits = (rows: readonly Values[]): readonly string[] =>
  rows.flatMap((row) => (row["targetType"] === "Invoice" ? [] : (decimalText(row["amount"]) ?? [])));

/** What is not an invoice, or shares its amount with others, is for QuickBooks to change. */
function heldProblems(held: readonly Values[], rows: readonly Values[]): WriteProblem[] {
  const fixed = held.filter((row) => row["targetType"] !== "Invoice" || row["amount"] === null);
  const lost = fixed.filter((row) => !rows.some((each) => isSameTarget(each, row) && each["amount"] === row["amount"]));
  return lost.map((row) => ({
    path: "applications",
    message: `What ties it to ${String(row["targetType"])} ${String(row["target"])} can only be changed in QuickBooks: leave it in.`,
  }));
}

interface Found {
  readonly key: "amount" | "target";
  readonly text: string;
}

function invoiceProblem(wanted: WantedWrite, row: Values, own: Values | undefined): Found | undefined {
  if (row["targetType"] !== "Invoice") {
    return own === undefined
      ? { key: "target", text: "A payment can only be applied to invoices from here." }
      : undefined;
  }
  const invoice = wanted.referenced("Invoice", textIn(row, "target") ?? "");
  if (invoice === undefined)
    return { key: "target", text: "There is no such invoice here: name one of the customer's." };
  return (
    ownerProblem(wanted, invoice) ??
    (row["amount"] === null && own !== undefined ? undefined : openProblem(row, own, invoice))
  );
}

function ownerProblem(wanted: WantedWrite, invoice: Values): Found | undefined {
  const [payer, billed] = [textIn(wanted.result, "customer"), textIn(invoice, "customer")];
  const [payers, theirs] = [rootOf(wanted, payer), rootOf(wanted, billed)];
  if (payers !== undefined && theirs !== undefined && payers !== theirs)
    return {
      key: "target",
      text: "The invoice is another customer's: name one of the payer's, or of its sub-customers.",
    };
  const [paid, asked] = [currencyOf(wanted, payer), textIn(invoice, "currency")];
  if (paid === null || asked === null || paid === asked) return undefined;
  return { key: "target", text: `The invoice is in ${asked}, and the payment in ${paid}: name an invoice in ${paid}.` };
}

const currencyOf = ({ result, referenced }: WantedWrite, customer: string | null): string | null =>
  textIn(result, "currency") ?? textIn(referenced("Customer", customer ?? ""), "currency");

function openProblem(row: Values, own: Values | undefined, invoice: Values): Found | undefined {
  const amount = decimalText(row["amount"]);
  if (amount === undefined || compare(amount, "0") <= 0)
    return { key: "amount", text: "Give how much to apply, more than 0." };
  const balance = decimalText(invoice["balance"]);
  if (balance === undefined) return undefined;
  const open = sum([balance, decimalText(own?.["amount"]) ?? "0"]);
  if (compare(amount, open) <= 0) return undefined;
  return {
    key: "amount",
    text: `Only ${open} is open on the invoice: apply that; the rest of the payment stays unapplied.`,
  };
}

/** The customer at the top of the tree in which a customer stands; undefined where that is not known. */
function rootOf({ referenced }: WantedWrite, customer: string | null): string | undefined {
  const seen = new Set<string>();
  for (let id = customer; id !== null && !seen.has(id);) {
    seen.add(id);
    const row = referenced("Customer", id);
    const parent = textIn(row, "parent");
    if (parent === null) return row === undefined ? undefined : id;
    id = parent;
  }
  return undefined;
}
