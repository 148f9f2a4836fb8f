import { expect, test } from "@jest/globals";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";

test("a document number is used once, unless the request lets it repeat; its own may be sent back", async () => {
  await withWriter(async ({ customer, write, refused }) => {
    const first = await write("Invoice", invoiceOf(customer, 5, { DocNumber: "K-1" }));
    expect((await refused("Invoice", invoiceOf(customer, 6, { DocNumber: "K-1" }))).Detail).toBe(
      "Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=K-1 is assigned to TxnType=Invoice with TxnId=1",
    );
    await write("Invoice", invoiceOf(customer, 6, { DocNumber: "K-1" }), "include=allowduplicatedocnum");
    await write("Invoice", { ...named(first), sparse: true, DocNumber: "K-1", PrivateNote: "n" });
  });
});

test("with numbers of the company's own an invoice without one has none", async () => {
  await withWriter(async ({ company, customer, write }) => {
    company.change("Preferences", "1", { SalesFormsPrefs: { CustomTxnNumbers: true } });
    expect(await write("Invoice", invoiceOf(customer, 5))).not.toHaveProperty("DocNumber");
  });
});

test("references must exist and be active, also where they stood before", async () => {
  await withWriter(async ({ simulator, company, customer, write, refused }) => {
    expect((await refused("Invoice", invoiceOf("583", 5))).Detail).toBe(
      "Invalid Reference Id : Names element id 583 not found",
    );
    const item = company.create("Item", { Name: "Rake", Type: "Service", IncomeAccountRef: { value: "1" } });
    const line = { Amount: 5, SalesItemLineDetail: { ItemRef: { value: item } } };
    const invoice = await write("Invoice", { CustomerRef: { value: customer }, Line: [line] });
    company.deactivate("Item", item);
    const resent = { ...named(invoice), sparse: true, Line: [line] };
    expect((await refused("Invoice", resent)).Detail).toContain("has been made inactive");
    const noted = await write("Invoice", { ...named(invoice), sparse: true, PrivateNote: "fine" });
    simulator.switches.inactiveReferences = "allowed";
    expect(await write("Invoice", { ...resent, ...named(noted), Line: [{ ...line, Amount: 6 }] })).toMatchObject({
      TotalAmt: 6,
    });
    const gone = await write("Invoice", invoiceOf(customer, 9));
    company.delete("Invoice", String(gone["Id"]));
    expect(await refused("Payment", paymentOf(customer, 9, [String(gone["Id"]), 9]))).toMatchObject({ code: "2500" });
  });
});

test("nothing is written into closed books, moved into them or taken out of them", async () => {
  await withWriter(async ({ company, customer, write, refused }) => {
    const old = await write("Invoice", invoiceOf(customer, 5, { TxnDate: "2025-06-30" }));
    const recent = await write("Invoice", invoiceOf(customer, 5));
    company.change("Preferences", "1", { AccountingInfoPrefs: { BookCloseDate: "2025-12-31" } });
    expect(await refused("Invoice", invoiceOf(customer, 5, { TxnDate: "2025-12-31" }))).toMatchObject({
      code: "6210",
      Message: "Account Period Closed, Cannot Update Through Services API",
    });
    for (const [body, parameters] of [
      [{ ...named(old), sparse: true, PrivateNote: "n" }, ""],
      [named(old), "operation=delete"],
      [named(old), "operation=void"],
      [{ ...named(recent), sparse: true, TxnDate: "2025-12-31" }, ""],
    ] as const)
      expect(await refused("Invoice", body, parameters)).toMatchObject({ code: "6210" });
    await write("Invoice", { ...named(recent), sparse: true, TxnDate: "2026-01-01" });
    await write("Payment", paymentOf(customer, 5, [String(old["Id"]), 5]));
  });
});

test("a customer with a balance stays active, unless a switch has it adjusted; a category and a bundle are not for apps", async () => {
  await withWriter(async ({ simulator, company, customer, write, refused, read }) => {
    await write("Invoice", invoiceOf(customer, 5));
    const off = { Id: customer, SyncToken: "0", sparse: true, Active: false };
    expect(await refused("Customer", off)).toMatchObject({ code: "6220" });
    simulator.switches.inactivationWithBalance = "adjusted";
    expect(await write("Customer", off)).toMatchObject({ Active: false, Balance: 0 });
    const category = company.create("Item", { Name: "Tools", Type: "Category" });
    const shown = await read("Item", category);
    expect(await refused("Item", { ...named(shown), sparse: true, Active: false })).toMatchObject({ code: "6000" });
    expect(await refused("Item", { Name: "Set", Type: "Group" })).toMatchObject({ code: "6000" });
  });
});

test("an address that an app changes in a transaction becomes free lines, one that it sends back does not", async () => {
  await withWriter(async ({ simulator, company, customer, write }) => {
    company.change("Customer", customer, {
      CompanyName: "Fern Ltd",
      BillAddr: { Line1: "2 Oak Row", City: "Elmstead" },
    });
    const created = await write("Invoice", invoiceOf(customer, 5));
    const { BillAddr: given } = created;
    const sameAgain = await write("Invoice", { ...named(created), sparse: true, BillAddr: given, PrivateNote: "n" });
    expect(sameAgain["BillAddr"]).toEqual(given);
    const BillAddr = { Line1: "7 Ash Lane", City: "Fairhollow", CountrySubDivisionCode: "CA", PostalCode: "94017" };
    const changed = await write("Invoice", { ...named(sameAgain), sparse: true, BillAddr });
    expect(changed["BillAddr"]).toEqual({
      Line1: "Fern & Co",
      Line2: "Fern Ltd",
      Line3: "7 Ash Lane",
      Line4: "Fairhollow, CA  94017",
    });
    simulator.switches.transactionAddresses = "as sent";
    expect((await write("Invoice", { ...named(changed), sparse: true, BillAddr }))["BillAddr"]).toEqual(BillAddr);
  });
});
