import { Rate, hundredths, idOf, numberOf, textOf } from "../company/value.js";
import type { Fields } from "../company/value.js";
import type { Row } from "../company/table.js";
import { EditRefused, identity, kept, writable } from "./definition.js";
import type { Context, Draft, Entity, Posting } from "./definition.js";
import { checkName } from "./names.js";
import { missing, notOneOf } from "./refused.js";

const types = ["Service", "NonInventory", "Inventory", "Group", "Category"];

function category(context: Context, written: Fields): Row | undefined {
  const id = idOf(written["ParentRef"]);
  if (id === undefined) return undefined;
  const parent = context.find("Item", id);
  if (parent?.fields["Type"] !== "Category") throw new EditRefused(`Item.ParentRef: item ${id} is not a category.`);
  return parent;
}

/** What an item has by being of its type. */
function particulars(context: Context, type: string, written: Fields): Fields {
  if (type === "Category") return {};
  if (type === "Group") return { Taxable: false, PrintGroupedItems: false };
  const priced = {
    Taxable: false,
    UnitPrice: new Rate("0"),
    PurchaseCost: new Rate("0"),
    TrackQtyOnHand: type === "Inventory",
  };
  if (type !== "Inventory") {
    const isPosted = written["IncomeAccountRef"] ?? (type === "NonInventory" && written["ExpenseAccountRef"]);
    if (!isPosted) throw missing("Item.IncomeAccountRef", "name the income account.");
    return priced;
  }
  for (const name of ["IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "InvStartDate"]) {
    if (!written[name]) throw missing(`Item.${name}`, "an inventory item needs it.");
  }
  return priced;
}

function quantity(hundredths: number): Rate {
  return new Rate(String(hundredths / 100));
}

/** The opening quantity as stored: a new quantity is an adjustment of what is on hand now. */
function opening(written: Fields, before: Row | undefined): Rate | undefined {
  const given = written["QtyOnHand"];
  if (!(given instanceof Rate)) return undefined;
  const stored = before?.fields["QtyOnHand"];
  if (!before || !(stored instanceof Rate) || given === stored) return given;
  return quantity(hundredths(stored) + hundredths(given) - before.balance);
}

/** What an inventory item's opening quantity puts on hand and into the books. */
function stock(context: Context, fields: Fields, id: string): readonly Posting[] {
  const count = fields["QtyOnHand"];
  const asset = idOf(fields["AssetAccountRef"]);
  if (!(count instanceof Rate) || asset === undefined) return [];
  const value = Math.round(hundredths(count) * numberOf(fields["PurchaseCost"]));
  return [
    { entity: "Item", id, amount: hundredths(count) },
    { entity: "Account", id: asset, amount: value },
    { entity: "Account", id: context.account("OpeningBalanceEquity"), amount: value },
  ];
}

function complete(context: Context, { written, before, id }: Draft): Fields {
  const name = textOf(written["Name"]);
  if (name === undefined) throw missing("Item.Name", "give the item a name.");
  checkName(context, { entity: "Item", field: "Name", own: name, unique: name }, id);
  const type = textOf(written["Type"]) ?? "";
  if (!types.includes(type)) throw notOneOf("Item.Type", type, types);
  if (before?.fields["Type"] === "Inventory" && type !== "Inventory")
    throw new EditRefused("Item.Type cannot be changed away from Inventory.");
  const parent = category(context, written);
  return {
    Active: true,
    ...particulars(context, type, written),
    ...written,
    QtyOnHand: type === "Inventory" ? opening(written, before) : undefined,
    SubItem: parent ? true : undefined,
    ParentRef: parent ? { value: parent.id, name: textOf(parent.fields["FullyQualifiedName"]) } : undefined,
    Level: parent ? new Rate("1") : undefined,
    FullyQualifiedName: parent ? `${textOf(parent.fields["FullyQualifiedName"]) ?? ""}:${name}` : name,
  };
}

/** Products and services, bundles and categories. Source: Item reference; field order as recorded in 2026. */
export const item: Entity = {
  name: "Item",
  sequence: "items",
  nameField: "Name",
  referenceName: "Name",
  totalCount: false,
  defaultOrder: { property: "Name", descending: false },
  fields: [
    { name: "Name", writable: true, kind: "text", filter: true, sort: true },
    { name: "Sku", writable: true, kind: "text", filter: true },
    ...writable("Description"),
    { name: "Active", writable: true, kept: true, kind: "boolean", filter: true },
    { name: "SubItem", kind: "boolean", filter: true },
    ...writable("ParentRef"),
    { name: "Level" },
    { name: "FullyQualifiedName", kind: "text", filter: true },
    { name: "Taxable", writable: true, kind: "boolean", filter: true },
    { name: "UnitPrice", writable: true, kind: "number", sort: true },
    { name: "Type", writable: true, kept: true, kind: "text", filter: true, sort: true },
    ...kept("PrintGroupedItems", "ItemGroupDetail"),
    ...writable("IncomeAccountRef", "PurchaseDesc"),
    { name: "PurchaseCost", writable: true, kind: "number", sort: true },
    ...writable("ExpenseAccountRef"),
    ...kept("AssetAccountRef"),
    { name: "TrackQtyOnHand" },
    {
      name: "QtyOnHand",
      writable: true,
      kept: true,
      shown: ({ fields, balance }) => (fields["TrackQtyOnHand"] === true ? quantity(balance) : undefined),
    },
    ...kept("InvStartDate"),
    ...writable("ReorderPoint"),
    {
      name: "DeferredRevenue",
      ways: ["read", "create", "update"],
      shown: ({ fields }) => (fields["Type"] === "Category" ? undefined : false),
    },
    ...identity,
  ],
  lengths: { Name: 100, Sku: 100, Description: 4000, PurchaseDesc: 1000 },
  complete,
  postings: stock,
};
