import { describe, expect, test } from "@jest/globals";
import type { Values } from "../../src/plugins/writes.js";
import type { Payload } from "../fixtures/payload.js";
import { paymentOf } from "../simulator/writing.js";
import { pluginOf, rowOf, takeIn } from "./support.js";
import { changedPaths, type Editor, rowsIn, today, withEditor } from "./transacting.js";
import { changedProperties } from "./writing.js";

const address = (line: string) => ({ lines: [line], city: "Cove", region: "OR", postalCode: "97999", country: null });

const head: Values = {
  docNumber: "A-1",
  txnDate: "2026-10-05",
  dueDate: "2026-11-01",
  shipDate: "2026-10-06",
  trackingNumber: "T1",
  billEmail: "a@b.example",
  billingAddress: address("1 Elm"),
  shippingAddress: address("2 Elm"),
  customerMemo: "Thank you\nall",
  privateNote: "first",
};

/** By path: another value, and the properties that say so; those marked `kept` cannot be cleared. */
const headEdits: Readonly<Record<string, readonly [value: unknown, properties: string, kept?: "kept"]>> = {
  docNumber: ["A-2", "DocNumber"],
  txnDate: ["2026-10-07", "TxnDate", "kept"],
  dueDate: ["2026-12-01", "DueDate", "kept"],
  shipDate: ["2026-10-08", "ShipDate"],
  trackingNumber: ["T2", "TrackingNum"],
  billEmail: ["c@d.example", "BillEmail"],
  billingAddress: [address("3 Elm"), "BillAddr"],
  shippingAddress: [address("4 Elm"), "ShipAddr"],
  customerMemo: ["Thanks", "CustomerMemo"],
  privateNote: ["second", "PrivateNote"],
};

interface Ground {
  readonly customer: string;
  readonly rope: string;
  readonly hull: string;
  readonly currency: string;
}

/** A customer kept in the currency, and two items. */
async function ground({ world, sender }: Editor, currency: string): Promise<Ground> {
  const isHome = currency === "USD";
  const customer = isHome ? world.customer : await sender.create("Customer", { displayName: "Rive", currency });
  const [income] = await world.connection.rows("SELECT * FROM Account WHERE AccountType = 'Income'");
  const item = (name: string): Promise<string> =>
    sender.create("Item", { name, type: "SERVICE", incomeAccount: String(income?.["Id"]), taxable: true });
  world.company.change("Customer", customer, { Taxable: true });
  return { customer, currency, rope: await item("Rope"), hull: await item("Hull") };
}

const idOf = (payload: Payload): string => String(payload["Id"]);

