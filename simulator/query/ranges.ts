import type { Row } from "../company/table.js";
import { instantOf } from "./conditions.js";
import type { Surroundings, Test } from "./conditions.js";
import type { Condition } from "./parse.js";
import type { Property } from "./properties.js";

/** A bound on a time, in whole seconds, both ends included. */
export interface Range {
  readonly property: Property;
  readonly from: number;
  readonly to: number;
}

/** The bound a condition on a time puts; undefined when it is no such condition. */
export function rangeOf(
  property: Property,
  { operator, values }: Condition,
  surroundings: Surroundings,
): Range | undefined {
  if (property.kind !== "time" || operator === "IN" || operator === "LIKE") return undefined;
  const seconds = instantOf(property.name, values[0] ?? "", surroundings) / 1000;
  const from = operator === ">" ? Math.floor(seconds) + 1 : Math.ceil(seconds);
  const to = operator === "<" ? Math.ceil(seconds) - 1 : Math.floor(seconds);
  if (operator === "=") return { property, from, to };
  return operator.startsWith(">") ? { property, from, to: Infinity } : { property, from: -Infinity, to };
}

export function rangeTest({ property, from, to }: Range): Test {
  return (row) => {
    const key = property.key(row);
    return typeof key === "number" && key >= from && key <= to;
  };
}

/** The rows, which stand in the order of the bounded time, that lie within all bounds. */
export function between(rows: readonly Row[], ranges: readonly Range[]): readonly Row[] {
  const [{ property } = { property: undefined }] = ranges;
  if (!property) return rows;
  const from = Math.max(...ranges.map((range) => range.from));
  const to = Math.min(...ranges.map((range) => range.to));
  const start = firstIndex(rows, property, (key) => key >= from);
  return rows.slice(
    start,
    Math.max(
      start,
      firstIndex(rows, property, (key) => key > to),
    ),
  );
}

/** Binary search for the first record whose key passes; keys ascend. */
function firstIndex(rows: readonly Row[], property: Property, passes: (key: number) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row && passes(Number(property.key(row)))) high = middle;
    else low = middle + 1;
  }
  return low;
}
