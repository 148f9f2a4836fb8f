import { describe, expect, test } from "@jest/globals";
import type { CompanyRules, Values, WantedWrite } from "../../src/plugins/writes.js";
import { pluginOf } from "./support.js";

const oneCurrency: CompanyRules = { today: "2026-11-22", homeCurrency: "USD", isMultiCurrency: false };

interface Asked {
  readonly company?: Partial<CompanyRules>;
  /** The mapped row as it is; absent for a new record. */
  readonly row?: Values;
  readonly operation?: WantedWrite["operation"];
  /** The mapped row of whatever is referred to. */
  readonly referenced?: Values;
}

/** The problems, as `path: message`. */
function problems(entity: string, values: Values, { company, row, operation, referenced }: Asked = {}) {
  const wanted: WantedWrite = {
    operation: operation ?? (row === undefined ? "CREATE" : "UPDATE"),
    values,
    result: { ...row, ...values },
    before: row && { row, children: {} },
    company: { ...oneCurrency, ...company },
    referenced: () => referenced,
  };
  return (pluginOf(entity).writes?.check?.(wanted) ?? []).map(({ path, message }) => `${path}: ${message}`);
}

describe("customers", () => {
  const row = { displayName: "Moss", fullyQualifiedName: "Elm:Moss", parent: "1", currency: "USD", balance: "0" };

  test("an e-mail address has an @ and a dot, and so does each of several", () => {
    expect(problems("Customer", { primaryContactEmail: "a@b.example, c@d.example" })).toEqual([]);
    const given = { primaryContactEmail: "a@b.example, moss" };
    expect(problems("Customer", given)).toEqual([
      'primaryContactEmail: "moss" is no e-mail address: write it as name@example.com, several with commas between.',
    ]);
  });

  test("an address keeps to the lengths of its parts, and to that of all", () => {
    const given = { lines: ["1 Elm"], city: "Port", region: "OR", postalCode: "97999", country: null };
    expect(problems("Customer", { businessAddress: given, shippingAddress: null }, { row })).toEqual([]);
    expect(problems("Customer", { businessAddress: { ...given, postalCode: "9".repeat(31) } }, { row })).toEqual([
      "businessAddress.postalCode: 30 characters are the most here: shorten it.",
    ]);
    const lines = Array.from({ length: 5 }, () => "x".repeat(400));
    expect(problems("Customer", { shippingAddress: { ...given, lines } }, { row })).toEqual([
      "shippingAddress: An address has 2000 characters at most: shorten it.",
    ]);
  });

  test("the parts of a contact's name conflict together", () => {
    const { fields } = pluginOf("Customer");
    const groups = ["givenName", "middleName", "familyName"].map((path) => fields[path]?.edit?.group);
    expect(groups).toEqual(["contact", "contact", "contact"]);
    expect([fields["parent"]?.edit?.group, fields["billWithParent"]?.edit?.group]).toEqual(["parent", "parent"]);
  });

  test("a customer with a balance is not deactivated", () => {
    expect(problems("Customer", {}, { row, operation: "DEACTIVATE" })).toEqual([]);
    const owing = { ...row, balance: "-12.5" };
    expect(problems("Customer", {}, { row: owing, operation: "DEACTIVATE" })).toEqual([
      "state: The balance is -12.5, and QuickBooks only deactivates customers without one: settle or write off what is open first.",
    ]);
    expect(problems("Customer", {}, { row: owing, operation: "REACTIVATE" })).toEqual([]);
  });

  test("nobody stands below itself, nor deeper than five levels", () => {
    const below = (fullyQualifiedName: string) =>
      problems("Customer", { parent: "9" }, { row, referenced: { fullyQualifiedName, currency: "USD" } });
    const itself = ["parent: This is the record itself, or stands below it: choose another, or none."];
    expect(below("Elm:Moss")).toEqual(itself);
    expect(below("Elm:Moss:Fern")).toEqual(itself);
    expect(below("Elm:Mossy")).toEqual([]);
    expect(below("A:B:C:D")).toEqual([]);
    expect(below("A:B:C:D:E")).toEqual(["parent: Parents go 5 levels deep at most: choose a higher one."]);
  });

  test("only who has a parent is billed with it", () => {
    const refused = [
      "billWithParent: Only a customer with a parent is billed with it: give a parent, or say false here.",
    ];
    expect(problems("Customer", { displayName: "Fern", billWithParent: true })).toEqual(refused);
    expect(problems("Customer", { parent: null }, { row: { ...row, billWithParent: true } })).toEqual(refused);
    expect(problems("Customer", { parent: null, billWithParent: false }, { row })).toEqual([]);
    expect(problems("Customer", { notes: "x" }, { row: { ...row, parent: null, billWithParent: true } })).toEqual([]);
  });

  test("foreign currencies need multicurrency, and families share one", () => {
    expect(problems("Customer", { displayName: "Lac", currency: "CAD" })).toEqual([
      "currency: Other currencies need multicurrency: turn it on in QuickBooks, or leave the currency out.",
    ]);
    expect(problems("Customer", { displayName: "Lac", currency: "USD" })).toEqual([]);
    const company = { isMultiCurrency: true };
    expect(problems("Customer", { currency: "CAD" }, { company })).toEqual([]);
    expect(problems("Customer", { currency: "dollars" }, { company })).toEqual([
      "currency: Give the three letters of the currency, such as USD.",
    ]);
    const mixed = ["parent: The parent is billed in CAD: choose one in the customer's own currency."];
    expect(problems("Customer", { parent: "9" }, { company, row, referenced: { currency: "CAD" } })).toEqual(mixed);
    expect(problems("Customer", { parent: "9" }, { company, referenced: { currency: "CAD" } })).toEqual(mixed);
  });

  test("what QuickBooks never empties cannot be cleared; the message says what to give instead", () => {
    expect(problems("Customer", { taxable: null, preferredDelivery: null, notes: null }, { row })).toEqual([
      "taxable: QuickBooks does not clear this: say whether the customer's sales are taxed.",
      "preferredDelivery: QuickBooks does not clear this: give None for a customer who gets no invoices sent.",
    ]);
    expect(problems("Customer", { displayName: "Fern", taxable: null })).toEqual([]);
  });
});

