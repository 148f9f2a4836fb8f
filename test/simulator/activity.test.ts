import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { applyPayment, unapplyPayment } from "../../simulator/index.js";
import { connect, withSimulator } from "./support.js";
import { book } from "./two-customers.js";

test("a merged customer is gone; its transactions are the survivor's, their times and tokens as before", () => {
  const { clock, company, fern, moss, get, stamp, invoice, pay } = book();
  const [first, second] = [invoice(fern, 100), invoice(moss, 40)];
  const payment = pay(fern, 60, first);
  const before = [stamp("Invoice", first), stamp("Payment", payment)];
  clock.advance(5_000);
  company.merge("Customer", fern, moss);
  expect(company.record("Customer", fern)).toBeUndefined();
  for (const record of [get("Invoice", first), get("Invoice", second), get("Payment", payment)])
    expect(record["CustomerRef"]).toEqual({ value: moss, name: "Moss" });
  expect([stamp("Invoice", first), stamp("Payment", payment)]).toEqual(before);
  expect(get("Customer", moss)["Balance"]).toBe(80);
  expect(company.create("Customer", { DisplayName: "fern & co" })).not.toBe(fern);
});

test("by switches a merged customer is inactive and the times of its transactions move", () => {
  const { clock, company, fern, moss, get, stamp, invoice } = book({
    mergedCustomers: "inactive",
    mergeMoves: "times",
  });
  const id = invoice(fern, 100);
  const before = stamp("Invoice", id);
  clock.advance(5_000);
  company.merge("Customer", fern, moss);
  expect(get("Customer", fern)).toMatchObject({ Active: false, DisplayName: "Fern & Co (deleted)", Balance: 0 });
  expect(stamp("Invoice", id)).not.toBe(before);
});

test("a merge that QuickBooks would refuse is refused", () => {
  const { company, fern, moss } = book();
  company.create("Customer", { DisplayName: "Pond site", ParentRef: { value: fern } });
  expect(() => {
    company.merge("Customer", fern, moss);
  }).toThrow(/has sub-customers/);
  expect(() => {
    company.merge("Customer", moss, moss);
  }).toThrow(/another customer/);
  expect(() => {
    company.merge("Item", "1", "2");
  }).toThrow(/cannot be merged/);
});

test("a payment is applied to an invoice and taken off again", () => {
  const { company, fern, get, invoice, pay } = book();
  const [first, second] = [invoice(fern, 50), invoice(fern, 80)];
  const payment = pay(fern, 50, first);
  unapplyPayment(company, payment, first);
  expect(get("Payment", payment)).toMatchObject({ UnappliedAmt: 50, TotalAmt: 50 });
  expect(get("Invoice", first)).toMatchObject({ Balance: 50, LinkedTxn: [] });
  applyPayment(company, payment, second, 30);
  applyPayment(company, payment, first, 20);
  expect([get("Invoice", first)["Balance"], get("Invoice", second)["Balance"]]).toEqual([30, 50]);
  expect(get("Payment", payment)["UnappliedAmt"]).toBe(0);
  expect(() => {
    applyPayment(company, payment, first, 21);
  }).toThrow(/settle more than TotalAmt/);
});

test("a reset company begins anew: no records, ids from 1, another CreateTime; writes are stale until it is connected again", async () => {
  await withSimulator({ companies: [{ seed: "reset", size: 60, name: "Alder" }] }, async (simulator) => {
    const connection = await connect(simulator);
    const [company] = simulator.companies.values();
    const created = async (): Promise<unknown> =>
      ((await connection.rows("select * from CompanyInfo"))[0]?.["MetaData"] as { CreateTime: string }).CreateTime;
    const before = await created();
    company?.create(
      "Invoice",
      {
        CustomerRef: { value: "1" },
        Line: [{ Amount: 1, SalesItemLineDetail: { ItemRef: { value: "1" } } }],
      },
      { visibleAfterMs: 5_000 },
    );
    company?.reset();
    simulator.clock.advance(10_000);
    expect(await connection.rows("select * from Invoice")).toEqual([]);
    expect(await connection.rows("select * from Customer")).toEqual([]);
    expect(await created()).not.toBe(before);
    expect(company?.name).toBe("Alder");
    expect(company?.create("Customer", { DisplayName: "First" })).toBe("1");
    const write = async (accessToken: string): Promise<string> => {
      const url = `${simulator.apiBaseUrl}/v3/company/${connection.realmId}/customer`;
      const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
      return (await fetch(url, { method: "POST", headers, body: "{}" })).text();
    };
    expect(await write(connection.accessToken)).toContain('"code":"10200"');
    simulator.clock.advance(1_000);
    expect(await write((await connect(simulator)).accessToken)).not.toContain("10200");
  });
});

test("with a state file merges and resets outlive a restart, and nobody is told of them again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "simulator-"));
  const options = {
    companies: [{ realmId: "101", size: 0 }],
    statePath: join(folder, "state.ndjson"),
    webhooks: { url: "http://127.0.0.1:9/nobody", manual: true },
  };
  try {
    let before: readonly string[] = [];
    await withSimulator(options, ({ companies }) => {
      const company = companies.get("101");
      company?.create("Customer", { DisplayName: "Of an earlier life" });
      company?.reset();
      const [loser = "", survivor = ""] = ["A", "B"].map((name) => company?.create("Customer", { DisplayName: name }));
      company?.merge("Customer", loser, survivor);
      before = [...(company?.records("Customer") ?? [])].map(({ text }) => text);
      return Promise.resolve();
    });
    expect(before).toHaveLength(1);
    await withSimulator(options, ({ companies, webhooks }) => {
      const company = companies.get("101");
      expect([...(company?.records("Customer") ?? [])].map(({ text }) => text)).toEqual(before);
      expect(company?.resetAt).toBeGreaterThan(0);
      expect(webhooks.pending()).toEqual([]);
      return Promise.resolve();
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
