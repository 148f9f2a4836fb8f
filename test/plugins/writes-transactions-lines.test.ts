import { expect, test } from "@jest/globals";
import type { Values } from "../../src/plugins/writes.js";
import { isPayload, type Payload } from "../fixtures/payload.js";
import { rowOf } from "./support.js";
import { type Editor, rowsIn, withEditor } from "./transacting.js";
import { changedProperties, type Seen } from "./writing.js";

interface Ground {
  readonly invoice: string;
  readonly rope: string;
  readonly paint: string;
  /** The lines as edits name them. */
  readonly rows: readonly Values[];
  edit(lines: readonly Values[]): Promise<Seen>;
}

const sold = (item: string, Qty: number, UnitPrice: number, more: Payload = {}): Payload => ({
  DetailType: "SalesItemLineDetail",
  Description: `${String(Qty)} of ${item}`,
  Amount: Math.round(Qty * UnitPrice * 100) / 100,
  SalesItemLineDetail: { ItemRef: { value: item }, Qty, UnitPrice, TaxCodeRef: { value: "TAX" }, ...more },
});

/** An invoice with lines of all kinds, and on them what nobody edits here. */
const withLines = (use: (editor: Editor, given: Ground) => Promise<void>): Promise<void> =>
  withEditor(async (editor) => {
    const { company, customer, connection, read } = editor.world;
    const [income] = await connection.rows("SELECT * FROM Account WHERE AccountType = 'Income'");
    const item = (name: string): Promise<string> =>
      editor.sender.create("Item", { name, type: "SERVICE", incomeAccount: String(income?.["Id"]), taxable: true });
    const [rope, paint, bundle] = [await item("Rope"), await item("Paint"), await item("Package")];
    const marked = {
      ClassRef: { value: "7" },
      ServiceDate: "2026-10-01",
      MarkupInfo: { PercentBased: true, Percent: 5 },
    };
    const group = { GroupItemRef: { value: bundle }, Quantity: 1, Line: [sold(rope, 2, 5), sold(paint, 1, 10)] };
    const invoice = company.create("Invoice", {
      CustomerRef: { value: customer },
      Line: [
        { ...sold(rope, 12.5, 3.2, marked), LinkedTxn: [{ TxnId: "100", TxnType: "Estimate" }] },
        { DetailType: "GroupLineDetail", Description: "Everything", Amount: 20, GroupLineDetail: group },
        {
          DetailType: "DescriptionOnly",
          Description: "Collected on site",
          DescriptionLineDetail: { ServiceDate: "2026-10-02", TaxCodeRef: { value: "NON" } },
        },
        sold(paint, 3, 0.5306667),
        { DetailType: "DiscountLineDetail", DiscountLineDetail: { PercentBased: true, DiscountPercent: 10 } },
      ],
    });
    await use(editor, {
      ...{ invoice, rope, paint },
      rows: rowsIn("Invoice", await read("Invoice", invoice), "lines"),
      edit: (lines) => editor.update("Invoice", invoice, { lines }),
    });
  });

const linesOf = (payload: Payload): readonly Payload[] => payload["Line"] as readonly Payload[];

const lineOf = (payload: Payload, id: unknown): Payload | undefined => linesOf(payload).find(({ Id }) => Id === id);

/** The ids of lines of which something else is said now, wherever they stand. */
function changedLines({ before, after }: Seen): readonly unknown[] {
  const all = new Set([...ids(before), ...ids(after)]);
  return [...all].filter((id) => text(lineOf(before, id)) !== text(lineOf(after, id)));
}

