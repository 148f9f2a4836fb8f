import { describe, expect, test } from "@jest/globals";
import type { CompanyRules, Payload, Values, WantedWrite } from "../../src/plugins/writes.js";
import { sameValue } from "../../src/sync/local-changes/values.js";
import { payload } from "../fixtures/payload.js";
import { pluginOf, takeIn } from "./support.js";
import { valuesOf } from "./transacting.js";

interface Asked {
  readonly company?: Partial<CompanyRules>;
  /** The record as it is; absent for a new one. */
  readonly record?: Payload;
  readonly operation?: WantedWrite["operation"];
  /** Mapped rows by entity and id. */
  readonly rows?: Readonly<Record<string, Values>>;
}

function wantedOf(entity: string, values: Values, { company, record, operation, rows = {} }: Asked): WantedWrite {
  return {
    operation: operation ?? (record === undefined ? "CREATE" : "UPDATE"),
    values,
    result: { ...(record && valuesOf(entity, record)), ...values },
    before: record && { ...takeIn(entity, record), row: takeIn(entity, record).row, payload: record },
    company: { today: "2026-11-22", homeCurrency: "USD", isMultiCurrency: false, ...company },
    referenced: (name, id) => rows[`${name} ${id}`],
  };
}

/** The problems, as `path: message`. */
const problems = (entity: string, values: Values, asked: Asked = {}): readonly string[] =>
  (pluginOf(entity).writes?.check?.(wantedOf(entity, values, asked)) ?? []).map(
    ({ path, message }) => `${path}: ${message}`,
  );

const completed = (entity: string, values: Values, asked: Asked = {}): Values =>
  pluginOf(entity).writes?.complete?.(wantedOf(entity, values, asked)) ?? {};

const rows = {
  "Customer 1": { currency: "USD", parent: null },
  "Customer 2": { currency: "USD", parent: "1" },
  "Customer 3": { currency: "CAD", parent: null },
  "Customer 4": { currency: "USD", parent: null, state: "INACTIVE" },
  "Item 61": { type: "SERVICE" },
  "Item 62": { type: "CATEGORY" },
  "Item 63": { type: "GROUP" },
  "Item 64": { type: "SERVICE", state: "INACTIVE" },
  "Invoice 8": { customer: "2", currency: "USD", balance: "30" },
  "Invoice 9": { customer: "3", currency: "CAD", balance: "30" },
};

describe("lines of an invoice", () => {
  const found = (lines: readonly Values[]) => problems("Invoice", { customer: "1", lines }, { rows });

  test("an amount is quantity times price to the cent, and follows from them where it is left out", () => {
    expect(found([{ item: "61", quantity: "128.35", unitPrice: "14.5", amount: "1861.07" }])).toEqual([
      "lines.0.amount: Quantity times unit price is 1861.08: give that, or leave the amount out.",
    ]);
    const lines = [{ item: "61", quantity: "128.35", unitPrice: "14.5" }];
    expect(completed("Invoice", { customer: "1", lines }, { rows })["lines"]).toMatchObject([{ amount: "1861.08" }]);
  });

  test("a sale names an item that can be sold, and an amount or what it follows from", () => {
    expect(found([{ amount: "5" }, { item: "62", amount: "5" }, { item: "63", amount: "5" }, { item: "61" }])).toEqual([
      "lines.0.item: Name the item that is sold; for text alone, give only a description.",
      "lines.1.item: A category cannot be sold: name an item below it.",
      "lines.2.item: A bundle cannot be added from here: name its items, each in a line.",
      "lines.3.amount: Give it, or both quantity and unitPrice.",
    ]);
    expect(found([{ item: "64", amount: "5" }])).toEqual([
      "lines.0.item: The item was made inactive, and QuickBooks takes no lines with it: reactivate it first.",
    ]);
  });

  test("an invoice has a line beside discounts, one discount, and no more lines than QuickBooks takes", () => {
    const [sale, off] = [
      { item: "61", amount: "5" },
      { isPercentBased: false, amount: "1" },
    ];
    expect(found([off])).toContain("lines: An invoice needs at least one line beside discounts: give one.");
    expect(found([sale, off, off])).toEqual(["lines: An invoice has one discount: give it in one line."]);
    expect(found(Array(751).fill(sale))).toEqual(["lines: An invoice has at most 750 lines: make several of it."]);
    expect(found([sale, { ...off, amount: "5.01" }])).toEqual([
      "lines: The lines come to less than nothing: lower the discount.",
    ]);
    expect(found([sale, { discountPercent: "101" }])).toContain(
      "lines.1.discountPercent: Give a percentage from 0 to 100, or an amount and isPercentBased false.",
    );
    expect(found([sale, { isPercentBased: false, amount: "1", discountPercent: "3" }])).toEqual([
      "lines.1.discountPercent: Leave it out, or set isPercentBased.",
    ]);
  });

  test("bundles stay as they are, and lines keep their kinds", () => {
    const record = payload("invoice/bundle");
    const lines = valuesOf("Invoice", record)["lines"] as readonly Values[];
    const edited = (change: (row: Values) => Values) =>
      problems("Invoice", { lines: lines.map(change) }, { record, rows });
    expect(edited((row) => row)).toEqual([]);
    expect(edited((row) => (row["kind"] === "GROUP" ? { ...row, quantity: "2" } : row))).toEqual([
      "lines.0.kind: QuickBooks alone can write a line of this kind: give it as it is, or take it out.",
    ]);
    expect(edited((row) => (row["kind"] === "DESCRIPTION" ? { ...row, item: "61" } : row))).toEqual([
      "lines.1.item: A line of text cannot become a sale: take it out, and add a new line.",
    ]);
    expect(edited((row) => (row["lineId"] === "5" ? { ...row, lineId: "99" } : row))).toEqual([
      "lines.2.lineId: The invoice has no line 99, or it was given twice: leave the id out for a new line.",
    ]);
  });

  test("a completed edit is complete: completing it again gives the same", () => {
    const record = payload("invoice/bundle");
    const lines = valuesOf("Invoice", record)["lines"] as readonly Values[];
    const given = { lines: [...lines, { item: "61", quantity: "3", unitPrice: "1.115" }, { discountPercent: "3" }] };
    const once = completed("Invoice", given, { record, rows });
    expect(completed("Invoice", once, { record, rows })).toEqual(once);
    expect((once["lines"] as readonly Values[]).at(-2)).toMatchObject({ amount: "3.35", kind: "SALES" });
  });
});

