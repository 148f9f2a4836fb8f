import { expect, test } from "@jest/globals";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";
import type { Json } from "./writing.js";

test("an amount must be its quantity times its price, half a cent rounded up, to the cent", async () => {
  await withWriter(async ({ customer, write, refused }) => {
    const sold = (amount: number): Json => ({
      CustomerRef: { value: customer },
      Line: [{ Amount: amount, SalesItemLineDetail: { ItemRef: { value: "1" }, Qty: 128.35, UnitPrice: 14.5 } }],
    });
    expect(await refused("Invoice", sold(1861.07))).toMatchObject({
      code: "6070",
      Detail: "Amount is not equal to UnitPrice * Qty. Supplied value:1861.07",
    });
    expect(await write("Invoice", sold(1861.08))).toMatchObject({ TotalAmt: 1861.08 });
  });
});

test("with more than one currency a transaction names its customer's, and no other", async () => {
  await withWriter(
    async ({ customer, write, refused }) => {
      expect(await refused("Invoice", invoiceOf(customer, 5))).toMatchObject({ code: "2020", element: "CurrencyRef" });
      expect(await refused("Invoice", invoiceOf(customer, 5, { CurrencyRef: { value: "EUR" } }))).toMatchObject({
        code: "6000",
      });
      const usd = await write("Invoice", invoiceOf(customer, 5, { CurrencyRef: { value: "USD" } }));
      expect(usd).toMatchObject({ CurrencyRef: { value: "USD" }, ExchangeRate: 1, HomeTotalAmt: 5 });
    },
    { companies: [{ realmId: "101", size: 0, currencies: ["EUR"] }] },
  );
});

test("a payment in a deposit keeps its amount; a sparse update of amount or lines names customer and amount", async () => {
  await withWriter(async ({ company, customer, write, refused }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 20));
    const payment = await write("Payment", paymentOf(customer, 20, [String(invoice["Id"]), 20]));
    expect(await refused("Payment", { ...named(payment), sparse: true, TotalAmt: 25 })).toMatchObject({
      code: "2020",
      element: "CustomerRef",
    });
    const unapplied = await write("Payment", { ...named(payment), ...paymentOf(customer, 20), Line: [] });
    expect(unapplied).toMatchObject({ UnappliedAmt: 20, Line: [] });
    company.change("Payment", String(payment["Id"]), { LinkedTxn: [{ TxnId: "900", TxnType: "Deposit" }] });
    const banked = { Id: payment["Id"], SyncToken: "2" };
    expect(await refused("Payment", banked, "operation=delete")).toMatchObject({ code: "6540" });
    expect(await refused("Payment", { ...banked, sparse: true }, "operation=update&include=void")).toMatchObject({
      code: "6540",
    });
    expect(await write("Payment", { ...banked, sparse: true, PrivateNote: "banked" })).toMatchObject({
      PrivateNote: "banked",
      LinkedTxn: [{ TxnId: "900", TxnType: "Deposit" }],
    });
  });
});

test("a payment that would settle more than is open settles that, and the rest is unapplied; or by a switch it is refused", async () => {
  await withWriter(async ({ simulator, company, customer, write, refused, read }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 5));
    const id = String(invoice["Id"]);
    const payment = await write("Payment", paymentOf(customer, 30, [id, 30]));
    expect(payment).toMatchObject({ TotalAmt: 30, UnappliedAmt: 25, Line: [{ Amount: 5 }] });
    expect(await write("Payment", paymentOf(customer, 7, [id, 7]))).toMatchObject({ UnappliedAmt: 7, Line: [] });
    const more = { ...named(payment), ...paymentOf(customer, 30, [id, 9]) };
    expect(await write("Payment", more)).toMatchObject({ UnappliedAmt: 25, Line: [{ Amount: 5 }] });
    expect(await read("Invoice", id)).toMatchObject({ Balance: 0 });
    simulator.switches.overpaidLines = "refused";
    expect(await refused("Payment", paymentOf(customer, 30, [id, 30]))).toMatchObject({ code: "6000" });
    expect(company.count("Payment")).toBe(2);
  });
});

test("a voided transaction is not voided again; a settled invoice is, or by a switch is not", async () => {
  await withWriter(async ({ simulator, customer, write, refused, read }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 20));
    const payment = await write("Payment", paymentOf(customer, 20, [String(invoice["Id"]), 20]));
    const settled = await read("Invoice", String(invoice["Id"]));
    simulator.switches.voidOfPaidInvoice = "refused";
    expect(await refused("Invoice", named(settled), "operation=void")).toMatchObject({ code: "6000" });
    simulator.switches.voidOfPaidInvoice = "allowed";
    const voided = await write("Invoice", named(settled), "operation=void");
    expect(await read("Payment", String(payment["Id"]))).toMatchObject({ UnappliedAmt: 20, SyncToken: "1" });
    expect(await refused("Invoice", named(voided), "operation=void")).toMatchObject({ code: "6000" });
  });
});
