import { expect, test } from "@jest/globals";
import type { Company, Simulator, SimulatorOptions } from "../../simulator/index.js";
import { called, nodeQuickBooks } from "./node-quickbooks.js";
import { connect, withSimulator } from "./support.js";
import type { Connection } from "./support.js";

const dayMs = 86_400_000;

interface ChangedRecord {
  readonly Id: string;
  readonly status?: string;
  readonly Active?: boolean;
  readonly TotalAmt?: number;
  readonly MetaData: { readonly LastUpdatedTime: string };
}

type Block = Readonly<Record<string, readonly ChangedRecord[] | number>>;

interface Changes {
  readonly CDCResponse: readonly [{ readonly QueryResponse: readonly Block[] }];
  readonly time: string;
}

interface World {
  readonly simulator: Simulator;
  readonly company: Company;
  readonly connection: Connection;
  /** The answer for the entities since that instant. */
  ask(entities: string, sinceMs: number): Promise<Response>;
  /** Its blocks; it must succeed. */
  blocks(entities: string, sinceMs: number): Promise<readonly Block[]>;
}

/** A company generated a hundred days ago, so that nothing of its history is a recent change. */
async function withCompany(use: (world: World) => Promise<void>, options: SimulatorOptions = {}): Promise<void> {
  const companies = [{ seed: "changes", size: 120, generatedAt: Date.now() - 100 * dayMs }];
  await withSimulator({ companies, ...options }, async (simulator) => {
    const [company] = simulator.companies.values();
    if (!company) throw new Error("The simulator has no company.");
    const connection = await connect(simulator);
    const ask = (entities: string, sinceMs: number): Promise<Response> =>
      connection.get(`cdc?entities=${entities}&changedSince=${new Date(sinceMs).toISOString()}`);
    const blocks = async (entities: string, sinceMs: number): Promise<readonly Block[]> =>
      ((await (await ask(entities, sinceMs)).json()) as Changes).CDCResponse[0].QueryResponse;
    await use({ simulator, company, connection, ask, blocks });
  });
}

function recordsOf(block: Block | undefined): readonly ChangedRecord[] {
  return Object.values(block ?? {}).find((value) => typeof value !== "number") ?? [];
}

function invoice(company: Company, amount = 10): string {
  const line = { Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } };
  const [customer] = [...company.records("Customer")].filter(({ text }) => text.includes('"Active":true'));
  return company.create("Invoice", { CustomerRef: { value: customer?.id }, Line: [line] });
}

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

test("an answer holds a thousand objects in all, and deletions are lost before anything else", async () => {
  await withCompany(async ({ simulator, company, blocks }) => {
    const since = simulator.clock.now() - 1_000;
    const doomed = invoice(company);
    company.delete("Invoice", doomed);
    const made = Array.from({ length: 990 }, () => invoice(company));
    const whole = await blocks("Invoice", since);
    expect(recordsOf(whole[0])).toHaveLength(991);
    for (let number = 0; number < 20; number += 1) company.create("Item", itemFields(number));
    const [invoices, items] = await blocks("Invoice,Item", since);
    expect(recordsOf(invoices)).toHaveLength(990);
    expect(recordsOf(items)).toHaveLength(10);
    expect(recordsOf(invoices).some(({ status }) => status === "Deleted")).toBe(false);
    expect(recordsOf(invoices).map(({ Id }) => Id)).toEqual(made);
  });
});

function itemFields(number: number): Readonly<Record<string, unknown>> {
  return { Name: `Rake ${String(number)}`, Type: "Service", IncomeAccountRef: { value: "1" } };
}

