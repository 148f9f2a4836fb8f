import { columnOf, type FieldMap } from "../../plugins/fields.js";
import type { ChildDefinition } from "../../plugins/plugin.js";
import { isInQuickBooks } from "../local-changes/local-change.js";
import { entityOf, fieldOf, type Catalog, type Entity } from "./catalog.js";
import { conditionsOn } from "./conditions.js";
import { totalOrder } from "./order.js";
import type { Source } from "./source.js";
import { isInside, variantOf } from "./child-rows.js";
import { edgeKey, positionKey, typeKey, type ListSelection, type PageSelection } from "./selection.js";
import type { ChildSelection, ReferenceSelection, Selection } from "./selection.js";
import { jsonRow, jsonRows, literal, named, type Statement } from "./statement.js";
import { answers, rowNameOf, valueOf } from "./values.js";

/** Rows of a statement, and what can be selected of them. */
interface Rows {
  readonly alias: string;
  readonly fields: FieldMap;
  /** SQL of what such rows have beside their declared fields. */
  readonly own: ReadonlyMap<string, string>;
  /** The children that a field shows: what they are, SQL of the id of their record, and what else holds for those of such a row. */
  readonly children: (field: string) => {
    readonly entity: Entity;
    readonly definition: ChildDefinition;
    readonly recordId: string;
    readonly inside: (alias: string) => readonly string[];
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
    private readonly source: Source,
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
        const isOutermost = (row: string): readonly string[] =>
          definition.nesting === undefined ? [] : [`NOT ${isInside(definition, row)}`];
        return { entity, definition, recordId: `${alias}.id`, inside: isOutermost };
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
    if (edge !== undefined) columns.push(named(jsonRow(answers(edge.fields, edge.alias, page.edgeFields)), edgeKey));
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
        rows.fields,
        rows.alias,
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
      const { from, where } = this.source.records(entity.plugin, row, { column: "quickbooks_id", equals: column });
      const wanted = [pointsAt(`${row}.quickbooks_id`, column, row, alias), ...where].join(" AND ");
      const value = jsonRow(columns, `FROM ${from} WHERE ${wanted}`);
      return { name, value };
    });
    if (referred.length === 0) return "NULL::json";
    if (target === undefined || typeof target === "string") return referred.map(({ value }) => value).join();
    const cases = referred.map(({ name, value }) => `WHEN ${literal(name)} THEN ${value}`);
    return `CASE ${valueOf(target.typeField, fieldOf(fields, target.typeField), alias)} ${cases.join(" ")} END`;
  }

  private children(parent: Rows, { field, rows: selection }: ChildSelection): string {
    const alias = this.statement.alias();
    const { entity, definition, recordId, inside } = parent.children(field);
    const rows: Rows = {
      alias,
      fields: definition.fields,
      own: new Map([
        ["id", `${alias}.record_id || ':' || ${rowNameOf(definition, alias)}`],
        ["position", `${alias}.position`],
      ]),
      children: () => ({
        entity,
        definition,
        recordId: `${alias}.record_id`,
        inside: (row) => [isInside(definition, row, `${alias}.position`)],
      }),
    };
    const { from, where } = this.source.rows(entity.plugin, definition, alias, {
      column: "record_id",
      equals: recordId,
    });
    const wanted = [`${alias}.record_id = ${recordId}`, ...inside(alias), ...where].join(" AND ");
    const source = `FROM ${from} WHERE ${wanted} ORDER BY ${alias}.position`;
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
    const key = { column: reference.column, equals: `${alias}.quickbooks_id` };
    const listed = { entity: referring, alias: rows };
    if (through === undefined) {
      const { from, where } = this.source.records(referring.plugin, rows, key);
      return this.page({ ...listed, from: `FROM ${from}`, where: [...refer(rows), ...where] }, page);
    }
    const { child, edgeFields } = through;
    const edge = { alias: this.statement.alias(), fields: child.fields };
    const edges = this.source.rows(referring.plugin, child, edge.alias, key);
    const wanted = [...refer(edge.alias), ...edges.where];
    if (edgeFields.length > 0) {
      const byEdge = { column: "id", equals: `${edge.alias}.record_id` };
      const { from, where } = this.source.records(referring.plugin, rows, byEdge);
      const joined = `FROM ${edges.from} JOIN ${from} ON ${rows}.id = ${edge.alias}.record_id`;
      return this.page({ ...listed, from: joined, where: [...wanted, ...where], edge }, page);
    }
    const { from, where } = this.source.records(referring.plugin, rows);
    const records = `SELECT ${edge.alias}.record_id FROM ${edges.from} WHERE ${wanted.join(" AND ")}`;
    return this.page({ ...listed, from: `FROM ${from}`, where: [`${rows}.id IN (${records})`, ...where] }, page);
  }
}

/** Ids are QuickBooks' own: they mean something within one company's epoch only. */
function pointsAt(left: string, right: string, row: string, other: string): string {
  return `${left} = ${right} AND ${row}.connection_id = ${other}.connection_id AND ${row}.epoch = ${other}.epoch`;
}

function childOf({ plugin }: Entity, field: string): ChildDefinition {
  const definition = plugin.children[field];
  if (definition === undefined) throw new Error(`${plugin.name} has no children named ${field}.`);
  return definition;
}
