import { objectsIn, textIn } from "../line-writes.js";
import { completedHead, currencyOf, headBody, headProblems, headProperties, headRemedies } from "../transactions.js";
import {
  jsonNumber,
  numberProperty,
  referenceProperty,
  textProperty,
  uncleared,
  type EntityWrites,
  type Known,
  type Payload,
  type Property,
  type Values,
  type WantedWrite,
  type Write,
  type WriteProblem,
  type WriteRequest,
} from "../writes.js";
import { applicationProblems } from "./application-checks.js";
import { applicationBodies, completedApplications, unappliedOf } from "./application-rows.js";

const properties: Readonly<Record<string, Property>> = {
  ...headProperties,
  referenceNumber: textProperty("PaymentRefNum"),
  depositToAccount: referenceProperty("DepositToAccountRef"),
  methodQuickbooksId: referenceProperty("PaymentMethodRef"),
  totalAmount: numberProperty("TotalAmt"),
};

const remedies = { ...headRemedies, depositToAccount: "give the account that the money went to" };

/** What only makes sense together, and is sent so. */
const together = ["totalAmount", "applications", "customer"];

/** What a deposit holds fast. */
const banked = [...together, "depositToAccount"];

export const writes: EntityWrites = {
  operations: ["CREATE", "UPDATE", "VOID", "DELETE"],
  actions: [
    {
      verb: "apply",
      description: "Applies the payment to invoices; one that it went to already gets the new amount instead.",
      list: "applications",
      kind: "ADD",
    },
    {
      verb: "unapply",
      description: "Takes the payment off invoices; what it gave them is unapplied again.",
      list: "applications",
      kind: "REMOVE",
    },
  ],
  dateField: "txnDate",
  complete,
  check,
  request,
  expected,
};

function complete(wanted: WantedWrite): Values {
  const head = completedHead(wanted);
  if (head["applications"] === undefined) return head;
  const before = objectsIn(wanted.before?.children["applications"]);
  return { ...head, applications: completedApplications(head["applications"], before) };
}

function check(wanted: WantedWrite): readonly WriteProblem[] {
  const deposited = depositProblems(wanted);
  if (wanted.operation !== "CREATE" && wanted.operation !== "UPDATE") return deposited;
  const values = complete(wanted);
  const head = [...uncleared(wanted, remedies), ...headProblems(wanted, values)];
  if (!together.some((path) => values[path] !== undefined)) return [...deposited, ...head];
  const rows = objectsIn(values["applications"] ?? wanted.result["applications"]);
  return [...deposited, ...head, ...applicationProblems(wanted, values, rows)];
}

/** QuickBooks refuses with 6540 what it knows to be in a deposit. */
function depositProblems({ operation, values, before }: WantedWrite): WriteProblem[] {
  const isDeposited = objectsIn(before?.payload?.["LinkedTxn"]).some((link) => link["TxnType"] === "Deposit");
  if (!isDeposited) return [];
  const message = "The payment is in a bank deposit: take it out of the deposit in QuickBooks first.";
  const touched = operation === "UPDATE" ? banked.filter((path) => values[path] !== undefined) : ["state"];
  return touched.map((path) => ({ path, message }));
}

function request(write: Write): WriteRequest {
  const { operation, values, current } = write;
  if (operation === "DELETE") return { parameters: { operation: "delete" }, body: {} };
  if (operation === "VOID") return { parameters: { operation: "update", include: "void" }, body: { sparse: true } };
  const { applications } = values;
  return {
    parameters: {},
    body: {
      ...(operation === "CREATE" ? {} : along(values, current)),
      ...headBody(properties, write),
      ...(applications === undefined ? {} : { Line: applicationBodies(objectsIn(applications), current?.["Line"]) }),
    },
  };
}

/** QuickBooks takes amount, lines and customer together or not at all, also where the rest is left alone (seen in 2026). */
function along(values: Values, current: Payload | undefined): Payload {
  if (!together.some((path) => values[path] !== undefined)) return {};
  const { CustomerRef, TotalAmt, Line } = current ?? {};
  return { CustomerRef, TotalAmt, Line: Line ?? [] };
}

function expected(values: Values, known?: Known): Payload {
  const { body } = request({ operation: "CREATE", values, current: undefined });
  const left = unappliedOf(textIn(values, "totalAmount") ?? "0", completedApplications(values["applications"], []));
  return { ...currencyOf(known), ...body, UnappliedAmt: jsonNumber(left) };
}