describe("accounts", () => {
  const row = { name: "Till", fullyQualifiedName: "Till", type: "Bank", subType: "Checking" };

  test("an account stands below one of its own type", () => {
    const referenced = { type: "Income", fullyQualifiedName: "Sales" };
    const refused = ["parent: It is of type Income: choose a parent of type Bank."];
    expect(problems("Account", { parent: "9" }, { row, referenced })).toEqual(refused);
    expect(problems("Account", { name: "Till", type: "Bank", parent: "9" }, { referenced })).toEqual(refused);
    expect(problems("Account", { name: "Fees", type: "Income", parent: "9" }, { referenced })).toEqual([]);
  });

  test("account numbers are short, in some countries shorter", () => {
    const refused = ["number: Account numbers have 7 characters at most: shorten it."];
    expect(problems("Account", { number: "12345678" }, { row })).toEqual(refused);
    expect(problems("Account", { number: "12345678" }, { row, company: { homeCurrency: "CAD" } })).toEqual([]);
    expect(problems("Account", { number: "1234567" }, { row })).toEqual([]);
  });

  test("an account always has a detail type", () => {
    expect(problems("Account", { subType: null }, { row })).toEqual([
      "subType: QuickBooks does not clear this: give the detail type that fits.",
    ]);
  });
});

describe("items", () => {
  const service = { name: "Mowing", type: "SERVICE", incomeAccount: "1" };
  const stocked = {
    ...{ name: "Rake", type: "INVENTORY", incomeAccount: "1", expenseAccount: "2", assetAccount: "3" },
    ...{ inventoryStartDate: "2026-01-02", quantityOnHand: "10" },
  };

  test("each type of item has what QuickBooks asks of it", () => {
    expect(problems("Item", service)).toEqual([]);
    expect(problems("Item", stocked)).toEqual([]);
    expect(problems("Item", { name: "Mowing", type: "SERVICE" })).toEqual([
      "incomeAccount: An item of type SERVICE needs it: give one.",
    ]);
    const lacking = ["incomeAccount", "expenseAccount", "assetAccount", "inventoryStartDate", "quantityOnHand"];
    expect(problems("Item", { name: "Rake", type: "INVENTORY" })).toEqual(
      lacking.map((path) => `${path}: An item of type INVENTORY needs it: give one.`),
    );
    expect(problems("Item", { name: "Pots", type: "NON_INVENTORY", expenseAccount: "2" })).toEqual([]);
    expect(problems("Item", { name: "Pots", type: "NON_INVENTORY" })).toEqual([
      "incomeAccount: Give the account for sales, or the one for purchases, or both.",
    ]);
  });

  test("what an item needs cannot be cleared", () => {
    expect(problems("Item", { incomeAccount: null }, { row: service })).toEqual([
      "incomeAccount: An item of type SERVICE needs it: give one.",
    ]);
    expect(problems("Item", { assetAccount: null }, { row: stocked })).toEqual([
      "assetAccount: An item of type INVENTORY needs it: give one.",
    ]);
    expect(problems("Item", { unitPrice: null }, { row: stocked })).toEqual([
      "unitPrice: QuickBooks does not clear this: give 0 for no price.",
    ]);
    const goods = { name: "Pots", type: "NON_INVENTORY", incomeAccount: null, expenseAccount: "2" };
    expect(problems("Item", { expenseAccount: null }, { row: goods })).toEqual([
      "expenseAccount: Give the account for sales, or the one for purchases, or both.",
    ]);
  });

  test("only inventory has stock", () => {
    expect(problems("Item", { ...service, assetAccount: "3", reorderPoint: "2" })).toEqual([
      "assetAccount: An item of type SERVICE has none: leave it out.",
      "reorderPoint: An item of type SERVICE has none: leave it out.",
    ]);
  });

  test("only services and goods without stock turn into each other", () => {
    expect(problems("Item", { type: "NON_INVENTORY" }, { row: service })).toEqual([]);
    const refused = ["type: Only services and goods that are not inventory turn into each other: make a new item."];
    expect(problems("Item", { type: "SERVICE" }, { row: stocked })).toEqual(refused);
    expect(problems("Item", { type: "INVENTORY" }, { row: service })).toEqual(refused);
  });

  test("bundles are not written, categories are not deactivated and have a name and a parent alone", () => {
    const bundle = { name: "Set", type: "GROUP" };
    const noBundle = ["type: Apps cannot write bundles: change this one in QuickBooks itself."];
    expect(problems("Item", { name: "Sets" }, { row: bundle })).toEqual(noBundle);
    expect(problems("Item", {}, { row: bundle, operation: "DEACTIVATE" })).toEqual(noBundle);
    const category = { name: "Tools", type: "CATEGORY" };
    expect(problems("Item", {}, { row: category, operation: "DEACTIVATE" })).toEqual([
      "state: QuickBooks keeps categories active: leave it, or remove it in QuickBooks itself.",
    ]);
    expect(problems("Item", { name: "Toys" }, { row: category })).toEqual([]);
    expect(problems("Item", { sku: "T" }, { row: category })).toEqual([
      "sku: An item of type CATEGORY has none: leave it out.",
    ]);
  });
});
