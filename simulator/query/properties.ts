import { Money, Rate, idOf, isFields, textOf } from "../company/value.js";
import type { Row } from "../company/table.js";
import type { Entity, Field, Kind } from "../entities/definition.js";
import { QueryRefused } from "./errors.js";

export type Key = string | number;

/** A property a statement names: how it is read from a record and compared. Times in whole seconds, text in lower case. */
export interface Property {
  readonly name: string;
  readonly kind: Kind;
  readonly key: (row: Row) => Key | undefined;
  readonly filter: boolean;
  readonly sort: boolean;
}

const createTime: Property = {
  name: "MetaData.CreateTime",
  kind: "time",
  key: (row) => row.createdAt,
  filter: true,
  sort: true,
};
export const updatedTime: Property = {
  name: "MetaData.LastUpdatedTime",
  kind: "time",
  key: (row) => row.updatedAt,
  filter: true,
  sort: true,
};

/** Finds the property, in any case. Throws {@link QueryRefused} when the entity has none, or none that can be queried. */
export function propertyOf(entity: Entity, name: string): Property {
  const lowerCase = name.toLowerCase();
  for (const property of [createTime, updatedTime]) if (property.name.toLowerCase() === lowerCase) return property;
  const field = entity.fields.find((each) => each.name.toLowerCase() === lowerCase);
  if (!field) throw QueryRefused.invalid(`Property ${name} not found for Entity ${entity.name}`);
  const { kind } = field;
  if (!kind) throw QueryRefused.invalid(`property '${field.name}' is not queryable`);
  return {
    name: field.name,
    kind,
    key: (row) => keyOf(field, kind, row),
    filter: field.filter === true,
    sort: field.sort === true,
  };
}

function keyOf(field: Field, kind: Kind, row: Row): Key | undefined {
  const value = field.shown ? field.shown(row) : row.fields[field.name];
  if (value === undefined) return undefined;
  if (kind === "reference") return idOf(value);
  if (kind === "id") return Number(textOf(value));
  if (value instanceof Money) return value.cents / 100;
  if (value instanceof Rate) return value.number;
  if (typeof value === "boolean") return String(value);
  if (isFields(value)) return textOf(value["Address"])?.toLowerCase();
  return textOf(value)?.toLowerCase();
}
