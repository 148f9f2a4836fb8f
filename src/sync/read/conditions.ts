import { columnOf, type FieldMap } from "../../plugins/fields.js";
import { isInQuickBooks } from "../local-changes/local-change.js";
import { entityOf, fieldOf, targetsOf, type Catalog, type Entity } from "./catalog.js";
import type { Condition, Operator } from "./selection.js";
import type { Statement } from "./statement.js";
import { comparedAs, valueOf } from "./values.js";

const comparisons: Readonly<Record<Exclude<Operator, "in" | "contains">, string>> = {
  eq: "=",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
};

/** SQL that holds for the rows `alias` of an entity that a list shows. Records that are gone are shown only where asked for. */
export function conditionsOn(
  { catalog, entity, alias }: { readonly catalog: Catalog; readonly entity: Entity; readonly alias: string },
  conditions: readonly Condition[],
  statement: Statement,
): readonly string[] {
  const asksForState = conditions.some((condition) => "field" in condition && condition.field === "state");
  return [
    ...(asksForState ? [] : [`${alias}.state NOT IN ('DELETED', 'MERGED')`]),
    ...conditions.map((condition) => {
      if ("search" in condition) return searchFor(entity.fields, alias, condition.search, statement);
      const field = fieldOf(entity.fields, condition.field);
      if (field.reference !== undefined) {
        const column = `${alias}.${columnOf(condition.field, field)}`;
        return refersTo({ catalog, column, targets: targetsOf(catalog, field.reference) }, condition, statement);
      }
      const compared = compare(valueOf(condition.field, field, alias), comparedAs[field.kind], condition, statement);
      return condition.field === "quickbooksId" ? `${compared} AND ${isInQuickBooks(alias)}` : compared;
    }),
  ];
}

type Comparison = Exclude<Condition, { readonly search: readonly string[] }>;

function compare(value: string, type: string, condition: Comparison, statement: Statement): string {
  if (condition.operator === "in") return `${value} = ANY(${statement.param(condition.value, `${type}[]`)})`;
  if (condition.operator === "contains")
    return `${value} ILIKE ${statement.param(containing(condition.value), "text")}`;
  return `${value} ${comparisons[condition.operator]} ${statement.param(condition.value, type)}`;
}

/** References hold QuickBooks' ids; the question comes with ours. */
function refersTo(
  {
    catalog,
    column,
    targets,
  }: { readonly catalog: Catalog; readonly column: string; readonly targets: readonly string[] },
  { value }: Comparison,
  statement: Statement,
): string {
  const ids = statement.param(Array.isArray(value) ? value : [value], "uuid[]");
  const referred = targets.map((target) => {
    const { table } = entityOf(catalog, target).plugin;
    return `SELECT quickbooks_id FROM ${table} WHERE id = ANY(${ids}) AND connection_id = company.id AND epoch = company.epoch`;
  });
  return `${column} = ANY(ARRAY(${referred.join(" UNION ALL ")}))`;
}

function searchFor(fields: FieldMap, alias: string, words: readonly string[], statement: Statement): string {
  const searched = Object.entries(fields).filter(([, { search }]) => search === true);
  const values = searched.map(([name, field]) => valueOf(name, field, alias));
  return `concat_ws(E'\\n', ${values.join(", ")}) ILIKE ALL(${statement.param(words.map(containing), "text[]")})`;
}

/** The ILIKE pattern of texts that contain this one. */
function containing(text: unknown): string {
  return `%${String(text).replace(/[\\%_]/g, "\\$&")}%`;
}
