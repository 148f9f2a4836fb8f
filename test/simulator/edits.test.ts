import { expect, test } from "@jest/globals";
import { Clock, Company, EditRefused } from "../../simulator/index.js";

type Json = Readonly<Record<string, unknown>>;

interface Book {
  readonly clock: Clock;
  readonly company: Company;
  readonly customer: string;
  get(entity: string, id: string): Json;
  /** Token and time of last update. */
  stamp(entity: string, id: string): string;
  invoice(amount: number): string;
  pay(amount: number, ...lines: readonly (readonly [string, number])[]): string;
}

function book(): Book {
  const clock = new Clock();
  const company = new Company({ size: 0 }, clock);
  const customer = company.create("Customer", { DisplayName: "Fern & Co", BillAddr: { Line1: "1 Elm Court" } });
  const get = (entity: string, id: string): Json => JSON.parse(company.record(entity, id)?.text ?? "{}") as Json;
  return {
    clock,
    company,
    customer,
    get,
    stamp: (entity, id) =>
      `${String(get(entity, id)["SyncToken"])} ${(get(entity, id)["MetaData"] as { LastUpdatedTime: string }).LastUpdatedTime}`,
    invoice: (amount) =>
      company.create("Invoice", {
        CustomerRef: { value: customer },
        Line: [{ Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } }],
      }),
    pay: (amount, ...lines) =>
      company.create("Payment", {
        CustomerRef: { value: customer },
        TotalAmt: amount,
        Line: lines.map(([id, part]) => ({ Amount: part, LinkedTxn: [{ TxnId: id, TxnType: "Invoice" }] })),
      }),
  };
}

const receivables = "5";

test("an invoice moves its customer's and the receivables' balance and time, not their tokens", () => {
  const { clock, customer, get, stamp, invoice } = book();
  const before = [stamp("Customer", customer), stamp("Account", receivables)];
  clock.advance(5_000);
  invoice(120.4);
  expect(get("Customer", customer)).toMatchObject({ Balance: 120.4, SyncToken: "0" });
  expect(get("Account", receivables)).toMatchObject({ CurrentBalance: 120.4, SyncToken: "0" });
  expect([stamp("Customer", customer), stamp("Account", receivables)]).not.toEqual(before);
});

test("a payment settles its invoice, which gets a new token and time and a link", () => {
  const { clock, get, stamp, invoice, pay } = book();
  const id = invoice(100);
  const before = stamp("Invoice", id);
  clock.advance(5_000);
  const payment = pay(60, [id, 60]);
  expect(get("Invoice", id)).toMatchObject({
    Balance: 40,
    SyncToken: "1",
    LinkedTxn: [{ TxnId: payment, TxnType: "Payment" }],
  });
  expect(stamp("Invoice", id)).not.toBe(before);
  expect(JSON.stringify(get("Payment", payment)["Line"])).toContain('"Name":"txnOpenBalance","Value":"100.00"');
});

test("changing only a payment's memo leaves its invoice alone", () => {
  const { clock, company, stamp, invoice, pay } = book();
  const id = invoice(100);
  const payment = pay(60, [id, 60]);
  const before = stamp("Invoice", id);
  clock.advance(5_000);
  company.change("Payment", payment, { PrivateNote: "by card" });
  expect(stamp("Invoice", id)).toBe(before);
  expect(stamp("Payment", payment)).toMatch(/^1 /);
});

test("a change that changes nothing moves neither token nor time", () => {
  const { clock, company, customer, stamp } = book();
  const before = stamp("Customer", customer);
  clock.advance(5_000);
  company.change("Customer", customer, { DisplayName: "Fern & Co" });
  expect(stamp("Customer", customer)).toBe(before);
});

test("voiding a paid invoice zeroes it, keeps its number, and leaves the payment unapplied", () => {
  const { company, customer, get, invoice, pay } = book();
  const id = invoice(100);
  company.change("Invoice", id, { PrivateNote: "for the terrace" });
  const payment = pay(100, [id, 100]);
  const { DocNumber, SyncToken } = get("Invoice", id);
  company.void("Invoice", id);
  const voided = get("Invoice", id);
  expect(voided).toMatchObject({
    TotalAmt: 0,
    Balance: 0,
    LinkedTxn: [],
    DocNumber,
    PrivateNote: "Voided - for the terrace",
  });
  expect(Number(voided["SyncToken"])).toBe(Number(SyncToken) + 1);
  expect(JSON.stringify(voided["Line"])).not.toContain("UnitPrice");
  expect(get("Payment", payment)).toMatchObject({ UnappliedAmt: 100, Line: [] });
  expect(get("Customer", customer)["Balance"]).toBe(-100);
});

test("deleting a payment reopens its invoice; deleting an invoice frees its payment; the deleted are gone from queries and reads", () => {
  const { company, get, invoice, pay } = book();
  const id = invoice(100);
  company.delete("Payment", pay(100, [id, 100]));
  expect(get("Invoice", id)).toMatchObject({ Balance: 100, LinkedTxn: [] });
  const payment = pay(30, [id, 30]);
  company.delete("Invoice", id);
  expect(get("Payment", payment)).toMatchObject({ UnappliedAmt: 30, Line: [] });
  expect(company.record("Invoice", id)).toBeUndefined();
});

