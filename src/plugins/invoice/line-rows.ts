import { compare, decimalText, negative, product, sum } from "../exact.js";
import { claim, objectsIn, textIn } from "../line-writes.js";
import type { Values } from "../writes.js";
import { kindNamed, lines, type InvoiceLineKind } from "./lines-type.js";

/** The rows of an invoice's lines as people give them, and what follows from them. */

/** A row, whole, beside the row that it was; undefined for a new line. */
export interface Line {
  readonly row: Values;
  readonly held: Values | undefined;
}

const decimals: ReadonlySet<string> = new Set(["amount", "quantity", "unitPrice", "discountPercent"]);
const editable = Object.entries(lines.fields).flatMap(([key, field]) => ("edit" in field ? [key] : []));

/** The top of a mapped list, as edits name it. */
export const topOf = (rows: readonly Values[]): readonly Values[] => rows.filter((row) => lines.edit.counts(row));

/**
 * Every row with its kind, amount, and what it leaves out of the line that bears its id; discounts behind all else, where QuickBooks has
 * them. `before`: the mapped rows as they are; without them all lines are new.
 */
export function completedLines(given: unknown, before: readonly Values[]): readonly Line[] {
  const held = topOf(before);
  const claimed = new Set<Values>();
  const whole = objectsIn(given).map((row) =>
    completedLine(
      row,
      claim(held, claimed, (each) => isSame(row, each)),
    ),
  );
  const [discounts, others] = [whole.filter(isDiscount), whole.filter((line) => !isDiscount(line))];
  const [subtotal, heldSubtotal] = [
    subtotalOf(whole, before),
    subtotalOf(
      held.map((row) => ({ row, held: row })),
      before,
    ),
  ];
  return [...others, ...discounts.map((line) => withShare(line, subtotal, subtotal === heldSubtotal))];
}

const isDiscount = ({ row }: Line): boolean => row["kind"] === "DISCOUNT";

/** Discounts, and kinds not known here, may have no ids: they stand for each other in their order. */
function isSame(row: Values, held: Values): boolean {
  const id = textIn(row, "lineId");
  if (id !== null) return held["lineId"] === id;
  const kind = kindOf(row);
  return held["lineId"] === null && held["kind"] === kind && (kind === "DISCOUNT" || kind === "OTHER");
}

function kindOf(row: Values): InvoiceLineKind {
  const named = kindNamed(row["kind"]);
  if (named !== undefined) return named;
  const has = (key: string): boolean => (row[key] ?? null) !== null;
  if (has("isPercentBased") || has("discountPercent")) return "DISCOUNT";
  return ["item", "amount", "quantity", "unitPrice"].some(has) ? "SALES" : "DESCRIPTION";
}

function completedLine(row: Values, held: Values | undefined): Line {
  const value = (key: string): unknown => {
    const given = row[key] === undefined ? (held?.[key] ?? null) : row[key];
    return decimals.has(key) ? (decimalText(given) ?? given) : given;
  };
  const whole = {
    lineId: held?.["lineId"] ?? row["lineId"] ?? null,
    kind: held?.["kind"] ?? kindOf(row),
    ...Object.fromEntries(editable.map((key) => [key, value(key)])),
  };
  const isPercentBased =
    whole.kind === "DISCOUNT" && value("isPercentBased") === null
      ? value("discountPercent") !== null
      : value("isPercentBased");
  return { row: { ...whole, isPercentBased, amount: amountOf(whole, row, held) }, held };
}

/** What is given; without it quantity times price, where the line is new or one of them was edited. */
function amountOf(whole: Values, row: Values, held: Values | undefined): unknown {
  const given = row["amount"] ?? null;
  if (given !== null || whole["kind"] !== "SALES")
    return row["amount"] === undefined ? (held?.["amount"] ?? null) : (decimalText(given) ?? given);
  const isUntouched = held !== undefined && ["quantity", "unitPrice"].every((key) => held[key] === whole[key]);
  return isUntouched ? held["amount"] : (productOf(whole) ?? held?.["amount"] ?? null);
}

/** Quantity times price in cents, where both are known. */
export function productOf(row: Values): string | undefined {
  const [quantity, price] = [decimalText(row["quantity"]), decimalText(row["unitPrice"])];
  return quantity === undefined || price === undefined ? undefined : product(quantity, price, 2);
}

/** What the lines of goods and services add up to; the lines of a bundle count, its own does not. */
function subtotalOf(whole: readonly Line[], before: readonly Values[]): string {
  return sum(
    whole.flatMap(({ row, held }) => {
      if (row["kind"] === "SALES") return decimalText(row["amount"]) ?? [];
      if (row["kind"] !== "GROUP" || held === undefined) return [];
      const inner = before.filter((each) => each["groupPosition"] === before.indexOf(held));
      return inner.flatMap((each) => decimalText(each["amount"]) ?? []);
    }),
  );
}

/** A percentage's amount is its share of the subtotal; QuickBooks' own stays where nothing of it changed. */
function withShare({ row, held }: Line, subtotal: string, isSubtotalHeld: boolean): Line {
  const percent = decimalText(row["discountPercent"]);
  if (row["isPercentBased"] !== true || percent === undefined) return { row, held };
  if (isSubtotalHeld && held?.["isPercentBased"] === true && held["discountPercent"] === percent)
    return { row: { ...row, amount: held["amount"] }, held };
  return { row: { ...row, amount: product(product(subtotal, percent, 18), "0.01", 2) }, held };
}

/** What an invoice of these new lines comes to, before taxes. */
export function totalOf(whole: readonly Line[], before: readonly Values[]): string {
  const discounts = whole.filter(isDiscount).flatMap(({ row }) => decimalText(row["amount"]) ?? []);
  return sum([subtotalOf(whole, before), ...discounts.map(negative)]);
}

/** Whether nobody changed anything of the line. */
export function isAsHeld({ row, held }: Line): boolean {
  return held !== undefined && editable.every((key) => isEqual(row[key], held[key]));
}

function isEqual(left: unknown, right: unknown): boolean {
  const [a, b] = [decimalText(left), decimalText(right)];
  return a !== undefined && b !== undefined ? compare(a, b) === 0 : (left ?? null) === (right ?? null);
}
