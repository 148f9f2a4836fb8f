import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Clock, Company, EditRefused } from "../../simulator/index.js";

type Json = Readonly<Record<string, unknown>>;

function all(company: Company, entity: string): readonly Json[] {
  return [...company.records(entity)].map(({ text }) => JSON.parse(text) as Json);
}

function cents(record: Json, field: string): number {
  return Math.round(Number(record[field]) * 100);
}

function sum(records: readonly Json[], field: string): number {
  return records.reduce((total, record) => total + cents(record, field), 0);
}

function linked(record: Json): readonly { TxnId: string; TxnType: string }[] {
  return (record["LinkedTxn"] ?? []) as readonly { TxnId: string; TxnType: string }[];
}

function valueOf(record: Json, field: string): string | undefined {
  return (record[field] as { value: string } | undefined)?.value;
}

/** Customers, receivables and open transactions agree to the cent, in every currency; both sides of every link agree. */
function expectCoherent(company: Company): void {
  const [customers, accounts, invoices, payments, memos] = [
    "Customer",
    "Account",
    "Invoice",
    "Payment",
    "CreditMemo",
  ].map((entity) => all(company, entity));
  if (!customers || !accounts || !invoices || !payments || !memos) throw new Error("An entity is missing.");
  for (const currency of new Set(customers.map((each) => valueOf(each, "CurrencyRef")))) {
    const of = (records: readonly Json[]): readonly Json[] =>
      records.filter((each) => valueOf(each, "CurrencyRef") === currency);
    const receivable = sum(
      of(accounts).filter((each) => each["AccountType"] === "Accounts Receivable"),
      "CurrentBalance",
    );
    const open = sum(of(invoices), "Balance") - sum(of(payments), "UnappliedAmt") - sum(of(memos), "Balance");
    expect([sum(of(customers), "Balance"), open]).toEqual([receivable, receivable]);
  }
  expectSettled(invoices, payments, "Invoice");
  expectSettled(memos, payments, "CreditMemo");
  for (const customer of customers) {
    const below = customers.filter((each) => valueOf(each, "ParentRef") === customer["Id"]);
    expect(cents(customer, "BalanceWithJobs")).toBe(cents(customer, "Balance") + sum(below, "BalanceWithJobs"));
  }
}

/** What payments say they settle is what the settled say is no longer open. */
function expectSettled(targets: readonly Json[], payments: readonly Json[], type: string): void {
  const settled = new Map<string, { total: number; payments: string[] }>();
  for (const payment of payments) {
    for (const line of payment["Line"] as readonly Json[]) {
      const [link] = linked(line);
      if (link?.TxnType !== type) continue;
      const known = settled.get(link.TxnId) ?? { total: 0, payments: [] };
      settled.set(link.TxnId, {
        total: known.total + cents(line, "Amount"),
        payments: [...known.payments, String(payment["Id"])],
      });
    }
  }
  for (const target of targets) {
    const { total, payments: ids } = settled.get(String(target["Id"])) ?? { total: 0, payments: [] };
    settled.delete(String(target["Id"]));
    expect({ id: target["Id"], open: cents(target, "Balance") }).toEqual({
      id: target["Id"],
      open: cents(target, "TotalAmt") - total,
    });
    expect(cents(target, "Balance")).toBeGreaterThanOrEqual(0);
    const paidBy = linked(target)
      .filter(({ TxnType }) => TxnType === "Payment")
      .map(({ TxnId }) => TxnId);
    if (type === "Invoice") expect([...paidBy].sort()).toEqual([...ids].sort());
  }
  expect([...settled.keys()]).toEqual([]);
}

test("generated companies of any size and seed are coherent to the cent", () => {
  for (const options of [
    { size: 0 },
    { size: 30 },
    { size: 400 },
    { size: 1500, seed: 7 },
    { size: 1200, currencies: ["EUR", "CAD"] },
  ]) {
    const company = new Company(options, new Clock());
    expectCoherent(company);
    if (options.size > 20) {
      const counted = ["Customer", "Account", "Item", "Invoice", "Payment", "CreditMemo"].reduce(
        (total, entity) => total + company.count(entity),
        0,
      );
      expect(counted).toBe(options.size);
    }
  }
});

test("the same seed gives the same company, another seed another", () => {
  const generatedAt = Date.UTC(2026, 10, 22);
  const texts = (seed: string): string =>
    [...new Company({ seed, size: 200, generatedAt }, new Clock()).records("Invoice")].map(({ text }) => text).join();
  expect(texts("a")).toBe(texts("a"));
  expect(texts("a")).not.toBe(texts("b"));
});

