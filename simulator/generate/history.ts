import { creditLinkNote } from "../entities/payment.js";
import type { Books } from "../company/books.js";
import type { Row } from "../company/table.js";
import { idOf, textOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import { pacificDate } from "../pacific.js";
import { customerFields, siteFields } from "./names.js";
import { between, chance } from "./random.js";
import { Receivables } from "./receivables.js";
import { retire } from "./retire.js";
import type { Random } from "./random.js";
import { momentAt } from "./writer.js";
import type { Writer } from "./writer.js";
import { invoiceFields, saleFields, saleLines } from "./transactions.js";

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

/** Years of business, told in order: each record is created at its time, payments settle what is open then, some records are edited later. */
export class History {
  readonly #writer: Writer;
  readonly #random: Random;
  readonly #options: HistoryOptions;
  readonly #customers: Row[] = [];
  readonly #items: readonly [Row, ...Row[]];
  readonly #bundles: readonly Row[];
  readonly #left: Record<Kind, number>;
  readonly #receivables: Receivables;
  #nowMs: number;

  constructor(writer: Writer, random: Random, options: HistoryOptions) {
    this.#writer = writer;
    this.#random = random;
    this.#receivables = new Receivables(random);
    this.#options = options;
    const items = writer.books.table("Item").rows;
    this.#bundles = items.filter(({ fields }) => fields["Type"] === "Group");
    const [first, ...others] = items.filter(
      ({ fields }) => fields["Type"] !== "Group" && fields["Type"] !== "Category",
    );
    if (!first) throw new Error("The history needs an item before anything is sold.");
    this.#items = [first, ...others];
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
    retire(this.#writer.books, momentAt(this.#nowMs));
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
    return "creditMemos";
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
    if (!row) throw new Error("The history needs a customer before anything is sold.");
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
    const name = textOf(fields["DisplayName"]) ?? "";
    const isTaken = this.#writer.books.named("Customer", name) !== undefined;
    const named = isTaken ? { ...fields, DisplayName: `${name} ${String(number)}` } : fields;
    this.#customers.push(this.#insert("Customer", named));
  }

  #lines(): readonly Fields[] {
    return saleLines(this.#random, this.#items, this.#bundles);
  }

  #invoice(willBePaid: boolean): void {
    const row = this.#insert(
      "Invoice",
      invoiceFields(this.#random, this.#any(this.#customers), this.#lines(), this.#date()),
    );
    if (willBePaid) this.#receivables.addInvoice(row);
  }

  #creditMemo(): void {
    const owner = idOf(this.#receivables.oldest?.fields["CustomerRef"]) ?? "";
    const customer = this.#writer.books.find("Customer", owner) ?? this.#any(this.#customers);
    const [line] = this.#lines();
    const fields = saleFields(this.#random, customer, line ? [line] : [], this.#date());
    this.#receivables.addCredit(this.#insert("CreditMemo", fields));
  }

  /** Some payments are in a deposit already; that leaves their token and time alone (recorded). */
  #payment(): void {
    const row = this.#insert("Payment", this.#receivables.nextPayment(this.#any(this.#customers), this.#date()));
    if (row.fields["PrivateNote"] === creditLinkNote || !chance(this.#random, 0.25)) return;
    const deposit = this.#writer.ids.next(this.#writer.books.entity("Payment"));
    row.fields = { ...row.fields, LinkedTxn: [{ TxnId: deposit, TxnType: "Deposit" }] };
  }

  /** Someone voids a paper, corrects a memo, or renames a customer. */
  #edit(): void {
    const { books } = this.#writer;
    const at = momentAt(this.#nowMs);
    const invoice = this.#receivables.takeOldest();
    if (invoice?.applied === 0 && chance(this.#random, 0.4)) books.void(invoice, at);
    else if (invoice) books.change(invoice, { PrivateNote: "Corrected after a call" }, at);
    if (chance(this.#random, 0.2)) {
      const customer = this.#any(this.#customers);
      books.change(customer, { DisplayName: `${textOf(customer.fields["DisplayName"]) ?? ""} & Co` }, at);
    }
    if (chance(this.#random, 0.1)) {
      const payment = books.table("Payment").rows.at(-1);
      if (payment && isWhole(books, payment)) books.void(payment, at);
    }
  }
}

/** Neither voided yet nor a mere link between credits and charges. */
function isWhole(books: Books, { entity, fields }: Row): boolean {
  return fields["PrivateNote"] !== creditLinkNote && books.entity(entity).isVoided?.(fields) !== true;
}
