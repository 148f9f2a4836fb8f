import { expect, test } from "@jest/globals";
import { faultOf, invoiceOf, named, withWriter } from "./writing.js";

test("an answer is lost before the commit, or after it: what was done is told by the same request again", async () => {
  await withWriter(async ({ simulator, company, customer, post }) => {
    const body = invoiceOf(customer, 25);
    simulator.faults.inject({ kind: "drop", operation: "create" });
    await expect(post("invoice?requestid=a1", body)).rejects.toThrow();
    expect([company.count("Invoice"), simulator.writes.length]).toEqual([0, 0]);
    simulator.faults.inject({ kind: "drop-after", operation: "write", entity: "Invoice" });
    await expect(post("invoice?requestid=a1", body)).rejects.toThrow();
    expect([company.count("Invoice"), simulator.writes.length]).toEqual([1, 1]);
    expect((await post("invoice?requestid=a1", body)).json).toMatchObject({ Invoice: { Id: "1" } });
    expect(company.count("Invoice")).toBe(1);
  });
});

test("a write is done and answered with 500 or 504; without its name it would be done twice", async () => {
  await withWriter(async ({ simulator, company, customer, post }) => {
    const body = invoiceOf(customer, 25);
    for (const [kind, status] of [["500-after", 500] as const, ["504-after", 504] as const]) {
      simulator.faults.inject({ kind, path: "/invoice" });
      expect((await post(`invoice?requestid=${kind}`, body)).status).toBe(status);
      expect((await post(`invoice?requestid=${kind}`, body)).status).toBe(200);
    }
    expect(company.count("Invoice")).toBe(2);
    simulator.faults.inject({ kind: "500-after", operation: "create" });
    for (let time = 0; time < 2; time += 1) await post("invoice", body);
    expect(company.count("Invoice")).toBe(4);
  });
});

test("an answer can be held after the commit: readers see the record, the writer does not know it", async () => {
  await withWriter(async ({ simulator, company, customer, post }) => {
    const held = simulator.faults.inject({ kind: "hold-after", operation: "create" });
    let isAnswered = false;
    const answer = post("invoice", invoiceOf(customer, 25)).finally(() => {
      isAnswered = true;
    });
    while (company.count("Invoice") === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    held.release();
    expect((await answer).status).toBe(200);
  });
});

test("a client that gives up waiting has lost the answer of what was done", async () => {
  await withWriter(async ({ simulator, company, connection, customer, post }) => {
    simulator.faults.inject({ kind: "hold-after", operation: "create" });
    const given = fetch(`${simulator.apiBaseUrl}/v3/company/101/invoice?requestid=a1`, {
      method: "POST",
      headers: { authorization: `Bearer ${connection.accessToken}`, accept: "application/json" },
      body: JSON.stringify(invoiceOf(customer, 25)),
      signal: AbortSignal.timeout(200),
    });
    await expect(given).rejects.toThrow();
    expect(company.count("Invoice")).toBe(1);
    expect((await post("invoice?requestid=a1", invoiceOf(customer, 25))).json).toMatchObject({ Invoice: { Id: "1" } });
  });
});

test("writes are throttled and found stale or reset on demand, each kind of request on its own", async () => {
  await withWriter(async ({ simulator, company, connection, customer, write, post, read }) => {
    const created = await write("Invoice", invoiceOf(customer, 25));
    simulator.faults.inject({ kind: "5010", operation: "update" });
    simulator.faults.inject({ kind: "429", operation: "delete" });
    simulator.faults.inject({ kind: "10200", operation: "batch" });
    simulator.faults.inject({ kind: "503", operation: "read", times: 2 });
    const change = { ...named(created), sparse: true, PrivateNote: "n" };
    expect(faultOf(await post("invoice", change)).code).toBe("5010");
    expect((await post("invoice", change)).status).toBe(200);
    expect((await post("invoice?operation=delete", named(created))).text).toContain('<Error code="3001">');
    expect(faultOf(await post("batch", { BatchItemRequest: [] })).code).toBe("10200");
    expect((await connection.get("invoice/1")).status).toBe(503);
    expect((await connection.query("select * from Invoice")).status).toBe(503);
    expect(await read("Invoice", "1")).toMatchObject({ PrivateNote: "n" });
    expect(company.count("Invoice")).toBe(1);
  });
});

test("a reset company refuses every write of an app connected before, batches too, and reads on", async () => {
  await withWriter(async ({ company, connection, post }) => {
    company.reset();
    expect(faultOf(await post("customer", { DisplayName: "Moss" }))).toMatchObject({
      code: "10200",
      Detail: "Company has been reset. Request for CUD is stale",
    });
    const item = { bId: "1", operation: "create", Customer: { DisplayName: "Moss" } };
    expect(faultOf(await post("batch", { BatchItemRequest: [item] })).code).toBe("10200");
    expect((await connection.query("select * from Customer")).status).toBe(200);
    expect(company.count("Customer")).toBe(0);
  });
});

test("a record's time is that of its commit, which may lie after the time of the answer", async () => {
  await withWriter(async ({ simulator, customer, post }) => {
    const held = simulator.faults.inject({ kind: "hold", operation: "create" });
    const answer = post("invoice", invoiceOf(customer, 25));
    while (held.met === 0) await new Promise((resolve) => setImmediate(resolve));
    simulator.clock.advance(2_000);
    held.release();
    const { Invoice: invoice, time } = (await answer).json as {
      readonly Invoice: { readonly MetaData: { readonly CreateTime: string } };
      readonly time: string;
    };
    expect(Date.parse(invoice.MetaData.CreateTime)).toBeGreaterThan(Date.parse(time));
  });
});
