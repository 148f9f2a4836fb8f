import fc from "fast-check";
import { EditRefused } from "../../simulator/index.js";
import type { Company } from "../../simulator/index.js";

export type Json = Readonly<Record<string, unknown>>;

export function all(company: Company, entity: string): readonly Json[] {
  return [...company.records(entity)].map(({ text }) => JSON.parse(text) as Json);
}

export function valueOf(record: Json, field: string): string | undefined {
  return (record[field] as { value: string } | undefined)?.value;
}

/** A person who clicks about. */
export const edits = fc.array(
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
      "assign",
      "mixed",
      "deactivate",
      "reactivate",
      "move",
      "merge",
    ),
    draw: fc.nat(9999),
    amount: fc.integer({ min: 1, max: 90_000 }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** One edit of a person who clicks about; what QuickBooks would refuse is refused. */
export function perform(company: Company, what: string, draw: number, amount: number): void {
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
    assign: () => {
      company.change(
        draw % 2 === 0 ? "Invoice" : "Payment",
        String((draw % 2 === 0 ? invoice : any("Payment"))["Id"]),
        { CustomerRef: customer },
      );
    },
    mixed: () => {
      const memo = any("CreditMemo");
      const part = Math.min(open, Number(memo["Balance"]) + 1);
      const credit = Math.max(0, Math.round(part * 100) - 100) / 100;
      const lines = [settle("Invoice", invoice["Id"], part), settle("CreditMemo", memo["Id"], credit)];
      return company.create("Payment", { CustomerRef: memo["CustomerRef"], TotalAmt: 1, Line: lines });
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
    merge: () => {
      company.merge("Customer", customer.value, String(owner && valueOf(invoice, "CustomerRef")));
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
