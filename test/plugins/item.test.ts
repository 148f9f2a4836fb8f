import { expect, test } from "@jest/globals";
import { payload } from "../fixtures/payload.js";
import { childrenOf, problemsOf, rowOf, takeIn } from "./support.js";

test.each([
  ["Inventory", "INVENTORY"],
  ["Service", "SERVICE"],
  ["NonInventory", "NON_INVENTORY"],
  ["Group", "GROUP"],
  ["Category", "CATEGORY"],
  ["Other Charge", "OTHER"],
  [undefined, "OTHER"],
])("an item of type %s is %s", (type, mapped) => {
  expect(rowOf("Item", { ...payload("item/service"), Type: type })["type"]).toBe(mapped);
});

test("an inventory item keeps stock, prices and accounts", () => {
  expect(rowOf("Item", payload("item/inventory"))).toMatchObject({
    sku: "RP-12",
    unitPrice: "3.2",
    purchaseCost: "1.05",
    tracksQuantity: true,
    quantityOnHand: "412.5",
    reorderPoint: "100",
    inventoryStartDate: "2026-01-12",
    parent: "64",
    incomeAccount: "79",
    expenseAccount: "80",
    assetAccount: "81",
  });
});

test("a price keeps all its decimals", () => {
  expect(rowOf("Item", payload("item/service"))["unitPrice"]).toBe("42.5306667");
});

test("a bundle lists what it consists of, in order", () => {
  expect(childrenOf("Item", payload("item/bundle"), "components")).toEqual([
    { item: "61", quantity: "1" },
    { item: "62", quantity: "12.5" },
  ]);
});

test("a category has no prices and no parts", () => {
  const { row, children } = takeIn("Item", payload("item/category"));
  expect(row).toMatchObject({ type: "CATEGORY", unitPrice: null, incomeAccount: null });
  expect(children).toEqual({ components: [] });
});

test("an item without a name is refused", () => {
  expect(problemsOf("Item", { ...payload("item/service"), Name: undefined })).toEqual([
    "Name: is missing: every item has a name",
  ]);
});
