import type { Field as Declaration, FieldKind } from "../../plugins/fields.js";
import type { Entity } from "../../sync/read/catalog.js";
import type { Condition, Operator, Order } from "../../sync/read/selection.js";
import { badUserInput } from "../errors.js";
import { decodeIdOf, isUuid } from "../relay.js";
import { filterName } from "./inputs.js";

type Given = Readonly<Record<string, unknown>>;

/**
 * The conditions of a filter; GraphQL has checked their types. Throws BAD_USER_INPUT with the reason INVALID_ID for what is no
 * id of the type compared with, and INVALID_TEXT for a text that no database holds.
 */
export function conditionsOf({ fields }: Entity, filter: unknown): readonly Condition[] {
  const given = objectOf(filter);
  const search = given["search"];
  return [
    ...Object.entries(fields).flatMap(([name, field]) => comparisons(name, field, given[filterName(name, field)])),
    ...(typeof search === "string" ? [{ search: wordsOf(search) }] : []),
  ];
}

function comparisons(name: string, field: Declaration, given: unknown): readonly Condition[] {
  return Object.entries(objectOf(given)).flatMap(([operator, value]) => {
    if (!isOperator(operator) || value === null || value === undefined) return [];
    const place = `filter.${filterName(name, field)}.${operator}`;
    return [{ field: name, operator, value: comparable(field, value, place) }];
  });
}

function comparable(field: Declaration, value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => comparable(field, one, place));
  if (typeof value !== "string") return value;
  if (field.reference === undefined) return storableText(value, place);
  const { target } = field.reference;
  const id = typeof target === "string" ? decodeIdOf(target, value) : undefined;
  if (id !== undefined) return id;
  const kind = typeof target === "string" ? target : "record";
  throw badUserInput(`\`${place}\` holds what is no id of a ${kind}. Give an \`id\` that this API answered.`, {
    field: place,
    reason: "INVALID_ID",
  });
}

function wordsOf(search: string): readonly string[] {
  return storableText(search, "filter.search")
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** PostgreSQL has no character for U+0000. */
function storableText(text: string, place: string): string {
  if (!text.includes("\0")) return text;
  throw badUserInput(`\`${place}\` holds the character U+0000, which no record contains. Leave it out.`, {
    field: place,
    reason: "INVALID_TEXT",
  });
}

/** The order asked for, else the entity's own. */
export function orderOf({ plugin }: Entity, orderBy: unknown): Order {
  const { field, direction } = objectOf(orderBy);
  if (typeof field !== "string") return plugin.defaultOrder;
  return { field, direction: direction === "DESC" ? "DESC" : "ASC" };
}

const allOperators: readonly string[] = [
  "eq",
  "in",
  "gt",
  "gte",
  "lt",
  "lte",
  "contains",
] satisfies readonly Operator[];

function isOperator(name: string): name is Operator {
  return allOperators.includes(name);
}

function objectOf(value: unknown): Given {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Whether a value out of a cursor can be compared with a field of this kind; null stands for a missing value. */
export function fitsKind(kind: FieldKind): (value: string | null) => boolean {
  return (value) => value === null || fits[kind](value);
}

const fits: Readonly<Record<FieldKind, (value: string) => boolean>> = {
  TEXT: (value) => !value.includes("\0"),
  ENUM: (value) => !value.includes("\0"),
  INTEGER: isInteger,
  DECIMAL: isDecimal,
  MONEY: isDecimal,
  BOOLEAN: (value) => value === "true" || value === "false",
  DATE: isDay,
  TIMESTAMP: isInstant,
  ADDRESS: () => false,
  REFERENCE: isUuid,
};

/** As PostgreSQL's integer. */
export function isInteger(value: string | null): boolean {
  return value !== null && /^-?\d{1,10}$/.test(value) && Math.abs(Number(value)) < 2 ** 31;
}

function isDecimal(value: string): boolean {
  return /^-?\d{1,60}(\.\d{1,60})?$/.test(value);
}

function isDay(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && isDate(`${value}T00:00:00.000Z`);
}

/** As PostgreSQL writes an instant in UTC. */
function isInstant(value: string): boolean {
  const [, day = "", time = ""] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d{1,6})?\+00$/.exec(value) ?? [];
  return isDate(`${day}T${time}.000Z`);
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDate(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString() === text;
}
