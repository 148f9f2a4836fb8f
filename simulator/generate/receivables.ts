import { creditLinkNote } from "../entities/payment.js";
import type { Row } from "../company/table.js";
import { centsOf, idOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import { between, chance } from "./random.js";
import type { Random } from "./random.js";
import { paymentFields, settles } from "./transactions.js";

/** How many open invoices are kept in mind to be paid; older ones stay open for good. */
const mostOpen = 400;

function openCents(row: Row): number {
  return centsOf(row.fields["TotalAmt"]) - row.applied;
}

function isSameCustomer(a: Row, b: Row): boolean {
  return idOf(a.fields["CustomerRef"]) === idOf(b.fields["CustomerRef"]);
}

/** What customers owe, and how they pay it. */
export class Receivables {
  readonly #random: Random;
  #invoices: Row[] = [];
  #credits: Row[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  addInvoice(row: Row): void {
    if (openCents(row) === 0) return;
    this.#invoices.push(row);
    if (this.#invoices.length > mostOpen) this.#invoices = this.#invoices.slice(mostOpen / 2);
  }

  addCredit(row: Row): void {
    this.#credits.push(row);
  }

  /** The invoice that has been open longest. */
  get oldest(): Row | undefined {
    return this.#invoices[0];
  }

  takeOldest(): Row | undefined {
    return this.#invoices.shift();
  }

  /** The payment that comes in next: of one or two invoices, in full, in part or with too much, an advance, or a credit applied. */
  nextPayment(customer: Row, date: string): Fields {
    const credited = chance(this.#random, 0.1) ? this.#applyCredit(date) : undefined;
    if (credited) return credited;
    const [invoice] = this.#invoices.splice(Math.floor(this.#random() * this.#invoices.length), 1);
    if (invoice && !chance(this.#random, 0.03)) return this.#payInvoice(invoice, date);
    return paymentFields(this.#random, customer.reference, between(this.#random, 1_000, 90_000), [], date);
  }

  #payInvoice(invoice: Row, date: string): Fields {
    const random = this.#random;
    const due = openCents(invoice);
    const paid = chance(random, 0.15) ? Math.ceil(due / between(random, 2, 4)) : due;
    if (paid < due) this.#invoices.push(invoice);
    const lines = [settles("Invoice", invoice.id, paid)];
    const other = chance(random, 0.1)
      ? this.#invoices.find((row) => row !== invoice && isSameCustomer(row, invoice))
      : undefined;
    const otherCents = other ? openCents(other) : 0;
    if (other) lines.push(settles("Invoice", other.id, otherCents));
    this.#invoices = this.#invoices.filter((row) => row !== other);
    const extra = chance(random, 0.04) ? between(random, 1, 5_000) : 0;
    return paymentFields(random, invoice.fields["CustomerRef"] ?? {}, paid + otherCents + extra, lines, date);
  }

  /** Applies an open credit memo to an open invoice of its customer, as QuickBooks does: by a payment of nothing. */
  #applyCredit(date: string): Fields | undefined {
    const credit = this.#credits.shift();
    const invoice = credit && this.#invoices.find((row) => isSameCustomer(row, credit));
    if (!credit || !invoice) return undefined;
    const cents = Math.min(openCents(credit), openCents(invoice));
    if (cents === openCents(invoice)) this.#invoices = this.#invoices.filter((row) => row !== invoice);
    const lines = [settles("Invoice", invoice.id, cents), settles("CreditMemo", credit.id, cents)];
    return {
      ...paymentFields(this.#random, credit.fields["CustomerRef"] ?? {}, 0, lines, date),
      PrivateNote: creditLinkNote,
    };
  }
}
