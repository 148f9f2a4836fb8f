import { describe, expect, test } from "@jest/globals";
import type { Values } from "../../src/plugins/writes.js";
import { withWriter, type World } from "../simulator/writing.js";
import { pluginOf, rowOf, type Row } from "./support.js";
import { changedProperties, requestOf, Sender } from "./writing.js";

/** What a new record is given, what each field becomes, and which of QuickBooks' properties say so. */
interface Scene {
  readonly entity: string;
  readonly values: Values;
  /** By path: the new value, the properties that change, and what clearing it changes where it can be cleared. */
  readonly edits: Readonly<Record<string, readonly [value: unknown, properties: string, cleared?: string]>>;
  /** What QuickBooks holds beside, that nothing here writes. */
  readonly beside: Readonly<Record<string, unknown>>;
}

const at = (line: string, city: string | null = null) => ({
  ...{ lines: [line, "Gate 2"], city, region: "OR", postalCode: "97999", country: null },
});

async function scenes({ company, connection }: World): Promise<readonly Scene[]> {
  const [account] = await connection.rows("SELECT * FROM Account WHERE AccountSubType = 'Inventory'");
  const [goods] = await connection.rows("SELECT * FROM Account WHERE AccountType = 'Cost of Goods Sold'");
  const [first, second] = await connection.rows("SELECT * FROM Account WHERE AccountType = 'Income'");
  const ids = [account, goods, first, second].map((row) => String(row?.["Id"]));
  const [asset = "", expense = "", income = "", otherIncome = ""] = ids;
  const expenseToo = company.create("Account", { Name: "Wares", AccountType: "Cost of Goods Sold" });
  const assetToo = company.create("Account", { Name: "Stock", AccountType: "Other Current Asset" });
  const [over, beside] = ["Elm", "Oak"].map((DisplayName) => company.create("Customer", { DisplayName }));
  const [banks, funds] = ["Banks", "Funds"].map((Name) => company.create("Account", { Name, AccountType: "Bank" }));
  const [tools, toys] = ["Tools", "Toys"].map((Name) => company.create("Item", { Name, Type: "Category" }));
  return [
    {
      entity: "Customer",
      values: {
        ...{ displayName: "Birch & Sons", companyName: "Birch Ltd", title: "Ms", givenName: "Ada", middleName: "B" },
        ...{ familyName: "Birch", suffix: "Jr", printOnCheckName: "Birch", primaryContactEmail: "a@b.example" },
        ...{ primaryContactPhone: "1", alternatePhone: "2", mobilePhone: "3", faxNumber: "4", website: "http://b" },
        ...{ notes: "first\nline", taxable: true, resaleNumber: "77", billWithParent: true, parent: over },
        ...{ businessAddress: at("1 Elm", "Port"), shippingAddress: at("2 Elm"), preferredDelivery: "Email" },
      },
      edits: {
        displayName: ["Birch & Daughters", "DisplayName FullyQualifiedName"],
        companyName: ["Birch Inc", "CompanyName", "CompanyName"],
        title: ["Dr", "Title", "Title"],
        givenName: ["Eve", "GivenName", "GivenName"],
        middleName: ["C", "MiddleName", "MiddleName"],
        familyName: ["Beech", "FamilyName", "FamilyName"],
        suffix: ["Sr", "Suffix", "Suffix"],
        printOnCheckName: ["Beech", "PrintOnCheckName"],
        primaryContactEmail: ["c@d.example, e@f.example", "PrimaryEmailAddr", "PrimaryEmailAddr"],
        primaryContactPhone: ["5", "PrimaryPhone", "PrimaryPhone"],
        alternatePhone: ["6", "AlternatePhone", "AlternatePhone"],
        mobilePhone: ["7", "Mobile", "Mobile"],
        faxNumber: ["8", "Fax", "Fax"],
        website: ["http://d", "WebAddr", "WebAddr"],
        notes: ["other", "Notes", "Notes"],
        taxable: [false, "DefaultTaxCodeRef Taxable"],
        resaleNumber: ["78", "ResaleNum", "ResaleNum"],
        businessAddress: [at("3 Elm"), "BillAddr", "BillAddr"],
        shippingAddress: [at("4 Elm", "Cove"), "ShipAddr", "ShipAddr"],
        preferredDelivery: ["None", "PreferredDeliveryMethod"],
        billWithParent: [false, "BillWithParent"],
        parent: [beside, "FullyQualifiedName ParentRef", "FullyQualifiedName Job Level ParentRef"],
      },
      beside: { SalesTermRef: { value: "3" }, PaymentMethodRef: { value: "2" }, CustomerTypeRef: { value: "4" } },
    },
    {
      entity: "Account",
      values: { name: "Till", number: "1010", description: "Coins", type: "Bank", subType: "Checking", parent: banks },
      edits: {
        name: ["Tills", "FullyQualifiedName Name"],
        number: ["1011", "AcctNum", "AcctNum"],
        description: ["Notes", "Description", "Description"],
        subType: ["Savings", "AccountSubType"],
        parent: [funds, "FullyQualifiedName ParentRef", "FullyQualifiedName ParentRef SubAccount"],
      },
      beside: { TaxCodeRef: { value: "5" } },
    },
    {
      entity: "Item",
      values: {
        ...{ name: "Rake", sku: "R-1", type: "INVENTORY", description: "A rake", purchaseDescription: "rake" },
        ...{ unitPrice: "12.5306667", purchaseCost: "7.25", taxable: true, quantityOnHand: "10", reorderPoint: "2" },
        ...{ inventoryStartDate: "2026-01-02", parent: tools, incomeAccount: income, expenseAccount: expense },
        assetAccount: asset,
      },
      edits: {
        name: ["Rakes", "FullyQualifiedName Name"],
        sku: ["R-2", "Sku", "Sku"],
        description: ["A fine rake", "Description", "Description"],
        purchaseDescription: ["rakes", "PurchaseDesc", "PurchaseDesc"],
        unitPrice: ["13", "UnitPrice"],
        purchaseCost: ["8", "PurchaseCost"],
        taxable: [false, "Taxable"],
        reorderPoint: ["3", "ReorderPoint"],
        parent: [toys, "FullyQualifiedName ParentRef", "FullyQualifiedName Level ParentRef SubItem"],
        incomeAccount: [otherIncome, "IncomeAccountRef"],
        expenseAccount: [expenseToo, "ExpenseAccountRef"],
        assetAccount: [assetToo, "AssetAccountRef"],
      },
      beside: {},
    },
  ];
}

