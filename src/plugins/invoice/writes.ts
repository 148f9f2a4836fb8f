import { objectsIn, textIn } from "../line-writes.js";
import { completedHead, currencyOf, headBody, headProblems, headProperties, headRemedies } from "../transactions.js";
import {
  addressProperty,
  dateProperty,
  innerTextProperty,
  jsonNumber,
  textProperty,
  uncleared,
  type EntityWrites,
  type Known,
  type Payload,
  type Property,
  type Values,
  type WantedWrite,
  type Write,
  type WriteRequest,
} from "../writes.js";
import { lineBodies } from "./line-bodies.js";
import { lineProblems } from "./line-checks.js";
import { completedLines, totalOf } from "./line-rows.js";

const properties: Readonly<Record<string, Property>> = {
  ...headProperties,
  docNumber: textProperty("DocNumber"),
  dueDate: dateProperty("DueDate"),
  shipDate: dateProperty("ShipDate"),
  trackingNumber: textProperty("TrackingNum"),
  billEmail: innerTextProperty("BillEmail", "Address"),
  billingAddress: addressProperty("BillAddr"),
  shippingAddress: addressProperty("ShipAddr"),
  customerMemo: innerTextProperty("CustomerMemo", "value"),
};

const remedies = { ...headRemedies, dueDate: "give the last day to pay" };

export const writes: EntityWrites = {
  operations: ["CREATE", "UPDATE", "VOID", "DELETE"],
  dateField: "txnDate",
  complete,
  check(wanted) {
    const values = complete(wanted);
    const head = [...uncleared(wanted, remedies), ...headProblems(wanted, values)];
    if (values["lines"] === undefined && wanted.operation !== "CREATE") return head;
    const before = linesBefore(wanted);
    return [...head, ...lineProblems(wanted, completedLines(values["lines"], before), before)];
  },
  request,
  expected,
};

/** The mapped rows of the lines that an edit stands on; a new invoice has none. */
function linesBefore({ operation, before }: WantedWrite): readonly Values[] {
  return operation === "CREATE" ? [] : objectsIn(before?.children["lines"]);
}

function complete(wanted: WantedWrite): Values {
  const head = completedHead(wanted);
  if (head["lines"] === undefined) return head;
  const isNew = wanted.operation === "CREATE";
  const lines = completedLines(head["lines"], linesBefore(wanted));
  return { ...head, lines: lines.map(({ row }) => (isNew ? { ...row, lineId: null } : row)) };
}

function request(write: Write): WriteRequest {
  const { operation, values, current } = write;
  if (operation === "VOID" || operation === "DELETE")
    return { parameters: { operation: operation.toLowerCase() }, body: {} };
  const { lines } = values;
  return {
    parameters: {},
    body: {
      ...headBody(properties, write),
      ...(lines === undefined ? {} : { Line: lineBodies(objectsIn(lines), current?.["Line"]) }),
    },
  };
}

/** Taxes are for QuickBooks to work out, and so is the number. */
function expected(values: Values, known?: Known): Payload {
  const total = jsonNumber(totalOf(completedLines(values["lines"], []), []));
  const { body } = request({ operation: "CREATE", values, current: undefined });
  const dueDate = daysAfter(textIn(values, "txnDate"), 30);
  return { ...currencyOf(known), DueDate: dueDate, ...body, TotalAmt: total, Balance: total };
}

/** The usual terms: QuickBooks gives thirty days where it knows no others. */
function daysAfter(date: string | null, days: number): string | null {
  return date === null
    ? null
    : new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
