import type { ChildDefinition } from "../../plugins/plugin.js";
import { columnOf, type Field, type FieldKind, type FieldMap } from "../../plugins/fields.js";
import { fieldOf } from "./catalog.js";
import { named } from "./statement.js";

/** The company's local date: `company` is the connection's row in every statement. */
export const today = "company.today";

/** SQL of a field's value in the row `alias`, as it is compared and ordered. */
export function valueOf(name: string, field: Field, alias: string): string {
  return field.expression === undefined ? `${alias}.${columnOf(name, field)}` : `(${field.expression(alias, today)})`;
}

/** SQL of a field's value as it is answered: exact numbers as text, amounts with their currency. */
export function answerOf(name: string, field: Field, alias: string): string {
  const value = valueOf(name, field, alias);
  if (field.kind === "DECIMAL") return `trim_scale(${value})::text`;
  if (field.kind !== "MONEY") return value;
  // ISO 4217 has XXX for "no currency": the home currency is unknown until the company's preferences have been read.
  const candidates = [field.currencyColumn && `${alias}.${field.currencyColumn}`, "company.home_currency", "'XXX'"];
  const currency = `coalesce(${candidates.filter(Boolean).join(", ")})`;
  const money = `json_build_object('amount', trim_scale(${value})::text, 'currency', ${currency})`;
  return field.required === true ? money : `CASE WHEN ${value} IS NOT NULL THEN ${money} END`;
}

/** The columns of these fields as they are answered: of all, if none are named. */
export function answers(
  fields: FieldMap,
  alias: string,
  names: readonly string[] = Object.keys(fields),
): readonly string[] {
  return names.map((name) => named(answerOf(name, fieldOf(fields, name), alias), name));
}

/** SQL of what tells a child row from the others of its record: QuickBooks' own id of it, which stays with it, else its position. */
export function rowNameOf({ edit, fields }: ChildDefinition, alias: string): string {
  const id = edit?.id === undefined ? undefined : fields[edit.id];
  const position = `${alias}.position::text`;
  if (edit?.id === undefined || id === undefined) return position;
  return `coalesce('#' || ${valueOf(edit.id, id, alias)}, ${position})`;
}

/** The PostgreSQL type that values of a kind are compared in. */
export const comparedAs: Readonly<Record<FieldKind, string>> = {
  TEXT: "text",
  ENUM: "text",
  INTEGER: "integer",
  DECIMAL: "numeric",
  MONEY: "numeric",
  BOOLEAN: "boolean",
  DATE: "date",
  TIMESTAMP: "timestamptz",
  ADDRESS: "jsonb",
  REFERENCE: "uuid",
};
