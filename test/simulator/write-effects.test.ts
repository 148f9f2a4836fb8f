import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { expectCoherent } from "./coherent.js";
import { all, valueOf } from "./person.js";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";
import type { Answered, Json, World } from "./writing.js";

function timeOf(record: Json): number {
  return Date.parse((record["MetaData"] as { readonly LastUpdatedTime: string }).LastUpdatedTime);
}

test("an invoice moves its customer, that one's parents, receivables and stock: their times, not their tokens", async () => {
  await withWriter(async ({ simulator, company, customer, write, read }) => {
    const site = company.create("Customer", { DisplayName: "Pond site", ParentRef: { value: customer } });
    const stock = company.books.account("Inventory");
    const pot = company.create("Item", {
      Name: "Pot",
      Type: "Inventory",
      IncomeAccountRef: { value: company.books.account("SalesOfProductIncome") },
      ExpenseAccountRef: { value: company.books.account("SuppliesMaterialsCogs") },
      AssetAccountRef: { value: stock },
      InvStartDate: "2026-01-01",
      QtyOnHand: 10,
      PurchaseCost: 4,
    });
    const touched = [
      ["Customer", site],
      ["Customer", customer],
      ["Account", company.books.account("AccountsReceivable")],
      ["Account", stock],
      ["Item", pot],
    ] as const;
    const before = await Promise.all(touched.map(([entity, id]) => read(entity, id)));
    simulator.clock.advance(60_000);
    const line = { Amount: 30, SalesItemLineDetail: { ItemRef: { value: pot }, Qty: 3, UnitPrice: 10 } };
    await write("Invoice", { CustomerRef: { value: site }, Line: [line] });
    const after = await Promise.all(touched.map(([entity, id]) => read(entity, id)));
    expect(after.map(({ SyncToken }) => SyncToken)).toEqual(before.map(({ SyncToken }) => SyncToken));
    after.forEach((record, index) => {
      expect(timeOf(record)).toBeGreaterThan(timeOf(before[index] ?? {}));
    });
    expect(after).toMatchObject([
      { Balance: 30 },
      { Balance: 0, BalanceWithJobs: 30 },
      { CurrentBalance: 30 },
      { CurrentBalance: 28 },
      { QtyOnHand: 7 },
    ]);
  });
});

test("a payment moves the token of the invoice it settles, its memo does not; both sides tell of the link", async () => {
  await withWriter(async ({ customer, write, read }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    const id = String(invoice["Id"]);
    const payment = await write("Payment", paymentOf(customer, 20, [id, 20]));
    const settled = await read("Invoice", id);
    const link = { TxnId: payment["Id"], TxnType: "Payment" };
    expect(settled).toMatchObject({ Balance: 30, SyncToken: "1", LinkedTxn: [link] });
    const noted = await write("Payment", { ...named(payment), sparse: true, PrivateNote: "cheque" });
    expect(await read("Invoice", id)).toEqual(settled);
    const freed = await write("Payment", { ...named(noted), ...paymentOf(customer, 20) });
    expect(freed).toMatchObject({ UnappliedAmt: 20, Line: [] });
    expect(await read("Invoice", id)).toMatchObject({ Balance: 50, SyncToken: "2", LinkedTxn: [] });
  });
});

test("deleting an invoice frees what had settled it, deleting a payment opens its invoice again", async () => {
  await withWriter(async ({ company, customer, write, read }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    const payment = await write("Payment", paymentOf(customer, 50, [String(invoice["Id"]), 50]));
    const settled = await read("Invoice", String(invoice["Id"]));
    await write("Invoice", named(settled), "operation=delete");
    const freed = await read("Payment", String(payment["Id"]));
    expect(freed).toMatchObject({ UnappliedAmt: 50, Line: [], SyncToken: "1" });
    await write("Payment", named(freed), "operation=delete");
    expect(await read("Customer", customer)).toMatchObject({ Balance: 0, SyncToken: "0" });
    expect([company.count("Invoice"), company.count("Payment")]).toEqual([0, 0]);
  });
});

test("a credit memo is applied to an invoice by a payment of nothing", async () => {
  await withWriter(async ({ customer, write, read }) => {
    const memo = await write("CreditMemo", invoiceOf(customer, 30));
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    const settles = (TxnType: string, { Id: TxnId }: Json): Json => ({ Amount: 30, LinkedTxn: [{ TxnId, TxnType }] });
    await write("Payment", {
      CustomerRef: { value: customer },
      TotalAmt: 0,
      Line: [settles("Invoice", invoice), settles("CreditMemo", memo)],
    });
    expect(await read("Invoice", String(invoice["Id"]))).toMatchObject({ Balance: 20 });
    expect(await read("CreditMemo", String(memo["Id"]))).toMatchObject({ Balance: 0, RemainingCredit: 0 });
  });
});

const step = fc.record({
  what: fc.constantFrom("invoice", "pay", "amend", "rewrite", "unapply", "void", "delete", "move", "off"),
  draw: fc.nat(9999),
  cents: fc.integer({ min: 1, max: 90_000 }),
});

/** One write of an app that does not know what it does; what QuickBooks refuses is refused. */
function attempt(
  { company, post }: World,
  { what, draw, cents }: typeof step extends fc.Arbitrary<infer T> ? T : never,
): Promise<Answered> {
  const any = (entity: string): Json => {
    const records = all(company, entity);
    return records[draw % Math.max(1, records.length)] ?? {};
  };
  const [amount, invoice, payment] = [cents / 100, any("Invoice"), any("Payment")];
  const customer = String(any("Customer")["Id"]);
  const owner = valueOf(invoice, "CustomerRef") ?? customer;
  const transaction = draw % 2 === 0 ? "Invoice" : "Payment";
  const record = transaction === "Invoice" ? invoice : payment;
  const included = transaction === "Invoice" ? "operation=void" : "operation=update&include=void";
  const settled = [String(invoice["Id"]), amount] as const;
  const attempts: Readonly<Record<typeof what, () => Promise<Answered>>> = {
    invoice: () => post("invoice", invoiceOf(customer, amount)),
    pay: () => post("payment", paymentOf(owner, amount, settled)),
    amend: () => post("invoice", { ...named(invoice), sparse: true, Line: invoiceOf(customer, amount)["Line"] }),
    rewrite: () => post("payment", { ...named(payment), ...paymentOf(owner, amount, settled) }),
    unapply: () => post("payment", { ...payment, Line: [] }),
    void: () => post(`${transaction.toLowerCase()}?${included}`, { ...named(record), sparse: true }),
    delete: () => post(`${transaction.toLowerCase()}?operation=delete`, named(record)),
    move: () => post("invoice", { ...invoice, CustomerRef: { value: customer } }),
    off: () => post("customer", { ...named(any("Customer")), sparse: true, Active: false }),
  };
  return attempts[what]();
}

test("whatever apps write, a company stays coherent to the cent and every answer is a record or a fault", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.nat(20), async (steps, seed) => {
      await withWriter(
        async (world) => {
          for (const each of steps) expect([200, 400]).toContain((await attempt(world, each)).status);
          expectCoherent(world.company);
        },
        { companies: [{ realmId: "101", size: 40, seed }] },
      );
    }),
    { numRuns: 25 },
  );
}, 60_000);
