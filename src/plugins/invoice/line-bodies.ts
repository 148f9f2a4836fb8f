import { claim, objectIn, objectsIn, referenceIn, referenceTo, replaced, textIn } from "../line-writes.js";
import { jsonNumber, type Payload, type Values } from "../writes.js";
import { kindNamed, kindOf, type InvoiceLineKind } from "./lines-type.js";

/**
 * All lines as QuickBooks takes them, in their order: it takes all or none, and what a line leaves out it clears (F10). So each line stands on
 * the one that bears its id, with all that nobody edits here. `current`: the lines of the payload.
 */
export function lineBodies(rows: readonly Values[], current: unknown): readonly Payload[] {
  const held = objectsIn(current);
  const claimed = new Set<Payload>();
  return rows.flatMap((row) => {
    const { LineNum: _, ...line } = claim(held, claimed, (each) => isItsLine(row, each)) ?? {};
    const write = bodies[kindNamed(row["kind"]) ?? "OTHER"];
    return write(row, line);
  });
}

function isItsLine(row: Values, line: Payload): boolean {
  const id = textIn(row, "lineId");
  if (id !== null) return line["Id"] === id;
  const kind = kindOf(line["DetailType"]);
  return textIn(line, "Id") === null && kind === row["kind"] && (kind === "DISCOUNT" || kind === "OTHER");
}

type Write = (row: Values, line: Payload) => readonly Payload[];

const number = (value: unknown): number | string | undefined =>
  typeof value === "string" ? jsonNumber(value) : undefined;

const common = (row: Values): Payload => ({
  Description: textIn(row, "description") ?? undefined,
  Amount: number(row["amount"]),
});

const dated = (row: Values): Payload => ({
  ServiceDate: textIn(row, "serviceDate") ?? undefined,
  TaxCodeRef: referenceTo(textIn(row, "taxCode")),
});

/** What people do not edit here goes back as it came. A sum or an unknown line that is not there any more cannot be told anew. */
const kept: Write = (_, line) => (Object.keys(line).length === 0 ? [] : [line]);

const bodies: Readonly<Record<InvoiceLineKind, Write>> = {
  SALES(row, line) {
    const detail = objectIn(line, "SalesItemLineDetail");
    const item = textIn(row, "item");
    const SalesItemLineDetail = replaced(detail, {
      ...dated(row),
      ItemRef: referenceTo(item),
      Qty: number(row["quantity"]),
      UnitPrice: number(row["unitPrice"]),
      ...(item !== referenceIn(detail, "ItemRef") && { ItemAccountRef: undefined }),
    });
    return [replaced(line, { ...common(row), DetailType: "SalesItemLineDetail", SalesItemLineDetail })];
  },
  DESCRIPTION(row, line) {
    const DescriptionLineDetail = replaced(objectIn(line, "DescriptionLineDetail"), dated(row));
    return [replaced(line, { ...common(row), DetailType: "DescriptionOnly", DescriptionLineDetail })];
  },
  DISCOUNT(row, line) {
    const DiscountLineDetail = replaced(objectIn(line, "DiscountLineDetail"), {
      PercentBased: row["isPercentBased"] === true,
      DiscountPercent: number(row["discountPercent"]),
    });
    return [replaced(line, { ...common(row), DetailType: "DiscountLineDetail", DiscountLineDetail })];
  },
  GROUP(row, line) {
    if (Object.keys(line).length > 0) return [line];
    const GroupLineDetail = replaced(
      {},
      { GroupItemRef: referenceTo(textIn(row, "item")), Quantity: number(row["quantity"]) },
    );
    return [{ DetailType: "GroupLineDetail", GroupLineDetail }];
  },
  SUBTOTAL: kept,
  OTHER: kept,
};
