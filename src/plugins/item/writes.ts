import { fullName, parentProblems, parentProperty, problem, recordNamed, sparseRequest } from "../names.js";
import {
  bodyOf,
  dateProperty,
  flagProperty,
  given,
  numberProperty,
  referenceProperty,
  textProperty,
  uncleared,
} from "../writes.js";
import type { EntityWrites, Known, Payload, Property, Values, WantedWrite, WriteProblem } from "../writes.js";
import { types } from "./mapper.js";

/** What QuickBooks calls a type. It counts the stock of inventory, and must be told so. */
const typeProperty: Property = (value) => {
  const [name] = [...types].find(([, type]) => type === value) ?? [];
  return name === undefined ? {} : { Type: name, ...(value === "INVENTORY" && { TrackQtyOnHand: true }) };
};

const properties: Readonly<Record<string, Property>> = {
  name: textProperty("Name"),
  sku: textProperty("Sku"),
  type: typeProperty,
  description: textProperty("Description"),
  purchaseDescription: textProperty("PurchaseDesc"),
  unitPrice: numberProperty("UnitPrice"),
  purchaseCost: numberProperty("PurchaseCost"),
  taxable: flagProperty("Taxable"),
  quantityOnHand: numberProperty("QtyOnHand"),
  reorderPoint: numberProperty("ReorderPoint"),
  inventoryStartDate: dateProperty("InvStartDate"),
  parent: parentProperty("SubItem"),
  incomeAccount: referenceProperty("IncomeAccountRef"),
  expenseAccount: referenceProperty("ExpenseAccountRef"),
  assetAccount: referenceProperty("AssetAccountRef"),
};

const body = (values: Values): Payload => bodyOf(properties, values);

/** What items of a type must have, and cannot lose (Item reference). */
const needed: Readonly<Record<string, readonly string[]>> = {
  SERVICE: ["incomeAccount"],
  INVENTORY: ["incomeAccount", "expenseAccount", "assetAccount", "inventoryStartDate", "quantityOnHand"],
};
/** What only inventory has. */
const ofInventory = ["assetAccount", "inventoryStartDate", "quantityOnHand", "reorderPoint"];
/** A type can be changed between these. */
const plain: readonly unknown[] = ["SERVICE", "NON_INVENTORY"];
/** What can be edited of a category. */
const ofCategory = ["name", "parent", "type"];
/** Goods without stock are sold, bought, or both. */
const postings = ["incomeAccount", "expenseAccount"];

function check(wanted: WantedWrite): readonly WriteProblem[] {
  const { operation, before } = wanted;
  const type = before?.row["type"];
  if (type === "GROUP") return [problem("type", "Apps cannot write bundles: change this one in QuickBooks itself.")];
  if (operation === "DEACTIVATE" && type === "CATEGORY")
    return [problem("state", "QuickBooks keeps categories active: leave it, or remove it in QuickBooks itself.")];
  if (operation === "DEACTIVATE" || operation === "REACTIVATE") return [];
  return [
    ...typeProblems(wanted),
    ...parentProblems(wanted, "Item"),
    ...uncleared(wanted, {
      taxable: "say whether sales of it are taxed",
      unitPrice: "give 0 for no price",
      purchaseCost: "give 0 for no cost",
      reorderPoint: "give 0 for none",
    }),
  ];
}

/** What its type asks of an item, and forbids it. */
function typeProblems({ operation, values, result, before }: WantedWrite): readonly WriteProblem[] {
  const type = String(result["type"]);
  const was = before?.row["type"] ?? type;
  if (was !== type && !(plain.includes(was) && plain.includes(type)))
    return [problem("type", "Only services and goods that are not inventory turn into each other: make a new item.")];
  const isTouched = (path: string): boolean => operation === "CREATE" || path in values;
  const isHeld = (path: string): boolean => result[path] !== undefined && result[path] !== null;
  const lost = (needed[type] ?? []).filter((path) => isTouched(path) && !isHeld(path));
  const foreign = Object.keys(values).filter((path) => isHeld(path) && !suits(type, path));
  const [unposted] = type === "NON_INVENTORY" && !postings.some(isHeld) ? postings.filter(isTouched) : [];
  return [
    ...lost.map((path) => problem(path, `An item of type ${type} needs it: give one.`)),
    ...foreign.map((path) => problem(path, `An item of type ${type} has none: leave it out.`)),
    ...(unposted === undefined
      ? []
      : [problem(unposted, "Give the account for sales, or the one for purchases, or both.")]),
  ];
}

/** Whether items of a type can have what the path names. */
function suits(type: string, path: string): boolean {
  return type === "CATEGORY" ? ofCategory.includes(path) : type === "INVENTORY" || !ofInventory.includes(path);
}

function expected(values: Values, known?: Known): Payload {
  const held = given(values);
  const { name, parent, type } = held;
  const above = known && recordNamed(known, "Item", parent);
  const level = above && (typeof above["level"] === "number" ? above["level"] : 0) + 1;
  return {
    ...{ Active: true, Taxable: false, UnitPrice: 0, PurchaseCost: 0, TrackQtyOnHand: type === "INVENTORY" },
    ...fullName("Item", name, parent, known),
    ...(level !== undefined && { Level: level }),
    ...body(held),
  };
}

/** Updates are sparse (Item reference): what they do not name stays. */
export const writes: EntityWrites = {
  operations: ["CREATE", "UPDATE", "DEACTIVATE", "REACTIVATE"],
  unique: { field: "name", within: "parent" },
  check,
  request: sparseRequest("Name", body),
  expected,
};