/** A scene of every entity, in a company of one currency and in one of several. */
describe.each([
  ["one currency", []],
  ["multicurrency", ["EUR", "CAD"]],
])("in a company of %s", (_kind, currencies) => {
  const company = { realmId: "101", size: 0, currencies };
  const each = (use: (sender: Sender, scene: Scene, id: string) => Promise<void>): Promise<void> =>
    withWriter(
      async (world) => {
        const sender = new Sender(world);
        for (const scene of await scenes(world)) {
          const id = await sender.create(scene.entity, scene.values);
          world.company.change(scene.entity, id, scene.beside);
          await use(sender, scene, id);
        }
      },
      { companies: [company] },
    );

  test("a create writes every editable field", () =>
    each(async (sender, { entity, values }, id) => {
      expect({ entity, ...(await sender.row(entity, id)) }).toMatchObject({ entity, ...values });
      const fields = Object.entries(pluginOf(entity).fields).filter(([, { edit }]) => edit !== undefined);
      const left = fields.map(([path]) => path).filter((path) => !(path in values));
      expect([entity, left]).toEqual([entity, entity === "Customer" ? ["currency"] : []]);
    }));

  test("F10: an update changes what was edited, and clears and multiplies nothing else", () =>
    each(async (sender, { entity, edits }, id) => {
      for (const [path, [value, properties]] of Object.entries(edits)) {
        const seen = await sender.send(entity, id, "UPDATE", { [path]: value });
        expect([path, changedProperties(seen)]).toEqual([path, properties.split(" ")]);
        expect([path, rowOf(entity, seen.after)[path]]).toEqual([path, value]);
      }
      const fields = Object.entries(pluginOf(entity).fields).filter(([, { edit }]) => edit !== undefined);
      const left = fields.filter(([path, { edit }]) => !(path in edits) && edit?.on !== "CREATE").map(([path]) => path);
      expect([entity, left]).toEqual([entity, entity === "Item" ? ["type"] : []]);
    }));

  test("F10: what is cleared is gone, and nothing else is", () =>
    each(async (sender, { entity, edits }, id) => {
      for (const [path, [, , cleared]] of Object.entries(edits)) {
        if (cleared === undefined) continue;
        const seen = await sender.send(entity, id, "UPDATE", { [path]: null });
        expect([path, changedProperties(seen)]).toEqual([path, cleared.split(" ")]);
        expect([path, rowOf(entity, seen.after)[path]]).toEqual([path, null]);
      }
    }));

  test("F10: a deactivation and a reactivation leave all but the activity as it was, the name included", () =>
    each(async (sender, { entity }, id) => {
      const name = entity === "Customer" ? "DisplayName" : "Name";
      const away = await sender.send(entity, id, "DEACTIVATE");
      expect(changedProperties(away)).toEqual(["Active", "FullyQualifiedName", name].sort());
      expect(pluginOf(entity).takeIn(away.after).state).toBe("INACTIVE");
      const back = await sender.send(entity, id, "REACTIVATE");
      expect(changedProperties({ before: away.before, after: back.after })).toEqual([]);
    }));

  test("a new record looks as expected", () =>
    each(async (sender, { entity, values }, id) => {
      const plugin = pluginOf(entity);
      const parent = await sender.row(entity, String(values["parent"]));
      const known = {
        company: { today: "2026-11-22", homeCurrency: "USD", isMultiCurrency: currencies.length > 0 },
        referenced: (): Row => parent,
      };
      const payload = await sender.world.read(entity, id);
      const full = { ...plugin.writes?.expected(values, known), Id: "0" };
      expect(plugin.takeIn(full)).toEqual(plugin.takeIn(payload));
      const least = leastOf(entity, values);
      const bare = await sender.world.read(entity, await sender.create(entity, least));
      expect(rowOf(entity, { ...plugin.writes?.expected(least, known), Id: "0" })).toEqual(rowOf(entity, bare));
    }));
});

