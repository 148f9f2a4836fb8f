import type { Books } from "../company/books.js";
import { compare } from "../company/table.js";
import type { Row, Table } from "../company/table.js";
import { entityNamed } from "../entities/index.js";
import type { Entity } from "../entities/definition.js";
import type { Switches } from "../switches.js";
import { checkOperator, testOf } from "./conditions.js";
import type { Surroundings, Test } from "./conditions.js";
import { QueryRefused } from "./errors.js";
import type { Condition, Statement } from "./parse.js";
import { propertyOf } from "./properties.js";
import type { Property } from "./properties.js";
import { between, rangeOf, rangeTest } from "./ranges.js";
import type { Range } from "./ranges.js";
import { shuffleTies } from "./ties.js";

export interface QueryResult {
  readonly entity: Entity;
  /** How many records the statement matches in all. */
  readonly total: number;
  /** The page, when the statement is not a count. */
  readonly rows: readonly Row[];
  readonly startPosition: number;
}

export interface QueryOptions extends Surroundings {
  readonly switches: Switches;
  readonly random: () => number;
}

const defaultPage = 100;
const largestPage = 1000;

/** Runs a statement over a company's records. Throws {@link QueryRefused} with code 4001. */
export function runQuery(books: Books, statement: Statement, options: QueryOptions): QueryResult {
  const entity = entityNamed(statement.entity);
  if (!entity) throw QueryRefused.invalid(`invalid context declaration: ${statement.entity}`);
  const startPosition = bounded(statement.startPosition ?? 1, Number.MAX_SAFE_INTEGER);
  const size = bounded(statement.maxResults ?? defaultPage, largestPage);
  const order = orderOf(entity, statement, options.switches);
  const matching = select(books.table(entity.name), order.property, conditionsOf(entity, statement), entity, options);
  if (statement.isCount) return { entity, total: matching.length, rows: [], startPosition };
  const rows = page(matching, order, startPosition - 1, size, options);
  return { entity, total: matching.length, rows, startPosition };
}

function bounded(value: number, most: number): number {
  if (value < 1) throw QueryRefused.invalid(`value ${String(value)} is too small. Min allowed value is 1`);
  if (value > most)
    throw QueryRefused.invalid(`value ${String(value)} is too large. Max allowed value is ${String(most)}`);
  return value;
}

/** Name lists show active records only, unless the statement says otherwise. */
function conditionsOf(entity: Entity, { where }: Statement): readonly Condition[] {
  const mentionsActive = where.some(({ property }) => property.toLowerCase() === "active");
  if (entity.nameField === undefined || mentionsActive) return where;
  return [...where, { property: "Active", operator: "=", values: ["true"] }];
}

interface Order {
  readonly property: Property;
  readonly descending: boolean;
}

function orderOf(entity: Entity, { orderBy }: Statement, { orderById }: Switches): Order {
  const standard = {
    property: propertyOf(entity, entity.defaultOrder.property),
    descending: entity.defaultOrder.descending,
  };
  if (!orderBy) return standard;
  const property = propertyOf(entity, orderBy.property);
  const isId = property.kind === "id";
  if (isId && orderById === "ignored") return standard;
  if (!property.sort || (isId && orderById === "rejected"))
    throw QueryRefused.invalid(`property '${property.name}' is not sortable`);
  return { property, descending: orderBy.descending };
}

/** The matching records in ascending order: a range of a kept order when times are asked for, else what passes the tests. */
function select(
  table: Table,
  order: Property,
  where: readonly Condition[],
  entity: Entity,
  options: QueryOptions,
): readonly Row[] {
  const tests: Test[] = [];
  const ranges: Range[] = [];
  let rows: readonly Row[] | undefined;
  for (const condition of where) {
    const property = propertyOf(entity, condition.property);
    const range = rangeOf(property, condition, options);
    if (range) ranges.push(range);
    else if (property.kind === "id") rows = byIds(rows ?? table.rows, table, property, condition);
    else if (!isAlways(property, condition)) tests.push(testOf(property, condition, options));
  }
  const first = ranges.find(({ property }) => property.name === order.name) ?? ranges[0];
  const inRange = rows ?? sorted(table, first?.property ?? order);
  const cut =
    rows || !first
      ? inRange
      : between(
          inRange,
          ranges.filter(({ property }) => property.name === first.property.name),
        );
  const kept = [
    ...tests,
    ...ranges.filter(({ property }) => rows !== undefined || property.name !== first?.property.name).map(rangeTest),
  ];
  const matching = kept.length === 0 ? cut : cut.filter((row) => kept.every((test) => test(row)));
  return !rows && (first?.property ?? order).name === order.name ? matching : inOrder(matching, order);
}

function byIds(
  rows: readonly Row[],
  table: Table,
  property: Property,
  { operator, values }: Condition,
): readonly Row[] {
  checkOperator(property, operator);
  const found = [...new Set(values)].flatMap((id) => table.find(id) ?? []);
  return rows === table.rows ? found : rows.filter((row) => found.includes(row));
}

/** Both values of a boolean: no condition at all. */
function isAlways({ kind }: Property, { operator, values }: Condition): boolean {
  return kind === "boolean" && operator === "IN" && values.includes("true") && values.includes("false");
}

function sortKey({ key }: Property): (row: Row) => string | number {
  return (row) => key(row) ?? "";
}

function sorted(table: Table, property: Property): readonly Row[] {
  return table.sortedBy(property.name, sortKey(property), property.name === "MetaData.CreateTime");
}

function inOrder(rows: readonly Row[], property: Property): readonly Row[] {
  const key = sortKey(property);
  return [...rows].sort((a, b) => compare(key(a), key(b)) || Number(a.id) - Number(b.id));
}

function page(
  rows: readonly Row[],
  { property, descending }: Order,
  start: number,
  size: number,
  { switches, random }: QueryOptions,
): readonly Row[] {
  const ordered = switches.ties === "shuffled" ? shuffleTies(rows, property, random) : rows;
  if (!descending) return ordered.slice(start, start + size);
  const end = Math.max(0, ordered.length - start);
  return ordered.slice(Math.max(0, end - size), end).reverse();
}
