/** A query of QuickBooks: whose records it gives, and its text. */
export interface Statement {
  readonly entity: string;
  readonly text: string;
}

export type Value = string | number | boolean | Date;

export interface Condition {
  readonly property: string;
  readonly operator: "=" | "<" | ">" | "<=" | ">=" | "LIKE" | "IN";
  readonly value: Value | readonly Value[];
}

export interface Selection {
  /** All must hold: the language knows no OR. */
  readonly where?: readonly Condition[];
  readonly orderBy?: { readonly property: string; readonly direction: "ASC" | "DESC" };
  /** Counted from 1. */
  readonly startPosition?: number;
  /** At most 1,000; QuickBooks gives 100 if left out. */
  readonly maxResults?: number;
}

export const maxPageSize = 1000;

/** Queries of a name list show deactivated records only with this. */
export const activeOrNot: Condition = { property: "Active", operator: "IN", value: [true, false] };

/**
 * `SELECT *`, in the documented order of clauses. Throws RangeError for what QuickBooks would refuse.
 *
 * Times are written in UTC to the second: one between two seconds widens its condition, so that nothing is lost.
 */
export function select(entity: string, { where = [], orderBy, startPosition, maxResults }: Selection = {}): Statement {
  const clauses = [
    `SELECT * FROM ${entityName(entity)}`,
    ...whereClause(where),
    ...(orderBy === undefined ? [] : [`ORDERBY ${propertyPath(orderBy.property)} ${orderBy.direction}`]),
    ...(startPosition === undefined ? [] : [`STARTPOSITION ${within(startPosition, 1, Number.MAX_SAFE_INTEGER)}`]),
    ...(maxResults === undefined ? [] : [`MAXRESULTS ${within(maxResults, 1, maxPageSize)}`]),
  ];
  return { entity, text: clauses.join(" ") };
}

/** `SELECT COUNT(*)`; of a name list it counts active records alone, unless `activeOrNot` is among the conditions. */
export function selectCount(entity: string, where: readonly Condition[] = []): Statement {
  return { entity, text: [`SELECT COUNT(*) FROM ${entityName(entity)}`, ...whereClause(where)].join(" ") };
}

function whereClause(where: readonly Condition[]): readonly string[] {
  return where.length === 0 ? [] : [`WHERE ${where.map(condition).join(" AND ")}`];
}

function condition({ property, operator, value }: Condition): string {
  return `${propertyPath(property)} ${operator} ${operator === "IN" ? list(value) : literal(single(value), operator)}`;
}

function list(value: Condition["value"]): string {
  const values = isList(value) ? value : [value];
  if (values.length === 0)
    throw new RangeError("IN needs at least one value; an empty list matches nothing, so ask nothing.");
  return `(${values.map((one) => literal(one, "IN")).join(", ")})`;
}

function single(value: Condition["value"]): Value {
  if (isList(value)) throw new RangeError("Only IN takes a list of values.");
  return value;
}

function isList(value: Condition["value"]): value is readonly Value[] {
  return Array.isArray(value);
}

function literal(value: Value, operator: Condition["operator"]): string {
  if (value instanceof Date) return `'${dateTimeLiteral(value, operator)}'`;
  if (typeof value === "string") return `'${value.replace(/[\\']/g, "\\$&")}'`;
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RangeError(`${value} is no number to compare with.`);
  return String(value);
}

function dateTimeLiteral(instant: Date, operator: Condition["operator"]): string {
  const round = operator === "<" || operator === "<=" ? Math.ceil : Math.floor;
  return new Date(round(instant.getTime() / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

function entityName(name: string): string {
  if (!/^[A-Za-z]+$/.test(name)) throw new RangeError(`"${name}" is no name of an entity.`);
  return name;
}

function propertyPath(path: string): string {
  if (!/^[A-Za-z]\w*(\.[A-Za-z]\w*)*$/.test(path)) throw new RangeError(`"${path}" is no property to ask for.`);
  return path;
}

function within(value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${value} is outside ${min} to ${max}, which is all that QuickBooks takes.`);
  }
  return value;
}
