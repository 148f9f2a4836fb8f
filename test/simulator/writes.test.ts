import { expect, test } from "@jest/globals";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";
import type { Json } from "./writing.js";

test("each of the five is created, changed sparsely and read back as it was answered", async () => {
  await withWriter(async ({ customer, write, read }) => {
    const bodies: Readonly<Record<string, readonly [Json, Json]>> = {
      Customer: [{ DisplayName: "Moss" }, { Notes: "rings twice" }],
      Account: [{ Name: "Petty cash", AccountType: "Bank" }, { Description: "in the shed" }],
      Item: [{ Name: "Rake", Type: "Service", IncomeAccountRef: { value: "1" } }, { UnitPrice: 12.5 }],
      Invoice: [invoiceOf(customer, 100), { PrivateNote: "by hand" }],
      Payment: [paymentOf(customer, 40), { PrivateNote: "by card" }],
    };
    for (const [entity, [creation, change]] of Object.entries(bodies)) {
      const created = await write(entity, creation);
      expect(created).toMatchObject({ SyncToken: "0", sparse: false, domain: "QBO" });
      const changed = await write(entity, { ...named(created), sparse: true, ...change }, "operation=update");
      expect(changed).toMatchObject({ ...change, Id: created["Id"], SyncToken: "1" });
      expect(await read(entity, String(created["Id"]))).toMatchObject(changed);
    }
  });
});

test("a sparse update keeps what it does not send, a full update clears it and restores defaults", async () => {
  await withWriter(async ({ write }) => {
    const body = { DisplayName: "Moss", GivenName: "Ida", Notes: "rings twice", BillAddr: { Line1: "1 Elm Court" } };
    const created = await write("Customer", body);
    const sparse = await write("Customer", { ...named(created), sparse: true, GivenName: "Ada", Taxable: false });
    expect(sparse).toMatchObject({ GivenName: "Ada", Notes: "rings twice", Taxable: false });
    const full = await write("Customer", { ...named(sparse), DisplayName: "Moss", FamilyName: "Reed" });
    expect(full).toMatchObject({ FamilyName: "Reed", Taxable: true, Active: true, SyncToken: "2" });
    for (const cleared of ["GivenName", "Notes", "BillAddr"]) expect(full).not.toHaveProperty(cleared);
  });
});

test("a full update of an invoice keeps its number, dates it today and fills its address in again", async () => {
  await withWriter(async ({ company, customer, write }) => {
    company.change("Customer", customer, { BillAddr: { Line1: "2 Oak Row" } });
    const created = await write("Invoice", invoiceOf(customer, 10, { TxnDate: "2024-01-15", PrivateNote: "old" }));
    expect(created["DueDate"]).toBe("2024-02-14");
    const full = await write("Invoice", { ...named(created), ...invoiceOf(customer, 12) });
    expect(full).toMatchObject({ DocNumber: created["DocNumber"], TotalAmt: 12, BillAddr: { Line1: "2 Oak Row" } });
    expect(full).not.toHaveProperty("PrivateNote");
    expect(full["TxnDate"]).not.toBe("2024-01-15");
  });
});

test("lines are replaced whole, also sparsely: a line not sent is gone, and so is the description of one that is", async () => {
  await withWriter(async ({ customer, write }) => {
    const line = (more: Json): Json => ({ Amount: 5, SalesItemLineDetail: { ItemRef: { value: "1" } }, ...more });
    const lines = [line({ Description: "one" }), line({ Description: "two" })];
    const created = await write("Invoice", { CustomerRef: { value: customer }, Line: lines });
    const changed = await write("Invoice", { ...named(created), sparse: true, Line: [line({ Id: "2" })] });
    expect(changed["TotalAmt"]).toBe(5);
    expect(changed["Line"]).toHaveLength(2);
    expect((changed["Line"] as readonly Json[])[0]).toMatchObject({ Id: "2", LineNum: 1, Amount: 5 });
    expect(JSON.stringify(changed["Line"])).not.toContain("Description");
  });
});

test("sparsely, empty values clear a field and null does not; a name cannot be cleared", async () => {
  await withWriter(async ({ write, refused }) => {
    const created = await write("Customer", {
      DisplayName: "Moss",
      Notes: "n",
      Mobile: { FreeFormNumber: "1" },
      SalesTermRef: { value: "2" },
    });
    const untouched = await write("Customer", { ...named(created), sparse: true, Notes: null, Mobile: null });
    expect(untouched).toMatchObject({ Notes: "n", Mobile: { FreeFormNumber: "1" }, SyncToken: "0" });
    const empty = { Notes: "", Mobile: {}, SalesTermRef: { value: "" } };
    const cleared = await write("Customer", { ...named(created), sparse: true, ...empty });
    for (const name of Object.keys(empty)) expect(cleared).not.toHaveProperty(name);
    expect(await refused("Customer", { ...named(cleared), sparse: true, DisplayName: "" })).toMatchObject({
      code: "6080",
    });
  });
});

test("what changes nothing moves neither token nor time, in whatever order it is sent, lines and payments too", async () => {
  await withWriter(async ({ simulator, company, customer, write, read }) => {
    const site = { Line1: "1 Elm Court", City: "Fairhollow" };
    const moss = await write("Customer", { DisplayName: "Moss", BillAddr: site });
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    const payment = await write("Payment", paymentOf(customer, 20, [String(invoice["Id"]), 20]));
    company.create("Payment", paymentOf(customer, 5, [String(invoice["Id"]), 5]));
    const settled = await read("Invoice", String(invoice["Id"]));
    simulator.clock.advance(60_000);
    const again = { ...named(moss), sparse: true, BillAddr: { City: "Fairhollow", Line1: "1 Elm Court" } };
    expect(await write("Customer", again)).toEqual(moss);
    expect(await write("Invoice", { ...settled, sparse: true })).toEqual(settled);
    expect(await write("Payment", { ...payment, sparse: true })).toEqual(payment);
    expect(await write("Payment", payment)).toEqual(payment);
  });
});

test("what only QuickBooks writes is passed over", async () => {
  await withWriter(async ({ customer, write }) => {
    const created = await write("Invoice", {
      ...invoiceOf(customer, 10),
      Balance: 3,
      TotalAmt: 99,
      LinkedTxn: [{ TxnId: "77", TxnType: "Payment" }],
    });
    expect(created).toMatchObject({ Balance: 10, TotalAmt: 10, LinkedTxn: [] });
    const payment = await write("Payment", {
      ...paymentOf(customer, 10),
      UnappliedAmt: 1,
      LinkedTxn: [{ TxnId: "9", TxnType: "Deposit" }],
    });
    expect(payment["UnappliedAmt"]).toBe(10);
    expect(payment).not.toHaveProperty("LinkedTxn");
  });
});
