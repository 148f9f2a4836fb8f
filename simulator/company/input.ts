import { EditRefused } from "../entities/definition.js";
import type { Context, Entity } from "../entities/definition.js";
import { missing, unknownReference } from "../entities/refused.js";
import { checkTexts } from "./texts.js";
import { Money, Rate, Ref, isFields, isList } from "./value.js";
import type { Fields, Value } from "./value.js";

const amounts = new Set([
  "Amount",
  "TotalAmt",
  "UnappliedAmt",
  "TotalTax",
  "NetAmountTaxable",
  "Balance",
  "DiscountAmt",
]);

const rates = new Set([
  "UnitPrice",
  "Qty",
  "Quantity",
  "DiscountPercent",
  "ExchangeRate",
  "PurchaseCost",
  "QtyOnHand",
  "ReorderPoint",
]);

/** References whose name is that of another record. */
const targets: Readonly<Record<string, string>> = {
  CustomerRef: "Customer",
  ItemRef: "Item",
  GroupItemRef: "Item",
  ItemAccountRef: "Account",
  IncomeAccountRef: "Account",
  ExpenseAccountRef: "Account",
  AssetAccountRef: "Account",
  DiscountAccountRef: "Account",
};

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberFrom(path: string, name: string, value: number): Value {
  if (!Number.isFinite(value))
    throw new EditRefused(`${path} is not a number.`, { code: "2080", element: name, detail: "Invalid Number Format" });
  if (!amounts.has(name)) return new Rate(String(value));
  const cents = Math.round(value * 100);
  if (Math.abs(cents / 100 - value) > 1e-9)
    throw new EditRefused(`${path}: ${String(value)} has more than two decimals; round it to cents.`, {
      code: "2110",
      element: name,
      detail: `Invalid Decimal : ${String(value)}`,
    });
  return new Money(cents);
}

function valueFrom(path: string, name: string, value: unknown): Value | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && (amounts.has(name) || rates.has(name)))
    return value === "" ? undefined : numberFrom(path, name, Number(value));
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return numberFrom(path, name, value);
  if (value instanceof Money || value instanceof Rate || value instanceof Ref) return value;
  if (Array.isArray(value)) return value.map((each, index) => valueFrom(`${path}[${String(index)}]`, name, each) ?? {});
  if (isObject(value)) return objectFrom(path, name, value);
  throw new EditRefused(`${path} holds a ${typeof value}; give text, a number, a boolean, a list or an object.`);
}

function objectFrom(path: string, name: string, value: Readonly<Record<string, unknown>>): Value {
  const target = targets[name];
  if (target === undefined) return inner(path, value);
  const id = value["value"];
  if (typeof id !== "string" && typeof id !== "number") throw missing(path, "give the id in its `value`, as text.");
  return new Ref(target, String(id));
}

function inner(path: string, value: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, valueFrom(`${path}.${key}`, key, each)]));
}

/** Reads what someone wants to write, as JSON, into fields. Null clears a field. Unknown and read-only fields are refused by name. */
export function fieldsFrom(entity: Entity, input: unknown, context: Pick<Context, "find">): Fields {
  if (!isObject(input)) throw new EditRefused(`${entity.name}: give the fields as an object.`);
  const writable = entity.fields.filter((field) => field.writable).map(({ name }) => name);
  const unknown = Object.keys(input).find((name) => !writable.includes(name));
  if (unknown !== undefined) {
    throw new EditRefused(`${entity.name}.${unknown} cannot be written; these can: ${writable.join(", ")}.`);
  }
  const fields = inner(entity.name, input);
  checkTexts(entity, fields);
  checkReferences(entity.name, fields, context);
  return fields;
}

function checkReferences(path: string, value: Value | undefined, context: Pick<Context, "find">): void {
  if (value instanceof Ref && !context.find(value.entity, value.value)) {
    throw unknownReference(path, value.entity, value.value);
  }
  if (isList(value))
    value.forEach((each, index) => {
      checkReferences(`${path}[${String(index)}]`, each, context);
    });
  if (isFields(value))
    for (const [name, each] of Object.entries(value)) checkReferences(`${path}.${name}`, each, context);
}
