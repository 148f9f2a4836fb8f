import { expect, test } from "@jest/globals";
import { withReceiver } from "./receiver.js";
import { invoiceOf, named, paymentOf, withWriter } from "./writing.js";

test("an app is told of what it writes itself, of what that did to others, and not of what changed nothing or was replayed", async () => {
  await withReceiver(async (receiver) => {
    const webhooks = { url: receiver.url, delayMs: 0, manual: true };
    await withWriter(
      async ({ simulator, customer, write, read }) => {
        await simulator.webhooks.deliverAll();
        const told = (): readonly string[] =>
          simulator.webhooks.pending().map(({ operation, entity, id }) => `${operation} ${entity} ${id}`);
        const invoice = await write("Invoice", invoiceOf(customer, 50), "requestid=a1");
        const id = String(invoice["Id"]);
        await write("Invoice", invoiceOf(customer, 50), "requestid=a1");
        await write("Invoice", { ...invoice, sparse: true });
        const payment = await write("Payment", paymentOf(customer, 50, [id, 50]));
        const paid = String(payment["Id"]);
        await write("Invoice", named(await read("Invoice", id)), "operation=void");
        await write("Payment", named(await read("Payment", paid)), "operation=delete");
        await write("Customer", { Id: customer, SyncToken: "0", sparse: true, Active: false });
        expect(told()).toEqual([
          `Create Invoice ${id}`,
          `Create Payment ${paid}`,
          `Update Invoice ${id}`,
          `Void Invoice ${id}`,
          `Update Payment ${paid}`,
          `Delete Payment ${paid}`,
          `Update Customer ${customer}`,
        ]);
      },
      { webhooks },
    );
  });
});

test("what apps write is found by a call for changes, deletions too", async () => {
  await withWriter(async ({ simulator, connection, customer, write }) => {
    const since = new Date(simulator.clock.now() - 60_000).toISOString();
    const invoice = await write("Invoice", invoiceOf(customer, 50));
    const other = await write("Invoice", invoiceOf(customer, 60));
    await write("Invoice", named(other), "operation=delete");
    const answer = await connection.get(`cdc?entities=Invoice&changedSince=${since}`);
    const text = await answer.text();
    expect(text).toContain(`"status":"Deleted","Id":"${String(other["Id"])}"`);
    expect(text).toContain(`"Id":"${String(invoice["Id"])}","SyncToken":"0"`);
  });
});

test("the control API tells of writes from a sequence on, takes names and injects faults for kinds of writes", async () => {
  await withWriter(async ({ simulator, customer, write, post }) => {
    const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const response = await fetch(`${simulator.url}/control/${path}`, {
        method,
        headers: { authorization: `Bearer ${simulator.controlToken}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return response.json();
    };
    await write("Invoice", invoiceOf(customer, 5));
    await write("Invoice", invoiceOf(customer, 6), "requestid=a1");
    expect(await control("GET", "writes?after=1")).toMatchObject({
      writes: [
        { sequence: 2, realmId: "101", operation: "create", entity: "Invoice", id: "2", requestId: "a1", status: 200 },
      ],
    });
    await control("POST", "companies/101/names", { name: "Fern Supplies" });
    expect((await post("customer", { DisplayName: "Fern Supplies" })).status).toBe(400);
    await control("PATCH", "switches", { requestIdReuse: "refused" });
    expect((await post("invoice?requestid=a1", invoiceOf(customer, 7))).status).toBe(400);
    await control("POST", "faults", { kind: "500-after", operation: "create", entity: "Customer" });
    expect((await post("customer", { DisplayName: "Moss" })).status).toBe(500);
    expect(simulator.companies.get("101")?.count("Customer")).toBe(2);
  });
});
