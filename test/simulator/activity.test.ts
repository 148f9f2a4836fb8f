import { expect, test } from "@jest/globals";
import { applyPayment, Clock, Company, unapplyPayment } from "../../simulator/index.js";
import type { Notice } from "../../simulator/index.js";
import { defaultSwitches } from "../../simulator/switches.js";
import type { Switches } from "../../simulator/switches.js";
import { connect, withSimulator } from "./support.js";

type Json = Readonly<Record<string, unknown>>;

interface Book {
  readonly clock: Clock;
  readonly company: Company;
  /** Two customers. */
  readonly fern: string;
  readonly moss: string;
  readonly notices: Notice[];
  get(entity: string, id: string): Json;
  stamp(entity: string, id: string): string;
  invoice(customer: string, amount: number): string;
  pay(customer: string, amount: number, invoice: string): string;
}

function book(switches: Partial<Switches> = {}): Book {
  const clock = new Clock();
  const company = new Company({ size: 0 }, clock, { ...defaultSwitches, ...switches });
  const fern = company.create("Customer", { DisplayName: "Fern & Co" });
  const moss = company.create("Customer", { DisplayName: "Moss" });
  const notices: Notice[] = [];
  company.onNotices = (told) => notices.push(...told);
  const get = (entity: string, id: string): Json => JSON.parse(company.record(entity, id)?.text ?? "{}") as Json;
  return {
    clock,
    company,
    fern,
    moss,
    notices,
    get,
    stamp: (entity, id) => JSON.stringify([get(entity, id)["SyncToken"], get(entity, id)["MetaData"]]),
    invoice: (customer, amount) =>
      company.create("Invoice", {
        CustomerRef: { value: customer },
        Line: [{ Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } }],
      }),
    pay: (customer, amount, invoice) =>
      company.create("Payment", {
        CustomerRef: { value: customer },
        TotalAmt: amount,
        Line: [{ Amount: amount, LinkedTxn: [{ TxnId: invoice, TxnType: "Invoice" }] }],
      }),
  };
}

function told({ notices }: Book): readonly string[] {
  return notices.map(({ operation, entity, id }) => `${operation} ${entity} ${id}`);
}

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

test("what an edit does to other records is told with it: settled invoices, freed payments", () => {
  const world = book();
  const { company, fern, invoice, pay, notices } = world;
  const id = invoice(fern, 100);
  const payment = pay(fern, 60, id);
  company.void("Invoice", id);
  company.delete("Payment", payment);
  expect(told(world)).toEqual([
    `Create Invoice ${id}`,
    `Create Payment ${payment}`,
    `Update Invoice ${id}`,
    `Void Invoice ${id}`,
    `Update Payment ${payment}`,
    `Delete Payment ${payment}`,
  ]);
  expect(notices[0]).toMatchObject({ realmId: company.realmId, at: company.edits[2]?.at });
});

test("a merge is told of the survivor; an edit that changes nothing, a company's own data and a reset are not told", () => {
  const world = book();
  const { company, fern, moss, notices } = world;
  company.change("Customer", fern, { DisplayName: "Fern & Co" });
  company.change("CompanyInfo", "1", { CompanyName: "Alder" });
  company.merge("Customer", fern, moss);
  company.reset();
  expect(notices).toEqual([
    {
      realmId: company.realmId,
      entity: "Customer",
      id: moss,
      deletedId: fern,
      operation: "Merge",
      at: expect.any(Number),
    },
  ]);
});

test("a late commit is told before it can be seen, what it does to others only then", () => {
  const world = book();
  const { clock, company, fern, invoice } = world;
  const id = invoice(fern, 100);
  const payment = {
    CustomerRef: { value: fern },
    TotalAmt: 5,
    Line: [{ Amount: 5, LinkedTxn: [{ TxnId: id, TxnType: "Invoice" }] }],
  };
  const made = company.create("Payment", payment, { visibleAfterMs: 60_000 });
  expect(told(world)).toEqual([`Create Invoice ${id}`, `Create Payment ${made}`]);
  clock.advance(61_000);
  expect(company.count("Payment")).toBe(1);
  expect(told(world).slice(2)).toEqual([`Update Invoice ${id}`]);
});

test("a late commit that another edit has overtaken leaves nothing to see", () => {
  const { clock, company, fern, invoice } = book();
  const id = invoice(fern, 100);
  company.change("Invoice", id, { PrivateNote: "too late" }, { visibleAfterMs: 60_000 });
  company.delete("Invoice", id);
  clock.advance(61_000);
  expect(company.count("Invoice")).toBe(0);
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