describe("customer and currency of transactions", () => {
  const isMultiCurrency = { isMultiCurrency: true };
  const lines = [{ item: "61", amount: "5" }];

  test("a new transaction is of today, in its customer's currency where there are several", () => {
    expect(completed("Payment", { customer: "3" }, { rows, company: isMultiCurrency })).toMatchObject({
      ...{ txnDate: "2026-11-22", currency: "CAD" },
    });
    expect(completed("Payment", { customer: "1" }, { rows })).toEqual({ customer: "1", txnDate: "2026-11-22" });
  });

  test("the currency is the customer's and no other", () => {
    const given = (values: Values) => problems("Invoice", { lines, ...values }, { rows, company: isMultiCurrency });
    expect(given({ customer: "3" })).toEqual([]);
    expect(given({ customer: "3", currency: "USD" })).toEqual([
      "currency: It must be the customer's currency, CAD: give that, or leave it out.",
    ]);
    expect(given({ customer: "77" })).toEqual(["currency: The company has several currencies: give the customer's."]);
    expect(given({ customer: "4" })).toEqual([
      "customer: The customer was made inactive: reactivate it, or name another.",
    ]);
    expect(given({ customer: "1", exchangeRate: "1.2" })).toEqual([
      "exchangeRate: In USD, the company's own currency, it is 1: leave it out.",
    ]);
    expect(problems("Invoice", { customer: "1", lines, exchangeRate: "1.2" }, { rows })).toEqual([
      "exchangeRate: The company has one currency: leave the exchange rate out.",
    ]);
    const record = payload("invoice/bundle");
    expect(problems("Invoice", { customer: "3" }, { record, rows })).toEqual([
      "customer: The customer is kept in CAD, and this in USD: name a customer kept in USD.",
    ]);
  });

  test("what QuickBooks would fill by itself cannot be emptied", () => {
    const record = payload("invoice/bundle");
    expect(problems("Invoice", { txnDate: null, dueDate: null }, { record })).toEqual([
      "txnDate: QuickBooks does not clear this: give the date.",
      "dueDate: QuickBooks does not clear this: give the last day to pay.",
    ]);
  });
});

