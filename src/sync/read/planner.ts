import { columnOf, type FieldMap } from "../../plugins/fields.js";
import type { ChildDefinition } from "../../plugins/plugin.js";
import { isInQuickBooks } from "../local-changes/local-change.js";
import { entityOf, fieldOf, type Catalog, type Entity } from "./catalog.js";
import { conditionsOn } from "./conditions.js";
import { totalOrder } from "./order.js";
import { edgeKey, positionKey, typeKey, type ListSelection, type PageSelection } from "./selection.js";
import type { ChildSelection, ReferenceSelection, Selection } from "./selection.js";
import { jsonRow, jsonRows, literal, named, type Statement } from "./statement.js";
import { answerOf, rowNameOf, valueOf } from "./values.js";

/** Rows of a statement, and what can be selected of them. */
interface Rows {
  readonly alias: string;
  readonly fields: FieldMap;
  /** SQL of what such rows have beside their declared fields. */
  readonly own: ReadonlyMap<string, string>;
  /** The children that a field shows: what they are, and what holds for those of such a row. */
  readonly children: (field: string) => {
    readonly definition: ChildDefinition;
    readonly where: (alias: string) => string;
  };
  readonly lists?: (selection: ListSelection) => string;
}

/** The records that a page is taken from. */
export interface Listing {
  readonly entity: Entity;
  readonly alias: string;
  readonly from: string;
  readonly where: readonly string[];
  /** The child rows through which the list goes, where its edges show them. */
  readonly edge?: { readonly alias: string; readonly fields: FieldMap };
  /** SQL of the total where it need not be counted. */
  readonly total?: string | undefined;
}

/** Turns selections into SQL. Every part is a subquery of the row above it, so a whole tree is one statement. */
export class Planner {
  constructor(
    private readonly catalog: Catalog,
    private readonly statement: Statement,
  ) {}

  /** The columns of a record of `entity` known by `alias`. */
  record(entity: Entity, alias: string, selection: Selection): readonly string[] {
    const rows: Rows = {
      alias,
      fields: entity.fields,
      own: new Map([
        ["id", `${alias}.id`],
        // A record that only exists here has an id of its own there, by which others refer to it.
        ["quickbooksId", `CASE WHEN ${isInQuickBooks(alias)} THEN ${alias}.quickbooks_id END`],
        ["connectionId", `${alias}.connection_id`],
        ["raw", `${alias}.raw::text`],
      ]),
      children: (field) => {
        const definition = childOf(entity, field);
        const outermost = definition.nesting === undefined ? "" : " AND NOT ";
        return { definition, where: (row) => `${row}.record_id = ${alias}.id${outermost}${isInside(definition, row)}` };
      },
      lists: (list) => this.inverse(entity, alias, list),
    };
    return this.columns(rows, selection);
  }

  /** A page of a list, as a JSON object: its rows in `parts` that follow each other, and the `total` where it is asked for. */
  page(list: Listing, page: PageSelection): string {
    const { catalog, statement } = this;
    const { entity, alias, from, edge } = list;
    const where = [...list.where, ...conditionsOn({ catalog, entity, alias }, page.conditions, statement)];
    const keys = [{ column: `${alias}.id`, type: "uuid" }];
    if (edge !== undefined) keys.push({ column: `${edge.alias}.position`, type: "integer" });
    const order = totalOrder(entity.fields, alias, page.order, keys);
    const columns = [...this.record(entity, alias, page.record), named(order.position, positionKey)];
    if (edge !== undefined) columns.push(named(jsonRow(answers(edge, page.edgeFields)), edgeKey));
    const parts = page.after === undefined ? ["true"] : order.behind(page.after, statement);
    const rows = parts.map((part) => {
      const wanted = [...where, part].join(" AND ");
      return jsonRows(columns, `${from} WHERE ${wanted} ORDER BY ${order.by} LIMIT ${page.first + 1}`);
    });
    const total = list.total ?? `(SELECT count(*) ${from} WHERE ${where.join(" AND ")})`;
    return `json_build_object('parts', json_build_array(${rows.join(", ")})${page.withTotal ? `, 'total', ${total}` : ""})`;
  }

  private columns(rows: Rows, { fields, references, children, lists }: Selection): readonly string[] {
    const own = fields.flatMap((name) => {
      const expression = rows.own.get(name);
      return expression === undefined ? [] : [named(expression, name)];
    });
    return [
      ...own,
      ...answers(
        rows,
        fields.filter((name) => !rows.own.has(name)),
      ),
      ...references.map((reference) => named(this.reference(rows, reference), reference.field)),
      ...children.map((child) => named(this.children(rows, child), child.field)),
      ...lists.map((list) => named(rows.lists?.(list) ?? "NULL", list.key)),
    ];
  }