test("changes are answered for thirty days back; what is older is refused, or answered, by a switch", async () => {
  await withCompany(async ({ simulator, company, ask, blocks }) => {
    const id = invoice(company);
    company.delete("Invoice", id);
    const now = simulator.clock.now();
    expect((await ask("Invoice", now - 30 * dayMs + 60_000)).status).toBe(200);
    const refused = await ask("Invoice", now - 31 * dayMs);
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({
        Fault: {
          type: "ValidationFault",
          Error: [
            expect.objectContaining({
              code: "500",
              Detail: expect.stringContaining("which is older than fixed days is not supported."),
            }),
          ],
        },
      }),
    ]);
    simulator.switches.cdcOlderThan30Days = "answered";
    const count = recordsOf((await blocks("Invoice", now - 2000 * dayMs))[0]).length;
    expect(count).toBe(company.count("Invoice") + 1);
    simulator.clock.advance(31 * dayMs);
    const fresh = await connect(simulator);
    const late = await fresh.get(`cdc?entities=Invoice&changedSince=${new Date(now - dayMs).toISOString()}`);
    expect(((await late.json()) as Changes).CDCResponse[0].QueryResponse).toEqual([{}]);
  });
});

test("whether the very second of changedSince is among the changes is a switch", async () => {
  await withCompany(async ({ simulator, company, blocks }) => {
    const [{ MetaData }] = [JSON.parse(company.record("Invoice", invoice(company))?.text ?? "{}") as ChangedRecord];
    const instant = Date.parse(MetaData.LastUpdatedTime);
    expect(recordsOf((await blocks("Invoice", instant))[0])).toHaveLength(1);
    simulator.switches.cdcChangedSince = "exclusive";
    expect(recordsOf((await blocks("Invoice", instant))[0])).toHaveLength(0);
    expect(recordsOf((await blocks("Invoice", instant - 1))[0])).toHaveLength(1);
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

test("a poisoned record fails every answer that holds it, and no other", async () => {
  await withCompany(async ({ simulator, company, ask }) => {
    const since = simulator.clock.now() - 1_000;
    company.poison("Invoice", invoice(company));
    const failed = await ask("Customer,Invoice", since);
    expect([failed.status, await failed.json()]).toMatchObject([400, { Fault: { Error: [{ code: "4002" }] } }]);
    expect((await ask("Customer", since)).status).toBe(200);
    expect((await ask("Invoice", since + 10_000)).status).toBe(200);
  });
});

test("what is asked wrongly is refused by name", async () => {
  await withCompany(async ({ connection, simulator }) => {
    const since = new Date(simulator.clock.now()).toISOString();
    const cases = [
      ["cdc?entities=Invoice", "2020", "changedSince"],
      [`cdc?changedSince=${since}`, "2020", "entities"],
      [`cdc?entities=Invoice,Gnome&changedSince=${since}`, "500", "Gnome"],
      ["cdc?entities=Invoice&changedSince=yesterday", "500", "yesterday"],
    ] as const;
    for (const [path, code, named] of cases) {
      const response = await connection.get(path);
      const text = await response.text();
      expect([response.status, JSON.parse(text)]).toMatchObject([400, { Fault: { Error: [{ code }] } }]);
      expect(text).toContain(named);
    }
  });
});

test("the request log tells what was asked and how much came; faults find a call by any of its entities", async () => {
  await withCompany(async ({ simulator, company, ask }) => {
    const since = simulator.clock.now() - 1_000;
    invoice(company);
    await ask("Invoice,Item", since);
    expect(simulator.requests.at(-1)).toMatchObject({
      path: expect.stringMatching(/\/cdc$/),
      query: `entities=Invoice,Item&changedSince=${new Date(since).toISOString()}`,
      rows: 1,
      status: 200,
    });
    simulator.faults.inject({ kind: "503", entity: "item" });
    expect((await ask("Invoice", since)).status).toBe(200);
    expect((await ask("Invoice,Item", since)).status).toBe(503);
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

test("changes among many records are found at once, also right after another one", async () => {
  const companies = [{ seed: "many", size: 15_000, generatedAt: Date.now() - 100 * dayMs }];
  await withCompany(
    async ({ simulator, company, blocks }) => {
      const since = simulator.clock.now() - 1_000;
      await blocks("Invoice", since);
      const startedMs = performance.now();
      for (let number = 0; number < 10; number += 1) {
        invoice(company);
        expect(recordsOf((await blocks("Invoice", since))[0])).toHaveLength(number + 1);
      }
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    },
    { companies },
  );
});
