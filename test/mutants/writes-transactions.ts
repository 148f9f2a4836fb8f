import type { Mutant } from "./mutant.js";

const sent = "test/plugins/writes-transactions.test.ts";
const sentLines = "test/plugins/writes-transactions-lines.test.ts";
const checked = "test/plugins/writes-transactions-check.test.ts";
const exact = "test/plugins/exact.test.ts";
const oneLine = "F10: one line of many is edited, and no other loses or gains anything";
const moved = "lines are added, moved and taken away, and those that stay keep their ids and all they say";
const unchangedInvoice = "F10: an update of an invoice changes what was edited, and clears and multiplies nothing else";
const unchangedPayment = "F10: an update of a payment changes what was edited, and clears and multiplies nothing else";
const credit = "a payment of nothing that applies a credit memo keeps both through an edit of its note";
const applied = "a payment is applied, raised, and taken off again, and its other applications stay as they came";

/** What is asked of QuickBooks for invoices and payments. */
export const transactionWritesMutants: readonly Mutant[] = [
  {
    name: "F10: a line is sent without what nobody edits of it",
    file: "src/plugins/invoice/line-bodies.ts",
    find: 'const detail = objectIn(line, "SalesItemLineDetail");',
    replace: 'const detail = objectIn({ ...line, SalesItemLineDetail: {} }, "SalesItemLineDetail");',
    test: [sentLines, oneLine],
  },
  {
    name: "F10: lines are sent without their ids, and so multiplied",
    file: "src/plugins/invoice/line-bodies.ts",
    find: "const { LineNum: _, ...line }",
    replace: "const { LineNum: _, Id: _id, ...line }",
    test: [sentLines, oneLine],
  },
  {
    name: "F10: a bundle is sent without its lines",
    file: "src/plugins/invoice/line-bodies.ts",
    find: "if (Object.keys(line).length > 0) return [line];",
    replace: "if (Object.keys(row).length === 0) return [line];",
    test: [sentLines, oneLine],
  },
  {
    name: "F10: what a row leaves out of its line is cleared",
    file: "src/plugins/invoice/line-rows.ts",
    find: "row[key] === undefined ? (held?.[key] ?? null) : row[key]",
    replace: "row[key] ?? null",
    test: [sentLines, "F10: every field of a line is edited and cleared alone"],
  },
  {
    name: "F10: a discount loses its account",
    file: "src/plugins/invoice/line-rows.ts",
    find: '&& (kind === "DISCOUNT" || kind === "OTHER")',
    replace: '&& kind === "OTHER"',
    test: [sentLines, "F10: lines sent back as they are change nothing, not even the token"],
  },
  {
    name: "F10: an invoice's update is not sparse",
    file: "src/plugins/transactions.ts",
    find: "{ sparse: true, ...bodyOf(properties, values) }",
    replace: "bodyOf(properties, values)",
    test: [sent, unchangedInvoice],
  },
  {
    name: "F10: a payment's amount is sent without its lines and customer",
    file: "src/plugins/payment/writes.ts",
    find: "return { CustomerRef, TotalAmt, Line: Line ?? [] };",
    replace: "return { TotalAmt, Line: Line === CustomerRef ? Line : [] };",
    test: [sent, unchangedPayment],
  },
  {
    name: "F10: an edited note takes a payment's credits away",
    file: "src/plugins/payment/writes.ts",
    find: "if (!together.some((path) => values[path] !== undefined)) return {};",
    replace: "if (!together.some((path) => values[path] !== undefined)) return { Line: [] };",
    test: [sent, credit],
  },
  {
    name: "F10: a line that settles several records is sent once for each",
    file: "src/plugins/payment/application-rows.ts",
    find: "return isPartOfClaimed ? [] : [newLine(row)];",
    replace: "return isPartOfClaimed ? [newLine(row)] : [newLine(row)];",
    test: [checked, "F10: a line that settles several records goes back as it came, and none is sent twice"],
  },
  {
    name: "an invoice applied to again is settled twice",
    file: "src/plugins/payment/application-rows.ts",
    find: "return isFirst(row, index) ? [later(row, index) ?? row] : [];",
    replace: "return [row];",
    test: [sent, applied],
  },
  {
    name: "more is applied to an invoice than is open on it",
    file: "src/plugins/payment/application-checks.ts",
    find: "if (compare(amount, open) <= 0) return undefined;",
    replace: "if (compare(amount, open) !== 7) return undefined;",
    test: [checked, "an invoice gets no more than is open on it, with what this payment gave it already"],
  },
  {
    name: "more is applied than a payment gives",
    file: "src/plugins/payment/application-checks.ts",
    find: 'if (compare(left, "0") >= 0) return [];',
    replace: 'if (compare(left, "-100") >= 0) return [];',
    test: [checked, "no more is applied than the payment and its credits give"],
  },
  {
    name: "a payment in a deposit is touched",
    file: "src/plugins/payment/writes.ts",
    find: "if (!isDeposited) return [];",
    replace: 'if (!isDeposited || operation === "VOID") return [];',
    test: [checked, "a credit is neither dropped nor changed, and what is in a deposit stays"],
  },
  {
    name: "an amount that disagrees with quantity and price is taken",
    file: "src/plugins/invoice/line-checks.ts",
    find: "compare(amount, expected) !== 0 && {",
    replace: "compare(amount, expected) === 7 && {",
    test: [checked, "an amount is quantity times price to the cent, and follows from them where it is left out"],
  },
  {
    name: "half a cent is lost",
    file: "src/plugins/exact.ts",
    find: "(size * 2n + unit) / (unit * 2n)",
    replace: "size / unit",
    test: [exact, "halves away from zero"],
  },
  {
    name: "discounts stand where QuickBooks does not have them",
    file: "src/plugins/invoice/line-rows.ts",
    find: "return [...others, ...discounts.map",
    replace: "return [...others.slice(0, 1), ...others.slice(2), ...discounts.map",
    test: [sentLines, moved],
  },
];
