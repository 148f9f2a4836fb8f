import type { Row } from "../company/table.js";
import { pacificDate, parseInstant } from "../pacific.js";
import { QueryRefused } from "./errors.js";
import type { Condition, Operator } from "./parse.js";
import type { Key, Property } from "./properties.js";

/** What a statement's values are read against. */
export interface Surroundings {
  readonly nowMs: number;
  readonly zonelessTimes: "pacific" | "utc";
}

export type Test = (row: Row) => boolean;

const equality: readonly Operator[] = ["=", "IN"];

/** Refuses operators the property does not have: ids, references and booleans know = and IN only. */
export function checkOperator({ name, kind, filter }: Property, operator: Operator): void {
  if (!filter) throw QueryRefused.invalid(`property '${name}' is not queryable`);
  const onlyEquality = kind === "id" || kind === "reference" || kind === "boolean";
  const isLikeOfText = operator === "LIKE" && kind !== "text";
  if ((onlyEquality && !equality.includes(operator)) || isLikeOfText) {
    throw QueryRefused.invalid(`operator ${operator} is not supported on property '${name}'`);
  }
}

/** A time of a statement in milliseconds. */
export function instantOf(name: string, text: string, { nowMs, zonelessTimes }: Surroundings): number {
  const instant = parseInstant(text === "current_date" ? pacificDate(nowMs) : text, zonelessTimes);
  if (instant === undefined) throw QueryRefused.invalid(`value ${text} is not a valid date for property '${name}'`);
  return instant;
}

function keyOf({ name, kind }: Property, text: string, surroundings: Surroundings): Key | undefined {
  if (text.trim() === "" && kind !== "time") return undefined;
  if (kind === "time") return instantOf(name, text, surroundings) / 1000;
  if (kind === "date") return text === "current_date" ? pacificDate(surroundings.nowMs) : text.slice(0, 10);
  if (kind !== "number" && kind !== "id") return text.toLowerCase();
  if (!/^[+-]?\d+(\.\d+)?$/.test(text))
    throw QueryRefused.invalid(`value ${text} is not a valid number for property '${name}'`);
  return Number(text);
}

/** `%` stands for any text; nothing else is special. */
function likeTest(pattern: string): (key: Key) => boolean {
  const parts = pattern
    .toLowerCase()
    .split("%")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join("[\\s\\S]*")}$`);
  return (key) => expression.test(String(key));
}

const comparisons: Readonly<Record<"<" | ">" | "<=" | ">=", (a: Key, b: Key) => boolean>> = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

/** The test a condition puts to every record. A blank value asks for records without the property. */
export function testOf(property: Property, { operator, values }: Condition, surroundings: Surroundings): Test {
  checkOperator(property, operator);
  const { key } = property;
  if (operator === "LIKE") {
    const matches = likeTest(values[0] ?? "");
    return (row) => matches(key(row) ?? "");
  }
  const wanted = values.map((value) => keyOf(property, value, surroundings));
  if (operator === "=" || operator === "IN") {
    const set = new Set(wanted);
    return (row) => set.has(key(row));
  }
  const compare = comparisons[operator];
  const [bound] = wanted;
  return (row) => {
    const own = key(row);
    return own !== undefined && bound !== undefined && compare(own, bound);
  };
}