describe("what a payment goes to", () => {
  const found = (values: Values) => problems("Payment", { customer: "1", ...values }, { rows });

  test("no more is applied than the payment and its credits give", () => {
    const applications = [{ target: "8", amount: "20" }];
    expect(found({ totalAmount: "20", applications })).toEqual([]);
    expect(found({ totalAmount: "19.99", applications })).toEqual([
      "applications: More is applied than the payment gives, 19.99: lower what is applied, or raise the amount.",
    ]);
    const record = { ...payload("payment/applied"), LinkedTxn: [] };
    expect(problems("Payment", { totalAmount: "287.22" }, { record, rows })).toEqual([
      "totalAmount: More is applied than the payment gives, 287.22: lower what is applied, or raise the amount.",
    ]);
  });

  test("an invoice gets no more than is open on it, with what this payment gave it already", () => {
    expect(found({ totalAmount: "50", applications: [{ target: "8", amount: "30.01" }] })).toEqual([
      "applications.0.amount: Only 30 is open on the invoice: apply that; the rest of the payment stays unapplied.",
    ]);
    const record = { ...payload("payment/applied"), LinkedTxn: [] };
    const held = valuesOf("Payment", record)["applications"] as readonly Values[];
    const given = (amount: string) => [{ ...held[0], amount }, ...held.slice(1)];
    const open = { "Invoice 1201": { customer: "512", currency: "USD", balance: "12" } };
    const raised = (amount: string) =>
      problems("Payment", { totalAmount: "400", applications: given(amount) }, { record, rows: open });
    expect(raised("212")).toEqual([]);
    expect(raised("212.01")).toEqual([
      "applications.0.amount: Only 212 is open on the invoice: apply that; the rest of the payment stays unapplied.",
    ]);
    expect(
      found({
        totalAmount: "5",
        applications: [
          { target: "8", amount: "0" },
          { target: "77", amount: "1" },
        ],
      }),
    ).toEqual([
      "applications.0.amount: Give how much to apply, more than 0.",
      "applications.1.target: There is no such invoice here: name one of the customer's.",
    ]);
  });

  test("an invoice is the payer's or in his family, and in his currency", () => {
    expect(found({ totalAmount: "5", applications: [{ target: "9", amount: "5" }] })).toEqual([
      "applications.0.target: The invoice is another customer's: name one of the payer's, or of its sub-customers.",
    ]);
    const applications = [{ target: "8", amount: "5" }];
    const paid = { customer: "2", currency: "CAD", totalAmount: "5", applications };
    expect(problems("Payment", paid, { rows, company: { isMultiCurrency: true } })).toContain(
      "applications.0.target: The invoice is in USD, and the payment in CAD: name an invoice in CAD.",
    );
  });

  test("an invoice applied to again gets the new amount, and is not settled twice", () => {
    const applications = [
      { target: "8", amount: "5" },
      { target: "7", amount: "1" },
      { target: "8", amount: "6.0" },
    ];
    expect(completed("Payment", { customer: "1", applications }, { rows })["applications"]).toEqual([
      { target: "8", targetType: "Invoice", amount: "6" },
      { target: "7", targetType: "Invoice", amount: "1" },
    ]);
  });

  test("a credit is neither dropped nor changed, and what is in a deposit stays", () => {
    const record = payload("payment/credit");
    const held = valuesOf("Payment", record)["applications"] as readonly Values[];
    expect(problems("Payment", { applications: held }, { record, rows })).toEqual([]);
    expect(problems("Payment", { applications: held.slice(0, 1), totalAmount: "50" }, { record, rows })).toEqual([
      "applications: What ties it to CreditMemo 1206 can only be changed in QuickBooks: leave it in.",
    ]);
    const banked = { ...payload("payment/applied"), LinkedTxn: [{ TxnId: "5", TxnType: "Deposit" }] };
    const remedy = "The payment is in a bank deposit: take it out of the deposit in QuickBooks first.";
    expect(problems("Payment", {}, { record: banked, operation: "VOID" })).toEqual([`state: ${remedy}`]);
    expect(problems("Payment", { totalAmount: "400" }, { record: banked })).toEqual([`totalAmount: ${remedy}`]);
    expect(problems("Payment", { privateNote: "x" }, { record: banked })).toEqual([]);
  });

  test("F10: a line that settles several records goes back as it came, and none is sent twice", () => {
    const LinkedTxn = [
      { TxnId: "1", TxnType: "Invoice" },
      { TxnId: "2", TxnType: "JournalEntry" },
    ];
    const [tied, bare] = [{ Amount: 30, LinkedTxn, LineEx: { any: [] } }, { Amount: 3 }];
    const record = { ...payload("payment/applied"), Line: [tied, bare] };
    const held = valuesOf("Payment", record)["applications"] as readonly Values[];
    const values = { applications: [...held, { target: "8", targetType: "Invoice", amount: "5" }] };
    const { body } = pluginOf("Payment").writes?.request({ operation: "UPDATE", values, current: record }) ?? {};
    expect(body?.["Line"]).toEqual([tied, { Amount: 5, LinkedTxn: [{ TxnId: "8", TxnType: "Invoice" }] }, bare]);
  });
});

test("a new line is the same as the one that QuickBooks made of it, whose id and tax code it filled in", () => {
  const added = [{ lineId: null, kind: "SALES", item: "61", amount: "5", taxCode: null }];
  const made = (more: Values) => [{ lineId: "7", kind: "SALES", item: "61", amount: "5", taxCode: "TAX", ...more }];
  const isSame = (more: Values) => sameValue(pluginOf("Invoice"), "lines", added, made(more));
  expect([isSame({}), isSame({ amount: "6" }), isSame({ description: "x" })]).toEqual([true, false, false]);
  expect(sameValue(pluginOf("Invoice"), "lines", made({}), made({ taxCode: null }))).toBe(false);
});
