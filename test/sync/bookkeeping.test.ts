import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000048";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "bookkeeping", size: 500, currencies: ["EUR", "GBP"] }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
});

/** What the full sync or an earlier test changed lies outside the overlap that every reading goes back. */
beforeEach(() => {
  bench.simulator.clock.advance(20 * 60_000);
});

afterAll(() => bench.stop());

function missing(): never {
  throw new Error("The simulated company lacks something.");
}

const compare = () => mirrorDifferences(bench, connectionId, realmId);
const sync = async () => expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
const idOf = (entity: string, part: string): string =>
  [...company.records(entity)].find(({ text }) => text.includes(part))?.id ?? missing();

/** A customer of the home currency. */
const newCustomer = (name: string): string => company.create("Customer", { DisplayName: name });
const sale = (amount: number) => ({
  Amount: amount,
  DetailType: "SalesItemLineDetail",
  SalesItemLineDetail: { ItemRef: { value: idOf("Item", '"Type":"Service"') } },
});
const invoice = (customer: string, ...lines: readonly object[]): string =>
  company.create("Invoice", { CustomerRef: { value: customer }, Line: lines });
const linked = (type: string, id: string, amount: number) => ({
  Amount: amount,
  LinkedTxn: [{ TxnId: id, TxnType: type }],
});
const invoiceRow = (quickbooksId: string) =>
  bench.database.prisma.invoice.findFirst({ where: { connectionId, quickbooksId } });
const paymentRow = (quickbooksId: string) =>
  bench.database.prisma.payment.findFirst({ where: { connectionId, quickbooksId } });

test("a zero-amount payment that applies a credit memo is mirrored with both, and the invoice as paid by it", async () => {
  const customer = newCustomer("Pays by credit");
  const [bill, memo] = [
    invoice(customer, sale(80)),
    company.create("CreditMemo", { CustomerRef: { value: customer }, Line: [sale(80)] }),
  ];
  await sync();
  bench.simulator.clock.advance(20 * 60_000);
  const payment = company.create("Payment", {
    CustomerRef: { value: customer },
    TotalAmt: 0,
    Line: [linked("Invoice", bill, 80), linked("CreditMemo", memo, 80)],
  });
  await sync();
  const row = await paymentRow(payment);
  expect(row?.totalAmount.toString()).toBe("0");
  const applications = await bench.database.prisma.paymentApplication.findMany({
    where: { recordId: row?.id ?? "" },
    orderBy: { position: "asc" },
  });
  expect(applications.map(({ targetType, amount }) => `${targetType} ${amount?.toString()}`)).toEqual([
    "Invoice 80",
    "CreditMemo 80",
  ]);
  expect((await invoiceRow(bill))?.balance.toString()).toBe("0");
  expect(await compare()).toEqual([]);
});

test("a void of a paid invoice leaves it voided with its number, and its payment received and unapplied", async () => {
  const customer = newCustomer("Paid too early");
  const bill = invoice(customer, sale(120));
  const payment = company.create("Payment", {
    CustomerRef: { value: customer },
    TotalAmt: 120,
    Line: [linked("Invoice", bill, 120)],
  });
  await sync();
  const before = await invoiceRow(bill);
  bench.simulator.clock.advance(20 * 60_000);
  company.void("Invoice", bill);
  await sync();
  const after = await invoiceRow(bill);
  expect(after).toMatchObject({ state: "VOIDED", docNumber: before?.docNumber });
  expect(after?.totalAmount.toString()).toBe("0");
  expect((await paymentRow(payment))?.unappliedAmount.toString()).toBe("120");
  expect(await compare()).toEqual([]);
});

