import { type ClassType, Field, ID, InputType, Int, registerEnumType } from "type-graphql";
import { DateTime, Decimal, LocalDate } from "../../foundation/scalars.js";
import type { Enumeration, Field as Declaration, FieldKind } from "../../plugins/fields.js";
import { entityOf, type Catalog, type Entity } from "../../sync/read/catalog.js";
import type { Operator } from "../../sync/read/selection.js";
import { constantCase } from "../entity-name.js";
import type { Enums, TypeMark } from "./leaves.js";

/** The input types of lists, made from the declarations. */
export interface Inputs {
  filter(entity: string): ClassType;
  order(entity: string): ClassType;
}

const OrderDirection = { ASC: "ASC", DESC: "DESC" };
registerEnumType(OrderDirection, {
  name: "OrderDirection",
  description: "Which end of an order comes first.",
  valuesConfig: {
    ASC: { description: "The smallest or earliest first, missing values last." },
    DESC: { description: "The greatest or latest first, missing values before all." },
  },
});

const operators: Readonly<Record<Operator, string>> = {
  eq: "Is this.",
  in: "Is one of these; an empty list matches nothing.",
  gt: "Is greater or later.",
  gte: "Is this, or greater or later.",
  lt: "Is less or earlier.",
  lte: "Is this, or less or earlier.",
  contains: "Contains this text, in capitals or not.",
};

function conditionType(name: string, type: TypeMark, offered: readonly Operator[]): ClassType {
  const input = newInput(`${name}Filter`, "All that is given must hold; null is as if it were left out.");
  for (const operator of offered) {
    const returns = operator === "in" ? (): TypeMark => [type] : (): TypeMark => type;
    Field(returns, { nullable: true, description: operators[operator] })(input.prototype, operator);
  }
  return input;
}

const ranges: readonly Operator[] = ["eq", "in", "gt", "gte", "lt", "lte"];
/** Also for lists of what is not mirrored. */
export const DateTimeFilter = conditionType("DateTime", DateTime, ranges);
export const TextFilter = conditionType("Text", String, ["eq", "in", "contains"]);
export const IdFilter = conditionType("Id", ID, ["eq", "in"]);
const DecimalFilter = conditionType("Decimal", Decimal, ranges);
const kinds: Readonly<Partial<Record<FieldKind, ClassType>>> = {
  TEXT: TextFilter,
  INTEGER: conditionType("Int", Int, ranges),
  DECIMAL: DecimalFilter,
  MONEY: DecimalFilter,
  BOOLEAN: conditionType("Boolean", Boolean, ["eq"]),
  DATE: conditionType("LocalDate", LocalDate, ranges),
  TIMESTAMP: DateTimeFilter,
  REFERENCE: IdFilter,
};

export function createInputs(catalog: Catalog, enums: Enums): Inputs {
  const forEnums = new Map<string, ClassType>();
  const forEnum = (enumeration: Enumeration): ClassType => {
    const type = forEnums.get(enumeration.name) ?? conditionType(enumeration.name, enums.of(enumeration), ["eq", "in"]);
    forEnums.set(enumeration.name, type);
    return type;
  };
  const conditionOn = ({ kind, enumeration, label }: Declaration): ClassType => {
    const type = enumeration === undefined ? kinds[kind] : forEnum(enumeration);
    if (type === undefined) throw new Error(`Lists cannot be filtered by ${label}: there is no filter for ${kind}.`);
    return type;
  };
  const made = new Map([...catalog].map(([name, entity]) => [name, inputsOf(entity, conditionOn)]));
  const inputs = (entity: string): EntityInputs => {
    const types = made.get(entityOf(catalog, entity).plugin.name);
    if (types === undefined) throw new Error(`No inputs were made for ${entity}.`);
    return types;
  };
  return { filter: (entity) => inputs(entity).filter, order: (entity) => inputs(entity).order };
}

interface EntityInputs {
  readonly filter: ClassType;
  readonly order: ClassType;
}

function inputsOf({ plugin: { name }, fields }: Entity, conditionOn: (field: Declaration) => ClassType): EntityInputs {
  const filter = newInput(`${name}Filter`, "What must hold for the records shown: all that is given.");
  for (const [field, declaration] of Object.entries(fields)) {
    if (declaration.filter !== true) continue;
    const condition = conditionOn(declaration);
    Field(() => condition, { nullable: true, description: declaration.description })(
      filter.prototype,
      filterName(field, declaration),
    );
  }
  if (Object.values(fields).some(({ search }) => search === true)) {
    const description = "Words that must all occur somewhere in the record, in capitals or not.";
    Field(() => String, { nullable: true, description })(filter.prototype, "search");
  }
  return { filter, order: orderType(name, fields) };
}

function orderType(name: string, fields: Entity["fields"]): ClassType {
  const ordered = Object.entries(fields).filter(([, { order }]) => order === true);
  const values = Object.fromEntries(ordered.map(([field]) => [orderName(field), field]));
  const descriptions = ordered.map(([field, { description }]) => [orderName(field), { description }] as const);
  registerEnumType(values, {
    name: `${name}OrderField`,
    description: "What a list can be ordered by.",
    valuesConfig: Object.fromEntries(descriptions),
  });
  const order = newInput(`${name}Order`, "The order of a list; ties by id.");
  Field(() => values, { description: "By what." })(order.prototype, "field");
  Field(() => OrderDirection, { description: "Which end comes first." })(order.prototype, "direction");
  return order;
}

/** The name of a field in a filter: references are compared by id. */
export function filterName(name: string, { kind }: Declaration): string {
  return kind === "REFERENCE" ? `${name}Id` : name;
}

function orderName(field: string): string {
  return constantCase(field.replace("QuickBooks", "Quickbooks"));
}

function newInput(name: string, description: string): ClassType {
  const input = class {};
  InputType(name, { description })(input);
  return input;
}