describe.each([
  ["one currency", "USD", []],
  ["multicurrency, at home", "USD", ["EUR", "CAD"]],
  ["multicurrency, abroad", "CAD", ["EUR", "CAD"]],
])("in a company of %s", (_kind, currency, currencies) => {
  const within = (use: (editor: Editor, given: Ground) => Promise<void>): Promise<void> =>
    withEditor(async (editor) => use(editor, await ground(editor, currency)), currencies);
  const rate = currency === "USD" ? {} : { exchangeRate: "0.7354321" };

  test("an invoice is created with every editable field, and looks as expected before", () =>
    within(async (editor, { customer, rope, hull }) => {
      const lines = [
        {
          item: rope,
          description: "Rope",
          quantity: "12.5",
          unitPrice: "3.2",
          serviceDate: "2026-10-01",
          taxCode: "NON",
        },
        { item: hull, quantity: "3", unitPrice: "0.5306667" },
        { description: "Collected on site" },
        { isPercentBased: true, discountPercent: "10" },
      ];
      const values = { ...head, ...rate, customer, lines };
      const completed = await editor.completed("Invoice", "CREATE", values, undefined);
      const known = { company: editor.company, referenced: () => undefined };
      const expected = takeIn("Invoice", { ...pluginOf("Invoice").writes?.expected(completed, known), Id: "0" });
      const invoice = await editor.create("Invoice", values);
      expect(rowOf("Invoice", invoice)).toMatchObject({ ...head, ...rate, customer, currency });
      expect(rowsIn("Invoice", invoice, "lines")).toMatchObject([
        { lineId: "1", kind: "SALES", amount: "40", quantity: "12.5", serviceDate: "2026-10-01", taxCode: "NON" },
        { lineId: "2", kind: "SALES", amount: "1.59", unitPrice: "0.5306667" },
        { lineId: "3", kind: "DESCRIPTION", amount: null },
        { lineId: null, kind: "DISCOUNT", amount: "4.16", discountPercent: "10" },
      ]);
      const { totalTax, totalAmount } = rowOf("Invoice", invoice);
      expect([totalTax, totalAmount]).toEqual(["0.13", "37.56"]);
      expect(expected.row).toMatchObject({
        ...head,
        ...rate,
        customer,
        currency,
        totalAmount: "37.43",
        balance: "37.43",
      });
      const paths = Object.entries(pluginOf("Invoice").fields).filter(([, { edit }]) => edit !== undefined);
      const left = paths.map(([path]) => path).filter((path) => !(path in values) && path !== "exchangeRate");
      expect(left).toEqual(["currency"]);
    }));

  test("an invoice of the least is of today, and due in thirty days", () =>
    within(async (editor, { customer, rope }) => {
      const values = { customer, lines: [{ item: rope, amount: "5" }] };
      const completed = await editor.completed("Invoice", "CREATE", values, undefined);
      expect(completed).toMatchObject({ txnDate: today, ...(currencies.length > 0 && { currency }) });
      const invoice = rowOf("Invoice", await editor.create("Invoice", values));
      const known = { company: editor.company, referenced: () => undefined };
      const expected = rowOf("Invoice", { ...pluginOf("Invoice").writes?.expected(completed, known), Id: "0" });
      const { txnDate, dueDate, currency: of, homeTotalAmount: _ } = invoice;
      expect(expected).toMatchObject({ customer, txnDate, dueDate, currency: of, totalAmount: "5", balance: "5" });
    }));

  test("F10: an update of an invoice changes what was edited, and clears and multiplies nothing else", () =>
    within(async (editor, { customer, rope }) => {
      const lines = [
        { item: rope, amount: "40" },
        { description: "Text" },
        { isPercentBased: true, discountPercent: "5" },
      ];
      const id = idOf(await editor.create("Invoice", { ...head, customer, lines }));
      editor.world.simulator.switches.transactionAddresses = "as sent";
      editor.world.company.change("Invoice", id, { DepartmentRef: { value: "2" }, AllowOnlineACHPayment: true });
      for (const [path, [value, properties]] of Object.entries(headEdits)) {
        const seen = await editor.update("Invoice", id, { [path]: value });
        expect([path, changedProperties(seen)]).toEqual([path, properties.split(" ")]);
        expect([path, rowOf("Invoice", seen.after)[path]]).toEqual([path, value]);
      }
      for (const [path, [, properties, kept]] of Object.entries(headEdits)) {
        if (kept !== undefined) continue;
        const seen = await editor.update("Invoice", id, { [path]: null });
        expect([path, changedProperties(seen)]).toEqual([path, properties.split(" ")]);
        expect([path, rowOf("Invoice", seen.after)[path]]).toEqual([path, null]);
      }
    }));

  test("F10: an update of a payment changes what was edited, and clears and multiplies nothing else", () =>
    within(async (editor, { customer, rope }) => {
      const { company } = editor.world;
      const invoice = idOf(await editor.create("Invoice", { customer, lines: [{ item: rope, amount: "40" }] }));
      const [bank, other] = ["Bank", "Safe"].map((Name) => company.create("Account", { Name, AccountType: "Bank" }));
      const values = {
        ...{ referenceNumber: "CHK-1", txnDate: "2026-10-07", depositToAccount: bank, methodQuickbooksId: "2" },
        ...{ privateNote: "By post", totalAmount: "30", customer, ...rate },
      };
      const applications = [{ target: invoice, amount: "20" }];
      const payment = await editor.create("Payment", { ...values, applications });
      const id = idOf(payment);
      expect(rowOf("Payment", payment)).toMatchObject({ ...values, currency, unappliedAmount: "10" });
      const edits: Readonly<Record<string, readonly [unknown, string, "kept"?]>> = {
        referenceNumber: ["CHK-2", "PaymentRefNum"],
        txnDate: ["2026-10-08", "TxnDate", "kept"],
        depositToAccount: [other, "DepositToAccountRef", "kept"],
        methodQuickbooksId: ["1", "PaymentMethodRef"],
        privateNote: ["By hand", "PrivateNote"],
        totalAmount: ["35.5", "TotalAmt UnappliedAmt", "kept"],
      };
      for (const [path, [value, properties]] of Object.entries(edits)) {
        const seen = await editor.update("Payment", id, { [path]: value });
        expect([path, changedProperties(seen)]).toEqual([path, properties.split(" ")]);
        expect([path, rowOf("Payment", seen.after)[path]]).toEqual([path, value]);
      }
      for (const [path, [, properties, kept]] of Object.entries(edits)) {
        if (kept !== undefined) continue;
        const seen = await editor.update("Payment", id, { [path]: null });
        expect([path, changedProperties(seen)]).toEqual([path, properties.split(" ")]);
        expect([path, rowOf("Payment", seen.after)[path]]).toEqual([path, null]);
      }
    }));

  test("a payment is applied, raised, and taken off again, and its other applications stay as they came", () =>
    within(async (editor, { customer, rope }) => {
      const invoice = (amount: string) =>
        editor.create("Invoice", { customer, lines: [{ item: rope, taxCode: "NON", amount }] });
      const [one, two] = [idOf(await invoice("40")), idOf(await invoice("15"))];
      const payment = idOf(await editor.create("Payment", { customer, totalAmount: "50" }));
      const apply = async (...rows: readonly Values[]) => {
        const applications = [
          ...rowsIn("Payment", await editor.world.read("Payment", payment), "applications"),
          ...rows,
        ];
        return editor.update("Payment", payment, { applications });
      };
      const first = await apply({ target: one, amount: "20" });
      expect(rowsIn("Payment", first.after, "applications")).toEqual([
        { target: one, targetType: "Invoice", amount: "20" },
      ]);
      const second = await apply({ target: two, amount: "15" }, { target: one, amount: "30" });
      expect(changedPaths("Payment", second)).toEqual(["applications"]);
      expect(rowOf("Payment", second.after)).toMatchObject({ totalAmount: "50", unappliedAmount: "5" });
      expect(rowsIn("Payment", second.after, "applications")).toMatchObject([
        { target: one, amount: "30" },
        { target: two, amount: "15" },
      ]);
      const kept = (second.after["Line"] as readonly Payload[])[1];
      const unapplied = await editor.update("Payment", payment, {
        applications: rowsIn("Payment", second.after, "applications").slice(1),
      });
      expect(unapplied.after["Line"]).toEqual([kept]);
      expect(rowOf("Invoice", await editor.world.read("Invoice", one))).toMatchObject({ balance: "40" });
      const none = await editor.update("Payment", payment, { applications: [] });
      expect(rowOf("Payment", none.after)).toMatchObject({ totalAmount: "50", unappliedAmount: "50" });
    }));

  test("what is voided is recognised as voided, and what is deleted is gone", () =>
    within(async (editor, { customer, rope }) => {
      const invoice = idOf(await editor.create("Invoice", { customer, lines: [{ item: rope, amount: "40" }] }));
      const applications = [{ target: invoice, amount: "40" }];
      const payment = idOf(await editor.create("Payment", { customer, totalAmount: "40", applications }));
      for (const [entity, id] of [
        ["Payment", payment],
        ["Invoice", invoice],
      ] as const) {
        const { after } = await editor.sender.send(entity, id, "VOID");
        expect([entity, takeIn(entity, after).state]).toEqual([entity, "VOIDED"]);
        await editor.sender.send(entity, id, "DELETE");
        expect(editor.world.company.count(entity)).toBe(0);
      }
    }));
});

