import { compare, decimalText } from "../exact.js";
import { textIn } from "../line-writes.js";
import { isInactive } from "../transactions.js";
import type { Values, WantedWrite, WriteProblem } from "../writes.js";
import { isAsHeld, productOf, totalOf, type Line } from "./line-rows.js";

/** Most lines of an invoice (Invoice reference). */
const mostLines = 750;

type Found = Readonly<Record<string, string>>;

/** What is wrong with the lines of an invoice, which stand in the order in which they were given, but for discounts. */
export function lineProblems(wanted: WantedWrite, whole: readonly Line[], before: readonly Values[]): WriteProblem[] {
  const sold = whole.filter(({ row }) => row["kind"] !== "DISCOUNT");
  const inBundles = before.filter((row) => row["groupPosition"] !== null).length;
  const all: string[] = [];
  if (sold.length === 0) all.push("An invoice needs at least one line beside discounts: give one.");
  if (whole.length + inBundles > mostLines) all.push(`An invoice has at most ${mostLines} lines: make several of it.`);
  if (whole.length - sold.length > Math.max(1, before.filter(({ kind }) => kind === "DISCOUNT").length))
    all.push("An invoice has one discount: give it in one line.");
  if (compare(totalOf(whole, before), "0") < 0) all.push("The lines come to less than nothing: lower the discount.");
  return [
    ...all.map((message) => ({ path: "lines", message })),
    ...whole.flatMap((line, index) =>
      Object.entries(problemsOf(wanted, line)).map(([key, message]) => ({
        path: `lines.${index}.${key}`,
        message,
      })),
    ),
  ];
}

function problemsOf(wanted: WantedWrite, line: Line): Found {
  const { row, held } = line;
  const id = textIn(row, "lineId");
  if (id !== null && held === undefined && wanted.operation === "UPDATE")
    return { lineId: `The invoice has no line ${id}, or it was given twice: leave the id out for a new line.` };
  if (isInactive(wanted.referenced("Item", textIn(row, "item") ?? "")))
    return { item: "The item was made inactive, and QuickBooks takes no lines with it: reactivate it first." };
  if (isAsHeld(line)) return {};
  switch (row["kind"]) {
    case "SALES":
      return saleProblems(wanted, row);
    case "DISCOUNT":
      return discountProblems(row);
    case "DESCRIPTION":
      return textProblems(row);
    default:
      return { kind: "QuickBooks alone can write a line of this kind: give it as it is, or take it out." };
  }
}

function saleProblems({ referenced }: WantedWrite, row: Values): Found {
  const item = textIn(row, "item");
  const type = referenced("Item", item ?? "")?.["type"];
  const amount = decimalText(row["amount"]);
  const expected = productOf(row);
  return {
    ...(item === null && { item: "Name the item that is sold; for text alone, give only a description." }),
    ...(type === "CATEGORY" && { item: "A category cannot be sold: name an item below it." }),
    ...(type === "GROUP" && { item: "A bundle cannot be added from here: name its items, each in a line." }),
    ...(amount === undefined && { amount: "Give it, or both quantity and unitPrice." }),
    ...(amount !== undefined &&
      expected !== undefined &&
      compare(amount, expected) !== 0 && {
        amount: `Quantity times unit price is ${expected}: give that, or leave the amount out.`,
      }),
  };
}

function discountProblems(row: Values): Found {
  const percent = decimalText(row["discountPercent"]);
  if (row["isPercentBased"] !== true) {
    const amount = decimalText(row["amount"]);
    if (amount === undefined || compare(amount, "0") < 0) return { amount: "Give the amount to take off, 0 or more." };
    return percent === undefined ? {} : { discountPercent: "Leave it out, or set isPercentBased." };
  }
  if (percent === undefined || compare(percent, "0") < 0 || compare(percent, "100") > 0)
    return { discountPercent: "Give a percentage from 0 to 100, or an amount and isPercentBased false." };
  return {};
}

function textProblems(row: Values): Found {
  const sells = ["item", "quantity", "unitPrice"].some((key) => (row[key] ?? null) !== null);
  if (sells) return { item: "A line of text cannot become a sale: take it out, and add a new line." };
  return textIn(row, "description") === null ? { description: "Give the text, or an item." } : {};
}