test("a sale's lines, discount and tax add up to its total", () => {
  const company = new Company({ size: 900, seed: "sums" }, new Clock());
  const kinds = new Set<unknown>();
  for (const entity of ["Invoice", "CreditMemo"]) {
    for (const record of all(company, entity)) {
      const lines = record["Line"] as readonly Json[];
      for (const line of lines) kinds.add(line["DetailType"]);
      const part = (type: string): number =>
        sum(
          lines.filter((line) => line["DetailType"] === type),
          "Amount",
        );
      const tax = cents(record["TxnTaxDetail"] as Json, "TotalTax");
      expect(cents(record, "TotalAmt")).toBe(part("SubTotalLineDetail") - part("DiscountLineDetail") + tax);
      const children = lines.flatMap(
        (line) => ((line["GroupLineDetail"] as Json | undefined)?.["Line"] ?? []) as readonly Json[],
      );
      expect(part("SubTotalLineDetail")).toBe(part("SalesItemLineDetail") + sum(children, "Amount"));
    }
  }
  expect([...kinds].sort()).toEqual([
    "DescriptionOnly",
    "DiscountLineDetail",
    "GroupLineDetail",
    "SalesItemLineDetail",
    "SubTotalLineDetail",
  ]);
});

const edits = fc.array(
  fc.record({
    what: fc.constantFrom(
      "invoice",
      "pay",
      "overpay",
      "credit",
      "link",
      "unapply",
      "void",
      "delete",
      "relink",
      "amend",
      "deactivate",
      "reactivate",
      "move",
    ),
    draw: fc.nat(9999),
    amount: fc.integer({ min: 1, max: 90_000 }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** One edit of a person who clicks about; what QuickBooks would refuse is refused. */
function perform(company: Company, what: string, draw: number, amount: number): void {
  const any = (entity: string): Json => {
    const records = all(company, entity);
    return records[draw % records.length] ?? {};
  };
  const value = amount / 100;
  const line = { Amount: value, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } };
  const customer = { value: String(any("Customer")["Id"]) };
  const invoice = any("Invoice");
  const settle = (type: string, id: unknown, amountOf: number): object => ({
    Amount: amountOf,
    LinkedTxn: [{ TxnId: id, TxnType: type }],
  });
  const open = Number(invoice["Balance"]);
  const owner = invoice["CustomerRef"];
  const transaction = (["Invoice", "Payment", "CreditMemo"] as const)[draw % 3] ?? "Invoice";
  const list = (["Customer", "Item"] as const)[draw % 2] ?? "Customer";
  const actions: Readonly<Record<string, () => unknown>> = {
    invoice: () => company.create("Invoice", { CustomerRef: customer, Line: [line] }),
    pay: () =>
      company.create("Payment", { CustomerRef: owner, TotalAmt: open, Line: [settle("Invoice", invoice["Id"], open)] }),
    overpay: () =>
      company.create("Payment", {
        CustomerRef: owner,
        TotalAmt: open + 5,
        Line: [settle("Invoice", invoice["Id"], open)],
      }),
    credit: () => company.create("CreditMemo", { CustomerRef: owner, Line: [line] }),
    link: () => {
      const memo = any("CreditMemo");
      const part = Math.min(open, Number(memo["Balance"]));
      const lines = [settle("Invoice", invoice["Id"], part), settle("CreditMemo", memo["Id"], part)];
      return company.create("Payment", {
        CustomerRef: memo["CustomerRef"],
        TotalAmt: 0,
        PrivateNote: "Created by QB Online to link credits to charges.",
        Line: lines,
      });
    },
    unapply: () => {
      company.change("Payment", String(any("Payment")["Id"]), { Line: [] });
    },
    relink: () => {
      company.change("Payment", String(any("Payment")["Id"]), {
        TotalAmt: value,
        Line: [settle("Invoice", invoice["Id"], Math.min(open, value))],
      });
    },
    amend: () => {
      company.change("Invoice", String(invoice["Id"]), { Line: [line, line] });
    },
    void: () => {
      company.void(transaction, String(any(transaction)["Id"]));
    },
    delete: () => {
      company.delete(transaction, String(any(transaction)["Id"]));
    },
    deactivate: () => {
      company.deactivate(list, String(any(list)["Id"]));
    },
    reactivate: () => {
      company.reactivate(list, String(any(list)["Id"]));
    },
    move: () => {
      company.change("Customer", customer.value, {
        ParentRef: draw % 3 === 0 ? null : { value: String(owner && valueOf(invoice, "CustomerRef")) },
      });
    },
  };
  try {
    actions[what]?.();
  } catch (error) {
    if (!(error instanceof EditRefused)) throw error;
  }
}

test("whatever people do in it, a company stays coherent", () => {
  fc.assert(
    fc.property(edits, fc.nat(20), (steps, seed) => {
      const company = new Company({ size: 60, seed, currencies: seed % 3 === 0 ? ["EUR"] : [] }, new Clock());
      for (const { what, draw, amount } of steps) perform(company, what, draw, amount);
      expectCoherent(company);
    }),
    { numRuns: 60 },
  );
});