test("a payment of nothing that applies a credit memo keeps both through an edit of its note", () =>
  withEditor(async (editor) => {
    const { customer, write } = editor.world;
    const line = { Amount: 30, SalesItemLineDetail: { ItemRef: { value: "1" } } };
    const sale = { CustomerRef: { value: customer }, Line: [line] };
    const [memo, invoice] = [await write("CreditMemo", sale), await write("Invoice", sale)];
    const settles = (TxnType: string, { Id: TxnId }: Payload) => ({ Amount: 30, LinkedTxn: [{ TxnId, TxnType }] });
    const body = { ...paymentOf(customer, 0), Line: [settles("Invoice", invoice), settles("CreditMemo", memo)] };
    const id = idOf(await write("Payment", body));
    const noted = await editor.update("Payment", id, { privateNote: "credited" });
    expect(changedProperties(noted)).toEqual(["PrivateNote"]);
    const more = await editor.create("Invoice", { customer, lines: [{ item: "1", amount: "9" }] });
    const applications = [...rowsIn("Payment", noted.after, "applications"), { target: idOf(more), amount: "9" }];
    const raised = await editor.update("Payment", id, { totalAmount: "9", applications });
    expect((raised.after["Line"] as readonly Payload[]).slice(0, 2)).toEqual(noted.after["Line"]);
    expect(rowOf("Invoice", await editor.world.read("Invoice", idOf(more)))).toMatchObject({ balance: "0" });
  }));
