import type { Field, FieldMap } from "../../plugins/fields.js";
import { fieldOf } from "./catalog.js";
import type { Order } from "./selection.js";
import type { Statement } from "./statement.js";
import { comparedAs, valueOf } from "./values.js";

/**
 * A total order of a list: the ordered value, then the row's own keys. PostgreSQL puts nulls last going up and first going
 * down, so one index serves both.
 */
export interface TotalOrder {
  readonly by: string;
  /** The values a cursor holds, as a JSON array of texts. */
  readonly position: string;
  /**
   * The rows behind a position, in parts that follow each other: what holds for each. An index finds the beginning of a part,
   * which it could not do for "greater, or missing" in one.
   */
  behind(position: readonly (string | null)[], statement: Statement): readonly string[];
}

/** A key that makes the order total: unique among the rows, and never null. */
export interface Key {
  readonly column: string;
  readonly type: string;
}

export function totalOrder(fields: FieldMap, alias: string, order: Order, keys: readonly Key[]): TotalOrder {
  const field = fieldOf(fields, order.field);
  const value = valueOf(order.field, field, alias);
  const columns = keys.map(({ column }) => column);
  return {
    by: [value, ...columns].map((column) => `${column} ${order.direction}`).join(", "),
    position: `json_build_array(${[value, ...columns].map((column) => `${column}::text`).join(", ")})`,
    behind: (position, statement) =>
      behind({ field, value, keys, isAscending: order.direction === "ASC" }, position, statement),
  };
}

function behind(
  { field, value, keys, isAscending }: { field: Field; value: string; keys: readonly Key[]; isAscending: boolean },
  [at = null, ...keysAt]: readonly (string | null)[],
  statement: Statement,
): readonly string[] {
  const sign = isAscending ? ">" : "<";
  const columns = keys.map(({ column }) => column).join(", ");
  const ownKeys = keys.map(({ type }, index) => statement.param(keysAt[index], type)).join(", ");
  if (at === null) {
    const missing = `${value} IS NULL AND (${columns}) ${sign} (${ownKeys})`;
    return isAscending ? [missing] : [missing, `${value} IS NOT NULL`];
  }
  const present = `(${value}, ${columns}) ${sign} (${statement.param(at, comparedAs[field.kind])}, ${ownKeys})`;
  return isAscending && field.required !== true ? [present, `${value} IS NULL`] : [present];
}
