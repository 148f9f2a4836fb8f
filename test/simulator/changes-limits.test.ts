import { expect, test } from "@jest/globals";
import { dayMs, invoice, recordsOf, withCompany } from "./changing.js";
import type { ChangedRecord, Changes } from "./changing.js";
import { connect } from "./support.js";

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
    simulator.switches.cdcOverflow = "last entities";
    const [all, few] = await blocks("Invoice,Item", since);
    expect([recordsOf(all).length, recordsOf(few).length]).toEqual([991, 9]);
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