test("deactivating adds the suffix and reactivating takes it off; an inactive account shows no balance", () => {
  const { company, customer, get } = book();
  company.deactivate("Customer", customer);
  expect(get("Customer", customer)).toMatchObject({
    Active: false,
    DisplayName: "Fern & Co (deleted)",
    SyncToken: "1",
  });
  company.reactivate("Customer", customer);
  expect(get("Customer", customer)).toMatchObject({ Active: true, DisplayName: "Fern & Co" });
  company.deactivate("Account", receivables);
  expect(get("Account", receivables)).toMatchObject({ CurrentBalance: 0, Name: "Accounts Receivable (A/R) (deleted)" });
});

test("a customer who owes is brought to zero by a credit memo before becoming inactive", () => {
  const { company, customer, get, invoice } = book();
  invoice(10);
  company.deactivate("Customer", customer);
  expect(get("Customer", customer)).toMatchObject({ Active: false, Balance: 0 });
  const [memo] = [...company.records("CreditMemo")];
  expect(memo?.text).toContain('"TotalAmt":10.0');
});

test("a renamed customer shows its new name on old invoices, whose token and time stay", () => {
  const { clock, company, customer, get, stamp, invoice } = book();
  const id = invoice(10);
  const before = stamp("Invoice", id);
  clock.advance(5_000);
  company.change("Customer", customer, { DisplayName: "Fern & Sons" });
  expect(get("Invoice", id)["CustomerRef"]).toEqual({ value: customer, name: "Fern & Sons" });
  expect(stamp("Invoice", id)).toBe(before);
});

test("sub-customers carry their parents' names and roll their balances up", () => {
  const { company, customer, get } = book();
  const site = company.create("Customer", { DisplayName: "Pond site", ParentRef: { value: customer } });
  company.create("Invoice", {
    CustomerRef: { value: site },
    Line: [{ Amount: 70, SalesItemLineDetail: { ItemRef: { value: "1" } } }],
  });
  expect(get("Customer", site)).toMatchObject({ FullyQualifiedName: "Fern & Co:Pond site", Level: 1, Job: true });
  expect(get("Customer", customer)).toMatchObject({ Balance: 0, BalanceWithJobs: 70 });
  company.change("Customer", customer, { DisplayName: "Fern" });
  expect(get("Customer", site)).toMatchObject({ FullyQualifiedName: "Fern:Pond site", SyncToken: "0" });
  company.change("Customer", site, { ParentRef: null });
  expect(get("Customer", customer)["BalanceWithJobs"]).toBe(0);
});

test("what QuickBooks would refuse is refused with the field and the remedy", () => {
  const { company, customer, invoice, pay } = book();
  const id = invoice(100);
  const other = company.create("Customer", { DisplayName: "Other" });
  expect(() => company.create("Customer", { DisplayName: "fern & co" })).toThrow(/already used by Customer 1/);
  expect(() => company.create("Invoice", { CustomerRef: { value: customer } })).toThrow(/Line is missing/);
  expect(() => company.create("Invoice", { CustomerRef: { value: "99" }, Line: [] })).toThrow(
    /there is no Customer 99/,
  );
  expect(() => {
    company.change("Invoice", id, { Balance: 3 });
  }).toThrow(/Invoice.Balance cannot be written/);
  expect(() => pay(10, [id, 101])).toThrow(/only 100.0 is open on Invoice 1/);
  expect(() =>
    company.create("Payment", {
      CustomerRef: { value: other },
      TotalAmt: 5,
      Line: [{ Amount: 5, LinkedTxn: [{ TxnId: id, TxnType: "Invoice" }] }],
    }),
  ).toThrow(/another customer/);
  expect(() => {
    company.delete("Customer", customer);
  }).toThrow(/deactivate it instead/);
  expect(() => {
    company.void("Account", receivables);
  }).toThrow(EditRefused);
  expect(() => company.create("Payment", { CustomerRef: { value: customer }, TotalAmt: 1.234 })).toThrow(
    /more than two decimals/,
  );
});

test("a line that stays keeps its id, a new one gets the next", () => {
  const { company, get, invoice } = book();
  const id = invoice(10);
  const ids = (): unknown => (get("Invoice", id)["Line"] as readonly Json[]).map((line) => line["Id"]);
  const line = { Amount: 5, SalesItemLineDetail: { ItemRef: { value: "1" } } };
  company.change("Invoice", id, { Line: [line, { ...line, Id: "1" }, line] });
  expect(ids()).toEqual(["2", "1", "3", undefined]);
  expect(JSON.stringify(get("Invoice", id))).toContain('"LineNum":3');
});

test("what is voided cannot be voided again", () => {
  const { company, invoice } = book();
  const id = invoice(10);
  company.void("Invoice", id);
  expect(() => {
    company.void("Invoice", id);
  }).toThrow(/voided already/);
});

test("a late commit is seen only later, with the times at which it was made", () => {
  const { clock, company, get, invoice } = book();
  const id = invoice(100);
  const made = new Date(Math.floor(clock.now() / 1000) * 1000);
  company.change("Invoice", id, { PrivateNote: "late" }, { visibleAfterMs: 60_000 });
  const created = company.create("Customer", { DisplayName: "Late" }, { visibleAfterMs: 60_000 });
  clock.advance(59_000);
  expect(get("Invoice", id)).not.toHaveProperty("PrivateNote");
  expect(company.record("Customer", created)).toBeUndefined();
  clock.advance(2_000);
  expect(get("Invoice", id)["PrivateNote"]).toBe("late");
  expect(
    Date.parse((get("Customer", created)["MetaData"] as { CreateTime: string }).CreateTime) - made.getTime(),
  ).toBeLessThanOrEqual(1_000);
});
