import { deactivate } from "../company/activity.js";
import { creditLinkNote } from "../entities/payment.js";
import type { Row } from "../company/table.js";
import { centsOf, idOf, textOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import { pacificDate } from "../pacific.js";
import { customerFields, siteFields } from "./names.js";
import { between, chance } from "./random.js";
import type { Random } from "./random.js";
import { momentAt } from "./writer.js";
import type { Writer } from "./writer.js";
import { invoiceFields, paymentFields, saleFields, saleLines, settles } from "./transactions.js";

export interface HistoryOptions {
  readonly customers: number;
  readonly invoices: number;
  readonly payments: number;
  readonly creditMemos: number;
  readonly startMs: number;
  readonly endMs: number;
  /** So many of the invoices come in one second. */
  readonly burst: number;
}

type Kind = "customers" | "invoices" | "payments" | "creditMemos";

const dayMs = 86_400_000;
/** How many open invoices are kept in mind to be paid. */
const openInvoices = 400;

/** Years of business, told in order: each record is created at its time, payments settle what is open then, some records are edited later. */
export class History {
  readonly #writer: Writer;
  readonly #random: Random;
  readonly #options: HistoryOptions;
  readonly #customers: Row[] = [];
  readonly #items: readonly Row[];
  readonly #bundles: readonly Row[];
  readonly #left: Record<Kind, number>;
  #open: Row[] = [];
  #credits: Row[] = [];
  #nowMs: number;

  constructor(writer: Writer, random: Random, options: HistoryOptions) {
    this.#writer = writer;
    this.#random = random;
    this.#options = options;
    const items = writer.books.table("Item").rows;
    this.#bundles = items.filter(({ fields }) => fields["Type"] === "Group");
    this.#items = items.filter(({ fields }) => fields["Type"] !== "Group" && fields["Type"] !== "Category");
    this.#left = {
      customers: options.customers,
      invoices: options.invoices,
      payments: options.payments,
      creditMemos: options.creditMemos,
    };
    this.#nowMs = options.startMs;
  }

  write(): void {
    const { startMs, endMs, customers, invoices, payments, creditMemos } = this.#options;
    const burst = Math.min(this.#options.burst, invoices);
    this.#left.invoices -= burst;
    const steps = customers + invoices - burst + payments + creditMemos;
    const gapMs = (endMs - startMs) / (steps + 2);
    const burstStep = Math.floor(steps * 0.9);
    for (let step = 0; step < steps; step += 1) {
      this.#nowMs = startMs + step * gapMs + this.#random() * gapMs * 0.9;
      this.#step(this.#draw(step));
      if (step === burstStep) for (let count = 0; count < burst; count += 1) this.#invoice(false);
      if (chance(this.#random, 0.02)) this.#edit();
    }
    this.#retire();
  }

  /** Draws what happens next, in proportion to what is left; the first is a customer. */
  #draw(step: number): Kind {
    const left = this.#left;
    if (step === 0) return "customers";
    let number = this.#random() * (left.customers + left.invoices + left.payments + left.creditMemos);
    for (const kind of ["customers", "invoices", "payments"] as const) {
      number -= left[kind];
      if (number < 0) return kind;
    }
    return left.creditMemos > 0
      ? "creditMemos"
      : left.invoices > 0
        ? "invoices"
        : left.payments > 0
          ? "payments"
          : "customers";
  }

  #step(kind: Kind): void {
    this.#left[kind] -= 1;
    if (kind === "customers") this.#customer();
    if (kind === "invoices") this.#invoice(true);
    if (kind === "payments") this.#payment();
    if (kind === "creditMemos") this.#creditMemo();
    if (chance(this.#random, 0.01)) this.#writer.ids.next(this.#writer.books.entity("Invoice"));
  }

  #insert(entity: string, fields: Fields): Row {
    return this.#writer.insert(entity, fields, momentAt(this.#nowMs));
  }

  #any(rows: readonly Row[]): Row {
    const row = rows[Math.floor(this.#random() * rows.length)];
    if (!row) throw new Error("The history needs a customer and an item before anything is sold.");
    return row;
  }

  /** Some papers are dated back. */
  #date(): string {
    return pacificDate(this.#nowMs - (chance(this.#random, 0.2) ? between(this.#random, 1, 10) * dayMs : 0));
  }

  #customer(): void {
    const number = this.#customers.length + 1;
    const { currencies } = this.#writer.books;
    const foreign = chance(this.#random, 0.2) ? currencies[number % Math.max(1, currencies.length)] : undefined;
    const parent = number > 3 && chance(this.#random, 0.12) ? this.#any(this.#customers) : undefined;
    const isTooDeep = idOf(parent?.fields["ParentRef"]) !== undefined && chance(this.#random, 0.8);
    const fields =
      parent && !isTooDeep
        ? siteFields(this.#random, number, parent.fields, parent.id)
        : customerFields(this.#random, number, foreign);
    this.#customers.push(this.#insert("Customer", fields));
  }

  #lines(): readonly Fields[] {
    const [first, ...others] = this.#items;
    if (!first) throw new Error("The history needs an item before anything is sold.");
    return saleLines(this.#random, [first, ...others], this.#bundles);
  }

  #invoice(willBePaid: boolean): void {
    const row = this.#insert(
      "Invoice",
      invoiceFields(this.#random, this.#any(this.#customers), this.#lines(), this.#date()),
    );
    if (!willBePaid || centsOf(row.fields["TotalAmt"]) === 0) return;
    this.#open.push(row);
    if (this.#open.length > openInvoices) this.#open = this.#open.slice(openInvoices / 2);
  }

  #creditMemo(): void {
    const owner = idOf(this.#open[0]?.fields["CustomerRef"]) ?? "";
    const customer = this.#writer.books.find("Customer", owner) ?? this.#any(this.#customers);
    const [line] = this.#lines();
    this.#credits.push(
      this.#insert("CreditMemo", saleFields(this.#random, customer, line ? [line] : [], this.#date())),
    );
  }

  #payment(): void {
    if (chance(this.#random, 0.1) && this.#linkCredit()) return;
    const index = Math.floor(this.#random() * this.#open.length);
    const [invoice] = this.#open.splice(index, 1);
    if (!invoice || chance(this.#random, 0.03)) {
      const advance = paymentFields(
        this.#random,
        this.#any(this.#customers).reference,
        between(this.#random, 1_000, 90_000),
        [],
        this.#date(),
      );
      this.#insert("Payment", advance);
      return;
    }
    const customer = invoice.fields["CustomerRef"] ?? {};
    const openCents = centsOf(invoice.fields["TotalAmt"]) - invoice.applied;
    const paid =
      chance(this.#random, 0.15) && openCents > 1 ? Math.ceil(openCents / between(this.#random, 2, 4)) : openCents;
    const extra = chance(this.#random, 0.04) ? between(this.#random, 1, 5_000) : 0;
    const other = this.#open.find((row) => row !== invoice && idOf(row.fields["CustomerRef"]) === idOf(customer));
    const lines = [settles("Invoice", invoice.id, paid)];
    const otherCents = other && chance(this.#random, 0.3) ? centsOf(other.fields["TotalAmt"]) - other.applied : 0;
    if (other && otherCents > 0) lines.push(settles("Invoice", other.id, otherCents));
    this.#insert("Payment", paymentFields(this.#random, customer, paid + otherCents + extra, lines, this.#date()));
    this.#open = this.#open.filter((row) => row !== other || otherCents === 0);
    if (paid < openCents) this.#open.push(invoice);
  }

  /** Applies an open credit memo to an open invoice of its customer, as QuickBooks does: by a payment of nothing. */
  #linkCredit(): boolean {
    const credit = this.#credits.shift();
    const invoice =
      credit && this.#open.find((row) => idOf(row.fields["CustomerRef"]) === idOf(credit.fields["CustomerRef"]));
    if (!credit || !invoice) return false;
    const cents = Math.min(centsOf(credit.fields["TotalAmt"]), centsOf(invoice.fields["TotalAmt"]) - invoice.applied);
    if (cents === 0) return false;
    const lines = [settles("Invoice", invoice.id, cents), settles("CreditMemo", credit.id, cents)];
    const fields = paymentFields(this.#random, credit.fields["CustomerRef"] ?? {}, 0, lines, this.#date());
    this.#insert("Payment", { ...fields, PrivateNote: creditLinkNote });
    this.#open = this.#open.filter((row) => row.applied < centsOf(row.fields["TotalAmt"]));
    return true;
  }

  /** Someone voids a paper, corrects a memo, or renames a customer. */
  #edit(): void {
    const { books } = this.#writer;
    const at = momentAt(this.#nowMs);
    const invoice = this.#open.shift();
    if (invoice?.applied === 0 && chance(this.#random, 0.4)) books.void(invoice, at);
    else if (invoice) books.change(invoice, { PrivateNote: "Corrected after a call" }, at);
    if (chance(this.#random, 0.2)) {
      const customer = this.#any(this.#customers);
      books.change(customer, { DisplayName: `${textOf(customer.fields["DisplayName"]) ?? ""} & Co` }, at);
    }
    if (chance(this.#random, 0.1)) {
      const payment = books.table("Payment").rows.at(-1);
      if (payment && payment.fields["PrivateNote"] !== creditLinkNote) books.void(payment, at);
    }
  }

  /** At the end a few customers, items and accounts are no longer in use. */
  #retire(): void {
    const { books } = this.#writer;
    const at = momentAt(this.#nowMs);
    const parents = new Set(this.#customers.map(({ fields }) => idOf(fields["ParentRef"])));
    const idle = this.#customers.filter((row) => row.balanceWithChildren === 0 && !parents.has(row.id));
    for (const row of idle.filter((_, index) => index % 4 === 1)) deactivate(books, books.entity("Customer"), row, at);
    for (const row of this.#items.filter((_, index) => index % 15 === 7))
      deactivate(books, books.entity("Item"), row, at);
    const accounts = books.table("Account").rows.filter(({ fields }) => fields["ParentRef"] !== undefined);
    for (const row of accounts.filter((_, index) => index % 6 === 2))
      deactivate(books, books.entity("Account"), row, at);
  }
}
