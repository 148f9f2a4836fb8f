import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Values } from "../../src/plugins/writes.js";
import { RecordReference } from "../../src/sync/local-changes/references.js";
import { editingOffice, pluginOf, type Office } from "./office.js";

let office: Office;
let item: RecordReference;
beforeAll(async () => {
  office = await editingOffice("7401", 40);
  const { rows } = await office.bench.database.pool.query<{ id: string }>(
    "SELECT id FROM items WHERE type = 'SERVICE' AND state = 'ACTIVE' LIMIT 1",
  );
  item = new RecordReference("Item", rows[0]?.id ?? "none");
}, 60_000);
afterAll(() => office.stop());

const referenceTo = (entity: string, recordId: string) => new RecordReference(entity, recordId);
const action = (verb: string) => {
  const found = pluginOf("Payment").writes?.actions?.find((each) => each.verb === verb);
  if (found === undefined) throw new Error(`Payments have no ${verb}.`);
  return found;
};

test("an invoice of a new customer is completed before it is kept, shown as expected, and paid, all before QuickBooks has any of it", async () => {
  const parent = await office.create("Customer", { displayName: "Larch & Co" });
  const customer = await office.create("Customer", {
    displayName: "Larch Site",
    parent: referenceTo("Customer", parent.recordId),
  });
  const invoice = await office.create("Invoice", {
    customer: referenceTo("Customer", customer.recordId),
    lines: [{ item, quantity: "3", unitPrice: "1.115" }, { discountPercent: "10" }],
  });
  const { edits } = await office.change(invoice.localChangeId);
  expect(edits["lines"]?.value).toMatchObject([
    { kind: "SALES", amount: "3.35" },
    { kind: "DISCOUNT", amount: "0.34", isPercentBased: true },
  ]);
  expect(edits["txnDate"]?.value).toEqual(expect.stringMatching(/^\d{4}-\d\d-\d\d$/));
  const { mapped } = await office.record("Invoice", invoice.recordId);
  expect(mapped.row).toMatchObject({ customer: `local:${customer.recordId}`, totalAmount: "3.01", balance: "3.01" });

  const target = referenceTo("Invoice", invoice.recordId);
  const pay = (amount: string): Values => ({
    customer: referenceTo("Customer", parent.recordId),
    totalAmount: "5",
    applications: [{ target, amount }],
  });
  expect(await office.problems("CREATE", "Payment", { values: pay("3.02") })).toEqual([
    {
      code: "INVALID",
      field: "fields.applications.0.amount",
      message: "Only 3.01 is open on the invoice: apply that; the rest of the payment stays unapplied.",
    },
  ]);
  const payment = await office.create("Payment", pay("3.01"));
  const paid = await office.record("Payment", payment.recordId);
  expect(paid.mapped.row).toMatchObject({ unappliedAmount: "1.99" });
  expect(paid.mapped.children["applications"]).toMatchObject([{ target: `local:${invoice.recordId}`, amount: "3.01" }]);
});

test("a payment is applied and taken off again, and goes to nobody else's invoice", async () => {
  const customer = await office.create("Customer", { displayName: "Alder" });
  const stranger = await office.create("Customer", { displayName: "Yew" });
  const invoiceOf = async (owner: string, amount: string): Promise<RecordReference> => {
    const values = { customer: referenceTo("Customer", owner), lines: [{ item, amount }] };
    return referenceTo("Invoice", (await office.create("Invoice", values)).recordId);
  };
  const [own, other] = [await invoiceOf(customer.recordId, "40"), await invoiceOf(stranger.recordId, "40")];
  const { recordId, localChangeId } = await office.create("Payment", {
    customer: referenceTo("Customer", customer.recordId),
    totalAmount: "30",
  });
  const act = (verb: string, rows: readonly Values[]) =>
    ({ recordId, values: { applications: rows }, listAction: action(verb) }) as const;
  expect(await office.problems("UPDATE", "Payment", act("apply", [{ target: other, amount: "5" }]))).toMatchObject([
    { field: "fields.applications.0.target", message: expect.stringContaining("another customer's") },
  ]);
  const applied = async () => (await office.change(localChangeId)).edits["applications"]?.value ?? [];
  await office.edit("UPDATE", "Payment", act("apply", [{ target: own, amount: "20" }]));
  await office.edit("UPDATE", "Payment", act("apply", [{ target: own, amount: "25" }]));
  expect(await applied()).toEqual([{ target: `local:${own.recordId}`, targetType: "Invoice", amount: "25" }]);
  await office.edit("UPDATE", "Payment", act("unapply", [{ target: own }]));
  expect(await applied()).toEqual([]);
});
