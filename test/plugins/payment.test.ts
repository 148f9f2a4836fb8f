import { expect, test } from "@jest/globals";
import { payload } from "../fixtures/payload.js";
import { childrenOf, problemsOf, rowOf, takeIn } from "./support.js";

const applied = payload("payment/applied");
const voided = payload("payment/voided");

test("a payment keeps its number, amounts and references", () => {
  expect(rowOf("Payment", applied)).toEqual({
    referenceNumber: "CHK-9001",
    txnDate: "2026-05-20",
    customer: "512",
    depositToAccount: "4",
    methodQuickbooksId: "2",
    privateNote: "By post",
    currency: "USD",
    exchangeRate: null,
    totalAmount: "300",
    unappliedAmount: "12.77",
  });
});

test("each invoice a payment went to is an application with its amount", () => {
  expect(childrenOf("Payment", applied, "applications")).toEqual([
    { amount: "200", currency: "USD", targetType: "Invoice", target: "1201" },
    { amount: "87.23", currency: "USD", targetType: "Invoice", target: "1202" },
  ]);
});

test("a credit applied to an invoice is a payment of nothing with both as targets", () => {
  const { row, state, children } = takeIn("Payment", payload("payment/credit"));
  expect(row["totalAmount"]).toBe("0");
  expect(state).toBe("ACTIVE");
  expect(children["applications"]).toMatchObject([
    { amount: "50", targetType: "Invoice", target: "1205" },
    { amount: "50", targetType: "CreditMemo", target: "1206" },
  ]);
});

test("where one amount stands for several targets, none of them claims it", () => {
  const LinkedTxn = [
    { TxnId: "1", TxnType: "Invoice" },
    { TxnId: "2", TxnType: "JournalEntry" },
  ];
  expect(childrenOf("Payment", { ...applied, Line: [{ Amount: 30, LinkedTxn }] }, "applications")).toMatchObject([
    { amount: null, targetType: "Invoice", target: "1" },
    { amount: null, targetType: "JournalEntry", target: "2" },
  ]);
});

test("a payment not applied to anything has no applications, with an empty list of lines or none", () => {
  const unapplied = payload("payment/unapplied");
  expect(childrenOf("Payment", unapplied, "applications")).toEqual([]);
  expect(childrenOf("Payment", { ...unapplied, Line: [] }, "applications")).toEqual([]);
  expect(childrenOf("Payment", { ...unapplied, Line: [{ Amount: 5 }] }, "applications")).toEqual([]);
});

test("what a void leaves is recognised", () => {
  expect(takeIn("Payment", voided).state).toBe("VOIDED");
});

test.each([
  ["its note says something else", { PrivateNote: "Void?" }],
  ["it has an amount", { TotalAmt: 5 }],
  ["something is unapplied", { UnappliedAmt: 5 }],
  ["it has a line", { Line: [{ Amount: 0, LinkedTxn: [{ TxnId: "1", TxnType: "Invoice" }] }] }],
])("a payment is not taken for voided when %s", (_, changes) => {
  expect(takeIn("Payment", { ...voided, ...changes }).state).toBe("ACTIVE");
});

test("a payment without customer, or linking something without an id, is refused", () => {
  const Line = [{ Amount: 5, LinkedTxn: [{ TxnType: "Invoice" }] }];
  expect(problemsOf("Payment", { ...applied, CustomerRef: {}, Line })).toEqual([
    "CustomerRef.value: is missing: every payment has a customer",
    "Line.0.LinkedTxn.0.TxnId: is missing: a linked transaction has an id",
  ]);
});
