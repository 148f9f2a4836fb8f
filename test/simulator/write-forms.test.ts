import { expect, test } from "@jest/globals";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";
import type { World } from "./writing.js";

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

test("empty parts of an address are nothing, and an address keeps its Id", async () => {
  await withWriter(async ({ read, write }) => {
    const { Id, SyncToken } = await write("Customer", {
      DisplayName: "Moss",
      BillAddr: { Line1: "1 Elm", City: "Port" },
    });
    const { BillAddr: before } = await read("Customer", String(Id));
    const { Id: address } = before as { readonly Id: string };
    const BillAddr = { Id: address, Line1: "2 Elm", Line2: "", City: "" };
    expect(await write("Customer", { Id, SyncToken, sparse: true, BillAddr })).toMatchObject({
      BillAddr: { Id: address, Line1: "2 Elm" },
    });
    const { BillAddr: after } = await read("Customer", String(Id));
    expect(after).toEqual({ Id: address, Line1: "2 Elm" });
  });
});
