import { expect, test } from "@jest/globals";
import { invoice, recordsOf, withCompany } from "./changing.js";
import type { Changes } from "./changing.js";
import { called, nodeQuickBooks } from "./node-quickbooks.js";

test("there is one block per entity asked, in the order and whatever the case asked, empty where nothing changed", async () => {
  await withCompany(async ({ simulator, company, ask }) => {
    const since = simulator.clock.now() - 1_000;
    invoice(company);
    const answer = (await (await ask("item,INVOICE,Payment", since)).json()) as Changes;
    expect(answer).toEqual({
      CDCResponse: [
        {
          QueryResponse: [
            {},
            { Invoice: [expect.objectContaining({ domain: "QBO" })], startPosition: 1, maxResults: 1, totalCount: 1 },
            {},
          ],
        },
      ],
      time: expect.stringMatching(/-0[78]:00$/),
    });
  });
});

test("records come whole, as a query serves them, in order of their times; deletions come after them as stubs", async () => {
  await withCompany(async ({ simulator, company, connection, blocks }) => {
    const since = simulator.clock.now() - 1_000;
    const [first, second, third] = [invoice(company), invoice(company), invoice(company)];
    simulator.clock.advance(5_000);
    company.delete("Invoice", second);
    simulator.clock.advance(5_000);
    company.change("Invoice", first, { PrivateNote: "the latest" });
    const [block] = await blocks("Invoice", since);
    const records = recordsOf(block);
    expect(records.map(({ Id }) => Id)).toEqual([third, first, second]);
    const [queried] = await connection.rows(`select * from Invoice where Id = '${first}'`);
    expect(records[1]).toEqual(queried);
    expect(records[2]).toEqual({
      domain: "QBO",
      status: "Deleted",
      Id: second,
      MetaData: { LastUpdatedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]:00$/) },
    });
    expect(block).toMatchObject({ startPosition: 1, maxResults: 3, totalCount: 3 });
  });
});

test("a block of deletions only has no startPosition, and a totalCount also where queries have none", async () => {
  await withCompany(async ({ simulator, company, blocks }) => {
    const [payment] = company.records("Payment");
    const since = simulator.clock.now() - 1_000;
    company.delete("Payment", payment?.id ?? "");
    const [block] = await blocks("Payment", since);
    expect(Object.keys(block ?? {})).toEqual(["Payment", "maxResults", "totalCount"]);
  });
});

test("an inactive customer is a row with Active false, a voided invoice a row without an amount", async () => {
  await withCompany(async ({ simulator, company, blocks }) => {
    const id = invoice(company);
    simulator.clock.advance(2_000);
    const since = simulator.clock.now() - 1_000;
    const customer = company.create("Customer", { DisplayName: "Short-lived" });
    company.deactivate("Customer", customer);
    company.void("Invoice", id);
    const [customers, invoices] = await blocks("Customer,Invoice", since);
    expect(recordsOf(customers).find(({ Id }) => Id === customer)).toMatchObject({ Active: false });
    expect(recordsOf(invoices)).toMatchObject([{ Id: id, TotalAmt: 0, PrivateNote: "Voided" }]);
  });
});

test("of a merged customer a stub tells, or a row with Active false by a switch; what changed hands is not told", async () => {
  await withCompany(async ({ simulator, company, blocks }) => {
    const make = (name: string): string => company.create("Customer", { DisplayName: name });
    const [first, second, survivor] = [make("First"), make("Second"), make("Survivor")];
    const line = { Amount: 5, SalesItemLineDetail: { ItemRef: { value: "1" } } };
    company.create("Invoice", { CustomerRef: { value: first }, Line: [line] });
    simulator.clock.advance(10_000);
    const since = simulator.clock.now() - 5_000;
    company.merge("Customer", first, survivor);
    simulator.switches.mergedCustomers = "inactive";
    company.merge("Customer", second, survivor);
    const [customers, invoices] = await blocks("Customer,Invoice", since);
    expect(recordsOf(customers).find(({ Id }) => Id === first)).toMatchObject({ status: "Deleted" });
    expect(recordsOf(customers).find(({ Id }) => Id === second)).toMatchObject({ Active: false });
    expect(invoices).toEqual({});
  });
});

test("a late commit, a deletion too, is seen only later, with the time at which it was made", async () => {
  await withCompany(async ({ simulator, company, blocks }) => {
    const [kept, doomed] = [invoice(company), invoice(company)];
    simulator.clock.advance(10_000);
    const since = simulator.clock.now() - 5_000;
    company.change("Invoice", kept, { PrivateNote: "late" }, { visibleAfterMs: 60_000 });
    company.delete("Invoice", doomed, { visibleAfterMs: 60_000 });
    expect(await blocks("Invoice", since)).toEqual([{}]);
    simulator.clock.advance(61_000);
    const found = recordsOf((await blocks("Invoice", since))[0]);
    expect(found.map(({ Id, status }) => [Id, status])).toEqual([
      [kept, undefined],
      [doomed, "Deleted"],
    ]);
    for (const { MetaData } of found) expect(Date.parse(MetaData.LastUpdatedTime)).toBeLessThan(since + 6_000);
    expect(await blocks("Invoice", since + 10_000)).toEqual([{}]);
  });
});

test("node-quickbooks asks for changes", async () => {
  await withCompany(async ({ simulator, company, connection }) => {
    const since = new Date(simulator.clock.now() - 1_000);
    const id = invoice(company);
    const client = nodeQuickBooks(simulator, connection);
    const changes = await called<Changes>((done) => {
      client.changeDataCapture(["Invoice", "Item"], since.toISOString(), done);
    });
    expect(recordsOf(changes.CDCResponse[0].QueryResponse[0])).toMatchObject([{ Id: id }]);
  });
});
