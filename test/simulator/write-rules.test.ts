import { expect, test } from "@jest/globals";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";
import type { Json, World } from "./writing.js";

/** The codes and elements of refusals. */
async function refusals(
  { refused }: World,
  cases: readonly (readonly [entity: string, body: unknown])[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [entity, body] of cases) {
    const { code, element } = await refused(entity, body);
    found.push(element === undefined || element === "" ? code : `${code} ${element}`);
  }
  return found;
}

test("what is required is asked for by name", async () => {
  await withWriter(async (world) => {
    const service = { Type: "Service", IncomeAccountRef: { value: "1" } };
    const stock = { Name: "Pot", Type: "Inventory", IncomeAccountRef: { value: "1" }, QtyOnHand: 1 };
    expect(
      await refusals(world, [
        ["Customer", { Notes: "nameless" }],
        ["Account", { AccountType: "Bank" }],
        ["Account", { Name: "Till" }],
        ["Item", service],
        ["Item", { Name: "Rake", Type: "Service" }],
        ["Item", stock],
        ["Invoice", { Line: [] }],
        ["Invoice", { CustomerRef: { value: world.customer } }],
        ["Invoice", { ...invoiceOf(world.customer, 5), Line: [{ Amount: 5, SalesItemLineDetail: {} }] }],
        ["Payment", { TotalAmt: 5 }],
        ["Payment", { CustomerRef: { value: world.customer } }],
        ["Payment", { CustomerRef: {}, TotalAmt: 5 }],
      ]),
    ).toEqual([
      "6080 DisplayName",
      "2020 Name",
      "2020 AccountType",
      "2020 Name",
      "2020 IncomeAccountRef",
      "2020 ExpenseAccountRef",
      "2020 CustomerRef",
      "2020 Line",
      "2020 ItemRef",
      "2020 CustomerRef",
      "2020 TotalAmt",
      "2020 CustomerRef",
    ]);
    expect(world.company.count("Invoice")).toBe(0);
  });
});

test("a property QuickBooks does not know is refused wherever it stands, and a body that is no object", async () => {
  await withWriter(async ({ customer, refused, write }) => {
    const first = await refused("Invoice", invoiceOf(customer, 5, { BadJson: 1 }));
    expect(first).toMatchObject({ code: "2010", Message: "Request has invalid or unsupported property" });
    expect(first.Detail).toContain('Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice)');
    expect(first).not.toHaveProperty("element");
    const line = { Amount: 5, SalesItemLineDetail: { ItemRef: { value: "1" }, Colour: "red" } };
    const inner = await refused("Invoice", { CustomerRef: { value: customer }, Line: [line] });
    expect(inner.Detail).toContain("v3.SalesItemLineDetail");
    const address = await refused("Customer", { DisplayName: "Moss", BillAddr: { Street: "1 Elm Court" } });
    expect(address.Detail).toContain("v3.PhysicalAddress");
    for (const body of ["no json", "[]", "7"]) expect(await refused("Customer", body)).toMatchObject({ code: "2010" });
    expect(await write("Invoice", invoiceOf(customer, 5, { PONumber: "7" }))).not.toHaveProperty("PONumber");
  });
});

test("texts keep to their lengths; addresses, dates, numbers and names to their forms", async () => {
  await withWriter(async (world) => {
    const { customer, refused } = world;
    const long = await refused("Invoice", invoiceOf(customer, 5, { DocNumber: "x".repeat(22) }));
    expect(long).toMatchObject({
      code: "2050",
      element: "DocNumber",
      Message: "String length is either shorter or longer than supported by specification",
      Detail: "String length specified does not match the supported length. Min:0 Max:21 supported. Supplied length:22",
    });
    expect(
      await refusals(world, [
        ["Customer", { DisplayName: "x".repeat(501) }],
        ["Customer", { DisplayName: "Moss", PrimaryPhone: { FreeFormNumber: "1".repeat(31) } }],
        ["Customer", { DisplayName: "Moss", PrimaryEmailAddr: { Address: "moss@garden" } }],
        ["Customer", { DisplayName: "Moss:Fern" }],
        ["Customer", { DisplayName: "Moss\tFern" }],
        ["Account", { Name: 'The "till"', AccountType: "Bank" }],
        ["Account", { Name: "Till", AccountType: "Sofa" }],
        ["Invoice", invoiceOf(customer, 5, { TxnDate: "2026-02-30" })],
        ["Payment", { ...paymentOf(customer, 5), TotalAmt: "five" }],
        ["Payment", paymentOf(customer, 5.123)],
      ]),
    ).toEqual([
      "2050 DisplayName",
      "2050 FreeFormNumber",
      "2210 PrimaryEmailAddr",
      "2040 DisplayName",
      "2040 DisplayName",
      "2040 Name",
      "2170 AccountType",
      "2060 TxnDate",
      "2080 TotalAmt",
      "2110 TotalAmt",
    ]);
    expect(await world.write("Payment", { ...paymentOf(customer, 5), TotalAmt: "5.50" })).toMatchObject({
      TotalAmt: 5.5,
    });
  });
});

test("a name is borne once among customers, vendors and employees, in any case", async () => {
  await withWriter(async ({ company, write, refused }) => {
    company.takeName("Fern Supplies");
    for (const name of ["FERN & CO", "fern supplies"]) {
      expect(await refused("Customer", { DisplayName: name })).toMatchObject({
        code: "6240",
        Detail:
          "The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name.",
      });
    }
    const moss = await write("Customer", { DisplayName: "Moss" });
    await write("Customer", { ...named(moss), sparse: true, Active: false });
    const other = await write("Customer", { DisplayName: "Moss" });
    expect(
      await refused("Customer", { Id: moss["Id"], SyncToken: "1", sparse: true, Active: true, DisplayName: "Moss" }),
    ).toMatchObject({ code: "6240" });
    expect(other["DisplayName"]).toBe("Moss");
  });
});

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

test("ids that are no number, unknown operations and unknown paths are refused in QuickBooks' words", async () => {
  await withWriter(async ({ customer, refused, post }) => {
    const { json } = await post("customer", { Id: "1.5", SyncToken: "0" });
    expect(json).toMatchObject({ Fault: { Error: [{ code: "2030", element: "Id" }] } });
    expect(json).not.toHaveProperty("time");
    expect(await refused("Invoice", invoiceOf(customer, 5), "operation=burn")).toMatchObject({ code: "500" });
    expect(await refused("Sausage", {})).toMatchObject({ code: "500" });
    expect(await refused("CompanyInfo", { CompanyName: "Two" })).toMatchObject({ code: "500" });
  });
});