test("multicurrency: invoices of foreign customers carry their currency, the rate and both amounts, exactly", async () => {
  const foreign = idOf("Customer", '"CurrencyRef":{"value":"EUR"');
  const bill = invoice(foreign, sale(100.1));
  await sync();
  const row = await invoiceRow(bill);
  const served = JSON.parse(company.record("Invoice", bill)?.text ?? "{}") as Record<string, unknown>;
  expect(row?.currency).toBe("EUR");
  expect(row?.exchangeRate?.toNumber()).toBe(served["ExchangeRate"]);
  expect(row?.homeTotalAmount?.toNumber()).toBe(served["HomeTotalAmt"]);
  expect(await bench.database.prisma.payment.count({ where: { connectionId, currency: "EUR" } })).toBeGreaterThan(0);
  expect(await compare()).toEqual([]);
});

test("group, discount, description-only and tax lines are mirrored in their order, with what is theirs", async () => {
  const bundle = idOf("Item", '"Type":"Group"');
  const bill = invoice(
    newCustomer("All kinds of lines"),
    sale(10),
    {
      DetailType: "GroupLineDetail",
      GroupLineDetail: { GroupItemRef: { value: bundle }, Quantity: 2, Line: [sale(20), sale(30)] },
    },
    { Description: "As agreed on site", DetailType: "DescriptionOnly", DescriptionLineDetail: {} },
    { DetailType: "DiscountLineDetail", DiscountLineDetail: { PercentBased: true, DiscountPercent: 12.5 } },
  );
  await sync();
  const lines = await bench.database.prisma.invoiceLine.findMany({
    where: { recordId: (await invoiceRow(bill))?.id ?? "" },
    orderBy: { position: "asc" },
  });
  const kinds = lines.map(({ kind, groupPosition }) => `${kind} ${groupPosition ?? "-"}`);
  expect(kinds).toEqual(["SALES -", "GROUP -", "SALES 1", "SALES 1", "DESCRIPTION -", "SUBTOTAL -", "DISCOUNT -"]);
  const taxed = [...company.records("Invoice")].filter(({ text }) => text.includes('"TaxLine":[{'));
  expect(taxed.length).toBeGreaterThan(0);
  expect(await compare()).toEqual([]);
});

test("renamed, deactivated and merged customers: the rename is one change, the deactivated stays, the merged is gone and what it owed is the survivor's", async () => {
  const [renamed, deactivated, merged, survivor] = ["Old name", "Leaves", "Twin", "Twin, the first"].map(newCustomer);
  if (renamed === undefined || deactivated === undefined || merged === undefined || survivor === undefined) missing();
  const [ofRenamed, ofMerged] = [invoice(renamed, sale(15)), invoice(merged, sale(25))];
  const part = company.create("Payment", {
    CustomerRef: { value: merged },
    TotalAmt: 5,
    Line: [linked("Invoice", ofMerged, 5)],
  });
  await sync();
  // What is read next must not be read again only because it is fresh.
  bench.simulator.clock.advance(20 * 60_000);
  await sync();
  const before = await invoiceRow(ofRenamed);
  bench.simulator.clock.advance(20 * 60_000);
  company.change("Customer", renamed, { DisplayName: "New name" });
  company.deactivate("Customer", deactivated);
  company.merge("Customer", merged, survivor);
  await sync();
  const states = await bench.database.prisma.customer.findMany({
    where: { connectionId, quickbooksId: { in: [renamed, deactivated, merged, survivor] } },
  });
  expect(Object.fromEntries(states.map(({ quickbooksId, state }) => [quickbooksId, state]))).toEqual({
    [renamed]: "ACTIVE",
    [deactivated]: "INACTIVE",
    [merged]: "DELETED",
    [survivor]: "ACTIVE",
  });
  expect(await invoiceRow(ofRenamed)).toMatchObject({ version: before?.version, customerRef: renamed });
  expect(await invoiceRow(ofMerged)).toMatchObject({ customerRef: survivor });
  expect(await paymentRow(part)).toMatchObject({ customerRef: survivor });
  expect(await mirrorDifferences(bench, connectionId, realmId, { withoutNames: true })).toEqual([]);
});