/** The least a new record of the entity can be given. */
function leastOf(entity: string, { incomeAccount }: Values): Values {
  if (entity === "Customer") return { displayName: "Reed" };
  if (entity === "Account") return { name: "Safe", type: "Bank" };
  return { name: "Mowing", type: "SERVICE", incomeAccount };
}

test("a customer in a foreign currency is made in it, below a parent of the same", () =>
  withWriter(
    async (world) => {
      const sender = new Sender(world);
      const parent = await sender.create("Customer", { displayName: "Lac", currency: "CAD" });
      const id = await sender.create("Customer", { displayName: "Rive", currency: "CAD", parent });
      expect(await sender.row("Customer", id)).toMatchObject({ currency: "CAD", parent, isJob: true });
    },
    { companies: [{ realmId: "101", size: 0, currencies: ["CAD"] }] },
  ));

test("services and goods without stock turn into each other, and nothing else changes", () =>
  withWriter(async (world) => {
    const sender = new Sender(world);
    const id = await sender.create("Item", { name: "Mowing", type: "SERVICE", incomeAccount: "1" });
    const seen = await sender.send("Item", id, "UPDATE", { type: "NON_INVENTORY" });
    expect(changedProperties(seen)).toEqual(["Type"]);
    expect(changedProperties(await sender.send("Item", id, "UPDATE", { type: "SERVICE" }))).toEqual(["Type"]);
  }));

test("goods without stock that are only bought need no account for sales; services do", () =>
  withWriter(async (world) => {
    const sender = new Sender(world);
    const values = { name: "Pots", type: "NON_INVENTORY", expenseAccount: "9" };
    const id = await sender.create("Item", values);
    expect(await sender.row("Item", id)).toMatchObject({ ...values, incomeAccount: null });
    const { body } = requestOf("Item", {
      operation: "CREATE",
      values: { name: "Mowing", type: "SERVICE", expenseAccount: "9" },
      current: undefined,
    });
    expect(await world.refused("Item", body)).toMatchObject({ code: "2020", element: "IncomeAccountRef" });
  }));

test("F10: of every record of a company, an update changes the one field", () =>
  withWriter(
    async (world) => {
      const sender = new Sender(world);
      const notes = { Customer: ["notes", "Notes"], Account: ["description", "Description"] } as const;
      const all = { ...notes, Item: ["description", "Description"] } as const;
      for (const [entity, [path, property]] of Object.entries(all)) {
        const rows = await world.connection.rows(`SELECT * FROM ${entity} MAXRESULTS 1000`);
        const written = rows.filter(({ Type }) => Type !== "Group" && Type !== "Category");
        expect(written.length).toBeGreaterThan(5);
        for (const { Id } of written) {
          const seen = await sender.send(entity, String(Id), "UPDATE", { [path]: `New of ${String(Id)}` });
          expect([entity, Id, changedProperties(seen)]).toEqual([entity, Id, [property]]);
        }
      }
    },
    { companies: [{ realmId: "101", seed: "f10", size: 250, currencies: ["CAD"] }] },
  ));

test("F10: an account's full update sends back what this gateway does not know", () => {
  const current = { Id: "1", Name: "Till", AccountType: "Bank", CurrentBalance: 5, FutureProperty: { deep: [1] } };
  const { body } = requestOf("Account", { operation: "UPDATE", values: { description: "Coins" }, current });
  expect(body).toEqual({ Name: "Till", AccountType: "Bank", FutureProperty: { deep: [1] }, Description: "Coins" });
});

test("F10: an address keeps its Id and what else stands in it, but for its place on the map", () => {
  const BillAddr = { Id: "9", Line1: "1 Elm", Line2: "Back", City: "Port", Note: "ring", Lat: "1", Long: "2" };
  const { body } = requestOf("Customer", {
    operation: "UPDATE",
    values: { businessAddress: { lines: ["2 Elm"], city: null, region: null, postalCode: null, country: null } },
    current: { Id: "1", BillAddr, ShipAddr: { Id: "10", Line1: "1 Dock" } },
  });
  const empty = { Line2: "", Line3: "", Line4: "", Line5: "", City: "", CountrySubDivisionCode: "", PostalCode: "" };
  expect(body).toEqual({ sparse: true, BillAddr: { Id: "9", Note: "ring", Line1: "2 Elm", ...empty, Country: "" } });
});

test("F10: an address that is both the one for bills and the one for goods is changed in the one place only", () => {
  const shared = { Id: "2", Line1: "4581 Finch St." };
  const { body } = requestOf("Customer", {
    operation: "UPDATE",
    values: { businessAddress: at("1 Elm") },
    current: { Id: "1", BillAddr: shared, ShipAddr: shared },
  });
  expect(body).toMatchObject({ BillAddr: { Line1: "1 Elm" }, ShipAddr: shared });
  expect(Object.keys(body["BillAddr"] as Values)).not.toContain("Id");
});
