import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Clock, Company } from "../../simulator/index.js";
import { all, edits, perform, valueOf } from "./person.js";
import type { Json } from "./person.js";

function cents(record: Json, field: string): number {
  return Math.round(Number(record[field]) * 100);
}

function sum(records: readonly Json[], field: string): number {
  return records.reduce((total, record) => total + cents(record, field), 0);
}

function linked(record: Json): readonly { TxnId: string; TxnType: string }[] {
  return (record["LinkedTxn"] ?? []) as readonly { TxnId: string; TxnType: string }[];
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
