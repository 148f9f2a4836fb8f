import { expect, test } from "@jest/globals";
import { book, told } from "./two-customers.js";

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

test("a record made inactive is told as updated, or as deleted by a switch", () => {
  for (const inactivationNotice of ["Update", "Delete"] as const) {
    const world = book({ inactivationNotice });
    world.company.deactivate("Customer", world.fern);
    expect(told(world)).toEqual([`${inactivationNotice} Customer ${world.fern}`]);
  }
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
