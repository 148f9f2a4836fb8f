import { expect, test } from "@jest/globals";
import { payload } from "../fixtures/payload.js";
import { problemsOf, rowOf, takeIn } from "./support.js";

const bank = payload("account/bank");

test.each([
  ["Bank", "ASSETS"],
  ["Accounts Receivable", "ASSETS"],
  ["Other Current Asset", "ASSETS"],
  ["Fixed Asset", "ASSETS"],
  ["Other Asset", "ASSETS"],
  ["Accounts Payable", "LIABILITIES"],
  ["Credit Card", "LIABILITIES"],
  ["Other Current Liability", "LIABILITIES"],
  ["Long Term Liability", "LIABILITIES"],
  ["Equity", "EQUITY"],
  ["Income", "REVENUE"],
  ["Other Income", "REVENUE"],
  ["Expense", "EXPENSES"],
  ["Other Expense", "EXPENSES"],
  ["Cost of Goods Sold", "COGS"],
  ["Non-Posting", "OTHER"],
  ["Tidal Account", "OTHER"],
])("an account of type %s belongs to %s", (type, category) => {
  expect(rowOf("Account", { ...bank, AccountType: type })).toMatchObject({ type, category });
});

test("an account keeps number, types and balance", () => {
  expect(rowOf("Account", bank)).toEqual({
    name: "Harbour Bank",
    fullyQualifiedName: "Harbour Bank",
    number: "1010",
    description: "Day to day",
    category: "ASSETS",
    type: "Bank",
    subType: "Checking",
    classification: "Asset",
    isSubAccount: false,
    parent: null,
    currency: "USD",
    currentBalance: "18250.25",
    currentBalanceWithSubAccounts: "18250.25",
  });
});

test("a sub-account points at its parent", () => {
  expect(rowOf("Account", payload("account/sub-account"))).toMatchObject({ isSubAccount: true, parent: "41" });
});

test("the answer to a created account has no time of its last update, and is taken in", () => {
  expect(rowOf("Account", payload("account/created"))["currentBalance"]).toBe("-90000");
});

test("a deactivated account is inactive", () => {
  expect(takeIn("Account", { ...bank, Active: false }).state).toBe("INACTIVE");
});

test("an account without a name or a type is refused", () => {
  expect(problemsOf("Account", { ...bank, Name: undefined, AccountType: undefined })).toEqual([
    "Name: is missing: every account has a name",
    "AccountType: is missing: every account has a type",
  ]);
});
