import { expect, test } from "@jest/globals";
import { called, nodeQuickBooks } from "./node-quickbooks.js";
import { invoiceOf, paymentOf, withWriter } from "./writing.js";
import type { Json } from "./writing.js";

type Five = "Customer" | "Account" | "Item" | "Invoice" | "Payment";

function bodiesFor(customer: string): readonly (readonly [entity: Five, creation: Json, change: Json])[] {
  return [
    ["Customer", { DisplayName: "Moss" }, { Notes: "by the pond" }],
    ["Account", { Name: "Till", AccountType: "Bank" }, { Description: "in the shop" }],
    ["Item", { Name: "Rake", Type: "Service", IncomeAccountRef: { value: "1" } }, { UnitPrice: 9.5 }],
    ["Invoice", invoiceOf(customer, 40), { PrivateNote: "posted" }],
    ["Payment", paymentOf(customer, 10), { PrivateNote: "cash" }],
  ];
}

test("node-quickbooks creates and sparsely updates all five, whole with sparse false", async () => {
  await withWriter(async ({ simulator, connection, customer }) => {
    const client = nodeQuickBooks(simulator, connection);
    for (const [entity, creation, change] of bodiesFor(customer)) {
      const created = await called<Json>((done) => {
        client[`create${entity}`](creation, done);
      });
      const target = { Id: created["Id"], SyncToken: created["SyncToken"] };
      const updated = await called<Json>((done) => {
        client[`update${entity}`]({ ...target, ...change }, done);
      });
      expect(updated).toMatchObject({ ...change, Id: created["Id"], SyncToken: "1" });
      const whole = await called<Json>((done) => {
        client[`update${entity}`]({ ...creation, ...target, SyncToken: "1", sparse: false }, done);
      });
      expect(whole["SyncToken"]).toBe("2");
      for (const name of ["Notes", "Description", "PrivateNote"]) expect(whole).not.toHaveProperty(name);
    }
    expect(simulator.writes.map(({ status }) => status)).toEqual(Array<number>(15).fill(200));
  });
});

test("node-quickbooks deactivates, deletes by record and by id, and voids in both forms", async () => {
  await withWriter(async ({ simulator, connection, company, customer, write, read }) => {
    const client = nodeQuickBooks(simulator, connection);
    const off = await called<Json>((done) => {
      client.updateCustomer({ Id: customer, SyncToken: "0", Active: false }, done);
    });
    expect(off).toMatchObject({ Active: false, DisplayName: "Fern & Co (deleted)" });
    const moss = String((await write("Customer", { DisplayName: "Moss" }))["Id"]);
    const [first, second, third] = [10, 20, 30].map((amount) => company.create("Invoice", invoiceOf(moss, amount)));
    await called((done) => {
      client.deleteInvoice(first ?? "", done);
    });
    const voided = await called<{ readonly Invoice: Json }>((done) => {
      client.voidInvoice(second ?? "", done);
    });
    expect(voided.Invoice).toMatchObject({ TotalAmt: 0, PrivateNote: "Voided" });
    const payment = await write("Payment", paymentOf(moss, 30, [third ?? "", 30]));
    const gone = await called<Json>((done) => {
      client.voidPayment({ ...payment }, done);
    });
    expect(gone).toMatchObject({ TotalAmt: 0, Line: [] });
    await called((done) => {
      client.deletePayment(gone, done);
    });
    expect(await read("Invoice", third ?? "")).toMatchObject({ Balance: 30 });
    expect([company.count("Invoice"), company.count("Payment")]).toEqual([2, 0]);
  });
});

test("node-quickbooks sends a batch, names a request, lets a number repeat, and is told of refusals", async () => {
  await withWriter(async ({ simulator, connection, company, customer }) => {
    const client = nodeQuickBooks(simulator, connection);
    const batch = await called<{ readonly BatchItemResponse: readonly Json[] }>((done) => {
      const items = [
        { bId: "1", operation: "create", Customer: { DisplayName: "Moss" } },
        { bId: "2", operation: "create", Customer: { DisplayName: "Moss" } },
        { bId: "3", Query: "select count(*) from Customer" },
      ];
      client.batch(items, done);
    });
    expect(batch.BatchItemResponse).toMatchObject([
      { bId: "1", Customer: { DisplayName: "Moss" } },
      { bId: "2", Fault: { Error: [{ code: "6240" }] } },
      { bId: "3", QueryResponse: { totalCount: 2 } },
    ]);
    const numbered = (more: Json): Json => invoiceOf(customer, 5, { DocNumber: "K-1", ...more });
    const create = (body: Json): Promise<Json> =>
      called<Json>((done) => {
        client.createInvoice(body, done);
      });
    const first = await create(numbered({ requestId: "r1" }));
    expect(await create(numbered({ requestId: "r1" }))).toEqual(first);
    await expect(create(numbered({}))).rejects.toThrow(/status code 400/);
    await create(numbered({ allowDuplicateDocNum: true }));
    expect(company.count("Invoice")).toBe(2);
    expect(simulator.writes.at(-2)).toMatchObject({ status: 400, code: "6140" });
  });
});

test("the header Request-Id, which node-quickbooks sends anew each time, names no request", async () => {
  await withWriter(async ({ simulator, company, connection, customer }) => {
    const client = nodeQuickBooks(simulator, connection);
    for (let time = 0; time < 2; time += 1)
      await called((done) => {
        client.createInvoice(invoiceOf(customer, 5), done);
      });
    expect(company.count("Invoice")).toBe(2);
    expect(simulator.writes.every(({ requestId }) => requestId === undefined)).toBe(true);
  });
});
