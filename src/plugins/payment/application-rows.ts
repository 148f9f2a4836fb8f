import { decimalText, negative, sum } from "../exact.js";
import { claim, objectsIn, replaced, textIn } from "../line-writes.js";
import { jsonNumber, type Payload, type Values } from "../writes.js";

/** What a payment went to, as people give it and as QuickBooks holds it. */

export const isSameTarget = (left: Values, right: Values): boolean =>
  left["target"] === right["target"] && left["targetType"] === right["targetType"];

/** Every row with the kind of its target: an invoice where none is named. A row of a target given before replaces what that got. */
export function completedApplications(given: unknown, before: readonly Values[]): readonly Values[] {
  const rows = objectsIn(given).map((row) => ({
    amount: decimalText(row["amount"]) ?? row["amount"] ?? null,
    targetType: textIn(row, "targetType") ?? "Invoice",
    target: textIn(row, "target"),
  }));
  const later = (row: Values, index: number) =>
    rows.findLast((each, other) => other > index && isSameTarget(each, row));
  const isFirst = (row: Values, index: number) => rows.findIndex((each) => isSameTarget(each, row)) === index;
  const isTwiceInQuickBooks = (row: Values) => before.filter((each) => isSameTarget(each, row)).length > 1;
  return rows.flatMap((row, index) => {
    if (row.target === null || isTwiceInQuickBooks(row)) return [row];
    return isFirst(row, index) ? [later(row, index) ?? row] : [];
  });
}

/** What is left of a payment when all these are settled: credits give, invoices take. */
export function unappliedOf(total: string, rows: readonly Values[]): string {
  return sum([
    total,
    ...rows.flatMap((row) => {
      const amount = decimalText(row["amount"]);
      if (amount === undefined) return [];
      return row["targetType"] === "Invoice" ? negative(amount) : amount;
    }),
  ]);
}

/**
 * All lines as QuickBooks takes them: all or none. A line stays as it came where nobody changed its amount, and so does one that settles
 * several records, or none. `current`: the lines of the payload.
 */
export function applicationBodies(rows: readonly Values[], current: unknown): readonly Payload[] {
  const held = objectsIn(current);
  const claimed = new Set<Payload>();
  const settling = rows.flatMap((row) => {
    const line = claim(held, claimed, (each) => links(each).some((link) => isLinkTo(row, link)));
    if (line !== undefined) return [links(line).length === 1 ? withAmount(row, line) : line];
    const isPartOfClaimed = held.some(
      (each) => links(each).length > 1 && links(each).some((link) => isLinkTo(row, link)),
    );
    return isPartOfClaimed ? [] : [newLine(row)];
  });
  return [...settling, ...held.filter((line) => links(line).length === 0)];
}

const links = (line: Payload): readonly Payload[] => objectsIn(line["LinkedTxn"]);

const isLinkTo = (row: Values, link: Payload): boolean =>
  link["TxnId"] === row["target"] && link["TxnType"] === row["targetType"];

/** `LineEx` tells what was open before, and belongs to the amount. */
function withAmount(row: Values, line: Payload): Payload {
  const amount = textIn(row, "amount");
  if (amount === null || amount === decimalText(line["Amount"])) return line;
  return replaced(line, { Amount: jsonNumber(amount), LineEx: undefined });
}

function newLine(row: Values): Payload {
  return {
    Amount: jsonNumber(textIn(row, "amount") ?? "0"),
    LinkedTxn: [{ TxnId: row["target"], TxnType: row["targetType"] }],
  };
}