  private reference({ alias, fields }: Rows, { field, targets }: ReferenceSelection): string {
    const declaration = fieldOf(fields, field);
    const column = `${alias}.${columnOf(field, declaration)}`;
    const target = declaration.reference?.target;
    const referred = Object.entries(targets).map(([name, selection]) => {
      const entity = entityOf(this.catalog, name);
      const row = this.statement.alias();
      const type = typeof target === "string" ? [] : [named(literal(name), typeKey)];
      const columns = [...type, ...this.record(entity, row, selection)];
      const value = jsonRow(
        columns,
        `FROM ${entity.plugin.table} ${row} WHERE ${pointsAt(`${row}.quickbooks_id`, column, row, alias)}`,
      );
      return { name, value };
    });
    if (referred.length === 0) return "NULL::json";
    if (target === undefined || typeof target === "string") return referred.map(({ value }) => value).join();
    const cases = referred.map(({ name, value }) => `WHEN ${literal(name)} THEN ${value}`);
    return `CASE ${valueOf(target.typeField, fieldOf(fields, target.typeField), alias)} ${cases.join(" ")} END`;
  }

  private children(parent: Rows, { field, rows: selection }: ChildSelection): string {
    const alias = this.statement.alias();
    const { definition, where } = parent.children(field);
    const rows: Rows = {
      alias,
      fields: definition.fields,
      own: new Map([
        ["id", `${alias}.record_id || ':' || ${rowNameOf(definition, alias)}`],
        ["position", `${alias}.position`],
      ]),
      children: () => ({
        definition,
        where: (row) => `${row}.record_id = ${alias}.record_id AND ${isInside(definition, row, `${alias}.position`)}`,
      }),
    };
    const source = `FROM ${definition.table} ${alias} WHERE ${where(alias)} ORDER BY ${alias}.position`;
    return jsonRows([...variantOf(definition, alias), ...this.columns(rows, selection)], source);
  }

  private inverse(entity: Entity, alias: string, { field, page }: ListSelection): string {
    const list = entity.lists.get(field);
    if (list === undefined) throw new Error(`${entity.plugin.name} has no list named ${field}.`);
    const { reference, through } = list;
    const referring = entityOf(this.catalog, list.entity);
    const rows = this.statement.alias();
    const refer = (row: string): readonly string[] => {
      const { target, column, among } = reference;
      const points = pointsAt(`${row}.${column}`, `${alias}.quickbooks_id`, row, alias);
      if (typeof target === "string") return [points];
      return [
        points,
        `${valueOf(target.typeField, fieldOf(among, target.typeField), row)} = ${literal(entity.plugin.name)}`,
      ];
    };
    const from = `FROM ${referring.plugin.table} ${rows}`;
    if (through === undefined) return this.page({ entity: referring, alias: rows, from, where: refer(rows) }, page);
    const { child, edgeFields } = through;
    const edge = { alias: this.statement.alias(), fields: child.fields };
    if (edgeFields.length > 0) {
      const joined = `FROM ${child.table} ${edge.alias} JOIN ${referring.plugin.table} ${rows} ON ${rows}.id = ${edge.alias}.record_id`;
      return this.page({ entity: referring, alias: rows, from: joined, where: refer(edge.alias), edge }, page);
    }
    const records = `SELECT ${edge.alias}.record_id FROM ${child.table} ${edge.alias} WHERE ${refer(edge.alias).join(" AND ")}`;
    return this.page({ entity: referring, alias: rows, from, where: [`${rows}.id IN (${records})`] }, page);
  }
}

/** Ids are QuickBooks' own: they mean something within one company's epoch only. */
function pointsAt(left: string, right: string, row: string, other: string): string {
  return `${left} = ${right} AND ${row}.connection_id = ${other}.connection_id AND ${row}.epoch = ${other}.epoch`;
}

function answers({ fields, alias }: Pick<Rows, "fields" | "alias">, names: readonly string[]): readonly string[] {
  return names.map((name) => named(answerOf(name, fieldOf(fields, name), alias), name));
}

function childOf({ plugin }: Entity, field: string): ChildDefinition {
  const definition = plugin.children[field];
  if (definition === undefined) throw new Error(`${plugin.name} has no children named ${field}.`);
  return definition;
}

/** Whether a child row stands inside another: inside the one at `position`, where one is given. */
function isInside({ nesting, fields }: ChildDefinition, alias: string, position?: string): string {
  if (nesting === undefined) return "";
  const parent = valueOf(nesting.parentPosition, fieldOf(fields, nesting.parentPosition), alias);
  return position === undefined ? `(${parent} IS NOT NULL)` : `${parent} = ${position}`;
}

/** The column that tells a child row's type, where there are several. */
function variantOf({ variants, fields }: ChildDefinition, alias: string): readonly string[] {
  if (variants === undefined) return [];
  const kind = valueOf(variants.discriminator, fieldOf(fields, variants.discriminator), alias);
  const types = Object.entries(variants.types).map(([name, { type }]) => `WHEN ${literal(name)} THEN ${literal(type)}`);
  return [named(`CASE ${kind} ${types.join(" ")} END`, typeKey)];
}
