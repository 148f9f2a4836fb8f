import { expect, test } from "@jest/globals";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";

test("a token out of date is refused as stale, also after a payment has settled the invoice; without one nothing is done", async () => {
  await withWriter(async ({ company, customer, write, refused }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    company.create("Payment", paymentOf(customer, 20, [String(invoice["Id"]), 20]));
    const change = { ...named(invoice), sparse: true, PrivateNote: "late" };
    const stale = await refused("Invoice", change);
    expect(stale).toMatchObject({ code: "5010", Message: "Stale Object Error", element: "" });
    expect(stale.Detail).toMatch(/^Stale Object Error : You and .+ were working on this at the same time\./);
    expect(await refused("Invoice", named(invoice), "operation=delete")).toMatchObject({ code: "5010" });
    expect(await refused("Invoice", { Id: invoice["Id"], sparse: true, PrivateNote: "blind" })).toMatchObject({
      code: "2020",
      element: "SyncToken",
      Detail: "Required parameter SyncToken is missing in the request",
    });
  });
});

test("transactions are deleted, name lists are not; what is deleted cannot be found again", async () => {
  await withWriter(async ({ customer, write, refused, read, company }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    expect(await write("Invoice", named(invoice), "operation=delete")).toEqual({
      domain: "QBO",
      status: "Deleted",
      Id: invoice["Id"],
    });
    expect(company.count("Invoice")).toBe(0);
    expect(await refused("Invoice", { ...named(invoice), sparse: true, PrivateNote: "gone" })).toMatchObject({
      code: "610",
    });
    const fern = await read("Customer", customer);
    expect(await refused("Customer", named(fern), "operation=delete")).toMatchObject({
      code: "500",
      Detail: "Operation delete is not supported.",
      element: "Operation",
    });
  });
});

test("an invoice is voided by its operation, a payment by an update that includes it, and neither the other's way", async () => {
  await withWriter(async ({ customer, write, refused, read }) => {
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    const payment = await write("Payment", paymentOf(customer, 50, [String(invoice["Id"]), 50]));
    const settled = await read("Invoice", String(invoice["Id"]));
    expect(await refused("Payment", named(payment), "operation=void")).toMatchObject({ code: "500" });
    expect(await refused("Invoice", named(settled), "operation=update&include=void")).toMatchObject({ code: "500" });
    const voided = await write("Payment", { ...named(payment), sparse: true }, "operation=update&include=void");
    expect(voided).toMatchObject({ TotalAmt: 0, UnappliedAmt: 0, Line: [], PrivateNote: "Voided", SyncToken: "1" });
    const freed = await read("Invoice", String(invoice["Id"]));
    expect(freed).toMatchObject({ Balance: 50, LinkedTxn: [], SyncToken: "2" });
    expect(await write("Invoice", named(freed), "operation=void")).toMatchObject({
      TotalAmt: 0,
      Balance: 0,
      DocNumber: invoice["DocNumber"],
      PrivateNote: "Voided",
    });
  });
});

test("a name is made inactive with a suffix, in the same edit as other fields, and active again", async () => {
  await withWriter(async ({ simulator, write, read }) => {
    const created = await write("Customer", { DisplayName: "Moss" });
    const inactive = await write("Customer", { ...named(created), sparse: true, Active: false, Notes: "moved away" });
    expect(inactive).toMatchObject({
      Active: false,
      DisplayName: "Moss (deleted)",
      Notes: "moved away",
      SyncToken: "1",
    });
    const kept = await write("Customer", { ...named(inactive), sparse: true, Active: true });
    expect(kept).toMatchObject({ Active: true, DisplayName: "Moss (deleted)" });
    const again = await write("Customer", { ...named(kept), sparse: true, Active: false, DisplayName: "Moss" });
    const back = await write("Customer", { ...named(again), sparse: true, Active: true, DisplayName: "Moss" });
    expect(back).toMatchObject({ Active: true, DisplayName: "Moss" });
    simulator.switches.reactivatedNames = "restored";
    const item = await write("Item", { Name: "Rake", Type: "Service", IncomeAccountRef: { value: "1" } });
    const gone = await write("Item", { ...named(item), sparse: true, Active: false });
    expect(gone["Name"]).toBe("Rake (deleted)");
    await write("Item", { ...named(gone), sparse: true, Active: true });
    expect(await read("Item", String(item["Id"]))).toMatchObject({ Name: "Rake", Active: true });
  });
});