/** Whatever the order of properties, and the numbers of lines. */
function text(line: unknown): string {
  return JSON.stringify(line ?? null, (key, inner: unknown) => {
    if (key === "LineNum") return undefined;
    return isPayload(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  });
}

const ids = (payload: Payload): readonly unknown[] => linesOf(payload).flatMap(({ Id }) => Id ?? []);

test("F10: lines sent back as they are change nothing, not even the token", () =>
  withLines(async (_, { rows, edit }) => {
    expect(rows.map(({ kind }) => kind)).toEqual(["SALES", "GROUP", "DESCRIPTION", "SALES", "DISCOUNT"]);
    const { before, after } = await edit(rows);
    expect(after).toEqual(before);
    const named = await edit(rows.map(({ lineId, kind }) => (lineId === null ? { kind } : { lineId })));
    expect(named.after).toEqual(before);
  }));

test("F10: one line of many is edited, and no other loses or gains anything", () =>
  withLines(async (_, { rows, edit }) => {
    const [first, ...others] = rows;
    const said = await edit([{ ...first, description: "Rope, 12 mm" }, ...others]);
    expect(changedLines(said)).toEqual(["1"]);
    expect(changedProperties(said)).toEqual(["Line"]);
    const [line, was] = [lineOf(said.after, "1"), lineOf(said.before, "1")];
    expect(line).toEqual({ ...was, Description: "Rope, 12 mm" });
    const priced = await edit([
      { lineId: "1", quantity: "10" },
      ...others.map((row) => ({ ...row, amount: row["amount"] })),
    ]);
    expect(changedLines(priced)).toEqual(["1"]);
    expect(lineOf(priced.after, "1")).toMatchObject({ Amount: 32, LinkedTxn: was?.["LinkedTxn"] });
    expect(rowOf("Invoice", priced.after)).toMatchObject({ totalAmount: "52.52" });
  }));

test("F10: every field of a line is edited and cleared alone", () =>
  withLines(async (_, { paint, rows, edit }) => {
    const [first, ...others] = rows;
    const edits: Readonly<Record<string, readonly [value: unknown, cleared: boolean]>> = {
      description: ["Other", true],
      serviceDate: ["2026-10-09", true],
      taxCode: ["NON", false],
      item: [paint, false],
      unitPrice: ["4", false],
      quantity: ["2", false],
    };
    const given = { lineId: "1" };
    for (const [key, [value, cleared]] of Object.entries(edits)) {
      const { before, after } = await edit([{ ...given, [key]: value }, ...others]);
      const own = (payload: Payload) => rowsIn("Invoice", payload, "lines")[0];
      const amount = ["quantity", "unitPrice"].includes(key) ? { amount: own(after)?.["amount"] } : {};
      expect(own(after)).toEqual({ ...own(before), [key]: value, ...amount });
      expect(lineOf(after, "1")).toMatchObject({
        LinkedTxn: [{ TxnId: "100" }],
        SalesItemLineDetail: { ClassRef: { value: "7" } },
      });
      if (!cleared) continue;
      const empty = await edit([{ ...given, [key]: null }, ...others]);
      expect(own(empty.after)).toEqual({ ...own(before), [key]: null });
    }
    expect(first?.["lineId"]).toBe("1");
  }));

test("lines are added, moved and taken away, and those that stay keep their ids and all they say", () =>
  withLines(async (_, { rope, rows, edit }) => {
    const [one, group, said, other, discount] = rows;
    const added = await edit([...rows, { item: rope, quantity: "2", unitPrice: "5" }, { description: "Last" }]);
    expect(changedLines(added)).toEqual(["7", "8"]);
    expect(rowsIn("Invoice", added.after, "lines").slice(4)).toMatchObject([
      { lineId: "7", kind: "SALES", amount: "10", taxCode: "TAX" },
      { lineId: "8", kind: "DESCRIPTION" },
      { kind: "DISCOUNT", amount: "7.16" },
    ]);
    const moved = await edit(
      [other, said, { lineId: "8" }, group, one, { lineId: "7" }, discount].map((row) => row ?? {}),
    );
    expect(changedLines(moved)).toEqual([]);
    expect(ids(moved.after)).toEqual(["6", "5", "8", "2", "1", "7"]);
    const fewer = await edit([{ lineId: "1" }, { lineId: "5" }]);
    expect(ids(fewer.after)).toEqual(["1", "5"]);
    expect(changedLines(fewer)).toEqual(["6", "8", "2", "7"]);
    expect(rowOf("Invoice", fewer.after)).toMatchObject({ totalAmount: "43.2" });
  }));

test("a discount is changed, made an amount, and taken away; its account stays", () =>
  withLines(async (editor, { invoice, rows, edit }) => {
    const others = rows.slice(0, -1);
    const account = editor.world.company.create("Account", { Name: "Given", AccountType: "Income" });
    const { Line } = await editor.world.read("Invoice", invoice);
    const detail = { PercentBased: true, DiscountPercent: 10, DiscountAccountRef: { value: account } };
    const kept = (Line as readonly Payload[]).filter(({ DetailType }) => DetailType !== "DiscountLineDetail");
    const discount = { DetailType: "DiscountLineDetail", DiscountLineDetail: detail };
    editor.world.company.change("Invoice", invoice, { Line: [...kept, discount] });
    const ofDiscount = (payload: Payload) =>
      linesOf(payload).find(({ DetailType }) => DetailType === "DiscountLineDetail");
    const more = await edit([...others, { discountPercent: "12.5" }]);
    expect(ofDiscount(more.after)).toMatchObject({
      Amount: 7.7,
      DiscountLineDetail: { DiscountPercent: 12.5, DiscountAccountRef: { value: account } },
    });
    expect(changedLines(more)).toEqual([]);
    const fixed = await edit([...others, { isPercentBased: false, discountPercent: null, amount: "5" }]);
    expect(ofDiscount(fixed.after)).toMatchObject({
      Amount: 5,
      DiscountLineDetail: { DiscountAccountRef: { value: account } },
    });
    const none = await edit(others);
    expect(ofDiscount(none.after)).toBeUndefined();
  }));
