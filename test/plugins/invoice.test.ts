import { expect, test } from "@jest/globals";
import { payload } from "../fixtures/payload.js";
import { childrenOf, problemsOf, rowOf, takeIn } from "./support.js";

const typical = payload("invoice/typical");
const voided = payload("invoice/voided");

test("an invoice keeps its dates, amounts and references", () => {
  expect(rowOf("Invoice", typical)).toMatchObject({
    docNumber: "2041",
    txnDate: "2026-05-02",
    dueDate: "2026-06-01",
    shipDate: "2026-05-04",
    customer: "512",
    billEmail: "accounts@ellery.example",
    customerMemo: "Thank you.",
    currency: "USD",
    exchangeRate: null,
    totalAmount: "428.95",
    balance: "208.95",
    totalTax: "31.77",
    deposit: "20",
    depositToAccount: "35",
  });
});

test("an address of free lines keeps them in order", () => {
  expect(rowOf("Invoice", typical)["billingAddress"]).toEqual({
    lines: ["Imara Okonedo", "Ellery Boatworks Ltd", "14 Quay Street", "Port Ellery, OR  97999"],
    city: null,
    region: null,
    postalCode: null,
    country: null,
  });
});

test("an invoice in another currency keeps exact rates and both amounts", () => {
  const { row, children } = takeIn("Invoice", payload("invoice/foreign"));
  expect(row).toMatchObject({
    currency: "EUR",
    exchangeRate: "1.0834000000000001",
    totalAmount: "11999.25",
    homeTotalAmount: "12999.99",
    homeBalance: "12999.99",
  });
  expect(children["lines"]?.[0]).toMatchObject({
    currency: "EUR",
    unitPrice: "0.5306666666666667",
    quantity: "22611.63",
  });
});

test("sales, subtotal and discount lines keep what is theirs", () => {
  expect(childrenOf("Invoice", typical, "lines")).toMatchObject([
    {
      kind: "SALES",
      lineId: "1",
      item: "61",
      account: "79",
      quantity: "10",
      unitPrice: "42.531",
      taxCode: "TAX",
      serviceDate: "2026-05-01",
    },
    { kind: "SALES", lineId: "2", item: "62", amount: "16", serviceDate: null },
    { kind: "SUBTOTAL", lineId: null, amount: "441.31", item: null },
    { kind: "DISCOUNT", amount: "44.13", isPercentBased: true, discountPercent: "10", account: "86" },
  ]);
});

test("the lines of a bundle stand right behind it and name its position", () => {
  const lines = childrenOf("Invoice", payload("invoice/bundle"), "lines");
  expect(lines.map(({ kind, groupPosition }) => [kind, groupPosition])).toEqual([
    ["GROUP", null],
    ["SALES", 0],
    ["SALES", 0],
    ["DESCRIPTION", null],
    ["SALES", null],
    ["OTHER", null],
    ["SUBTOTAL", null],
  ]);
  expect(lines[0]).toMatchObject({ item: "63", quantity: "1", amount: "82.53" });
});

test("a bundle inside a bundle loses no line", () => {
  const group = (Id: string, ...Line: readonly object[]) => ({
    Id,
    DetailType: "GroupLineDetail",
    GroupLineDetail: { Line },
  });
  const Line = [
    group("1", group("2", { Id: "3", DetailType: "DescriptionOnly" })),
    { Id: "4", DetailType: "DescriptionOnly" },
  ];
  const lines = childrenOf("Invoice", { ...typical, Line }, "lines");
  expect(lines.map(({ lineId, groupPosition }) => [lineId, groupPosition])).toEqual([
    ["1", null],
    ["2", 0],
    ["3", 1],
    ["4", null],
  ]);
});

test("a line of an unknown kind is kept with its name", () => {
  expect(childrenOf("Invoice", payload("invoice/bundle"), "lines")[5]).toMatchObject({
    kind: "OTHER",
    detailType: "TideSurchargeLineDetail",
    amount: "1.5",
  });
});

test("a text line keeps its date and tax code", () => {
  expect(childrenOf("Invoice", payload("invoice/bundle"), "lines")[3]).toMatchObject({
    description: "Collected on site",
    serviceDate: "2026-05-03",
    taxCode: "NON",
    amount: null,
  });
});

test("what a void leaves is recognised", () => {
  expect(takeIn("Invoice", voided).state).toBe("VOIDED");
  expect(takeIn("Invoice", { ...voided, Line: [] }).state).toBe("VOIDED");
});

test.each([
  ["its note says something else", { PrivateNote: "Not voided" }],
  ["it has no note", { PrivateNote: undefined }],
  ["it has a total", { TotalAmt: 5 }],
  ["something is left to pay", { Balance: 5 }],
  ["a line has an amount", { Line: [{ Id: "1", Amount: 5, DetailType: "DescriptionOnly" }] }],
])("an invoice is not taken for voided when %s", (_, changes) => {
  expect(takeIn("Invoice", { ...voided, ...changes }).state).toBe("ACTIVE");
});

test("an invoice with a subtotal alone is taken in", () => {
  const Line = [{ Amount: 0, DetailType: "SubTotalLineDetail", SubTotalLineDetail: {} }];
  expect(problemsOf("Invoice", { ...typical, TotalAmt: 0, Balance: 0, Line })).toEqual([]);
});

test("an invoice over nothing needs no lines, one with an amount does", () => {
  expect(problemsOf("Invoice", { ...typical, TotalAmt: 0, Balance: 0, Line: undefined })).toEqual([]);
  expect(problemsOf("Invoice", { ...typical, Line: [] })).toEqual([
    "Line: is missing: an invoice with an amount has lines",
  ]);
});

test("an invoice without customer or date is refused", () => {
  expect(problemsOf("Invoice", { ...typical, CustomerRef: undefined, TxnDate: undefined })).toEqual([
    "TxnDate: is not a date such as 2026-01-31",
    "CustomerRef: is missing: every invoice has a customer",
  ]);
});

test.each(["2026-02-30", "2025-02-29", "0000-01-01", "2026-1-5", "05/02/2026", "2026-05-02T00:00:00Z"])(
  "%s is not a date",
  (txnDate) => {
    expect(problemsOf("Invoice", { ...typical, TxnDate: txnDate })).not.toEqual([]);
  },
);
