import { expect, test } from "@jest/globals";
import { payload } from "../fixtures/payload.js";
import { problemsOf, rowOf, takeIn } from "./support.js";

const business = payload("customer/business");

test("a customer carries the platform's names for its contact", () => {
  expect(rowOf("Customer", business)).toMatchObject({
    displayName: "Ellery Boatworks",
    companyName: "Ellery Boatworks Ltd",
    primaryContactName: "Imara J Okonedo",
    primaryContactEmail: "accounts@ellery.example",
    primaryContactPhone: "(541) 555-0142",
    balance: "1240.5",
    balanceWithJobs: "1640.5",
    creditLimit: "5000",
    currency: "USD",
    taxable: true,
  });
});

test("an address keeps its lines, and its parts where QuickBooks knows them", () => {
  expect(rowOf("Customer", business)).toMatchObject({
    businessAddress: {
      lines: ["14 Quay Street"],
      city: "Port Ellery",
      region: "OR",
      postalCode: "97999",
      country: null,
    },
    shippingAddress: { lines: ["Warehouse 3", "9 Dock Road"], country: "USA" },
  });
});

test("an address without any content is no address", () => {
  expect(
    rowOf("Customer", { ...business, BillAddr: { Id: "9", Line1: "", Lat: "INVALID" } })["businessAddress"],
  ).toBeNull();
});

test("a sub-customer points at its parent by the id alone", () => {
  expect(rowOf("Customer", payload("customer/project"))).toMatchObject({
    parent: "512",
    level: 1,
    isProject: true,
    isJob: true,
  });
});

test("a customer with nothing but an id and a name is taken in, the rest null", () => {
  const { row, state } = takeIn("Customer", payload("customer/minimal"));
  expect(state).toBe("ACTIVE");
  expect(Object.entries(row).filter(([, value]) => value !== null)).toEqual([["displayName", "Doe, Jane"]]);
});

test("a credit is a negative balance", () => {
  expect(rowOf("Customer", payload("customer/person"))["balance"]).toBe("-35");
});

test("a customer is inactive only where QuickBooks says that it is not active", () => {
  expect(takeIn("Customer", { ...business, Active: false }).state).toBe("INACTIVE");
  expect(takeIn("Customer", { ...business, Active: null }).state).toBe("ACTIVE");
});

test("a customer without a display name is refused, even where other names are given", () => {
  expect(problemsOf("Customer", { ...business, DisplayName: undefined })).toEqual([
    "DisplayName: is missing: every customer has a display name",
  ]);
});

test("every problem is named with its place", () => {
  const broken = {
    ...business,
    DisplayName: "",
    Balance: "much",
    BillAddr: { Line1: 7 },
    MetaData: { CreateTime: "then" },
  };
  expect(problemsOf("Customer", broken).map((problem) => problem.split(":")[0])).toEqual([
    "MetaData.CreateTime",
    "DisplayName",
    "BillAddr.Line1",
    "Balance",
  ]);
});

test.each([null, undefined, "text", 5, []])("%p is no customer", (nothing) => {
  expect(problemsOf("Customer", nothing)).toHaveLength(1);
});
