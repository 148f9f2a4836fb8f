import { expect } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { all, valueOf } from "./person.js";
import type { Json } from "./person.js";

export function cents(record: Json, field: string): number {
  return Math.round(Number(record[field]) * 100);
}

export function sum(records: readonly Json[], field: string): number {
  return records.reduce((total, record) => total + cents(record, field), 0);
}

function linked(record: Json): readonly { TxnId: string; TxnType: string }[] {
  return (record["LinkedTxn"] ?? []) as readonly { TxnId: string; TxnType: string }[];
}

/** Customers, receivables and open transactions agree to the cent, in every currency; both sides of every link agree. */
export function expectCoherent(company: Company): void {
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
