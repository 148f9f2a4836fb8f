import type { Field, FieldMap } from "../../plugins/fields.js";
import type { ChildDefinition } from "../../plugins/plugin.js";
import { isInQuickBooks } from "../local-changes/local-change.js";
import type { Entity } from "../read/catalog.js";
import { companies, type Asking } from "../read/reader.js";
import type { Row } from "../read/selection.js";
import { jsonRow, jsonRows, literal, named, Statement } from "../read/statement.js";
import { answers } from "../read/values.js";
import type { Column } from "./csv.js";
import { globalIdOf, type ExportTable } from "./table.js";

/**
 * All records of an entity that QuickBooks has, or had, in the company's present life: every declared field, a reference as QuickBooks'
 * id of the record, and the rows inside in their order.
 */
export function recordTable(
  { plugin, fields }: Entity,
  asking: Pick<Asking, "reach" | "at">,
  connectionId: string,
): ExportTable {
  const statement = new Statement();
  const company = companies(statement, asking, connectionId);
  const alias = statement.alias();
  const columns = [
    named(literal(plugin.name), "__typename"),
    named(globalIdOf(plugin.name, `${alias}.id`), "id"),
    ...answers(fields, alias),
    ...Object.entries(plugin.children).map(([field, child]) => named(rowsOf(child, alias, statement), field)),
  ];
  const wanted = `${alias}.connection_id = company.id AND ${alias}.epoch = company.epoch AND ${isInQuickBooks(alias)}`;
  return {
    type: plugin.name,
    name: plugin.plural,
    text: `SELECT ${jsonRow(columns)}::text AS record ${company} JOIN ${plugin.table} ${alias} ON ${wanted}`,
    values: statement.values,
    columns: [plain("id"), ...columnsOf(fields)],
    lists: Object.entries(plugin.children).map(([field, child]) => ({
      field,
      columns: [...recordOfRow, plain("position"), ...columnsOf(child.fields)],
    })),
  };
}

function rowsOf({ table, fields }: ChildDefinition, record: string, statement: Statement): string {
  const alias = statement.alias();
  const columns = [named(`${alias}.position`, "position"), ...answers(fields, alias)];
  return jsonRows(columns, `FROM ${table} ${alias} WHERE ${alias}.record_id = ${record}.id ORDER BY ${alias}.position`);
}

/** Which record a row inside belongs to, and in which version of it. */
const recordOfRow = [
  { name: "recordId", isTyped: false, valueOf: (row: Row) => recordOf(row)["id"] },
  { name: "recordQuickbooksId", isTyped: false, valueOf: (row: Row) => recordOf(row)["quickbooksId"] },
  { name: "recordVersion", isTyped: false, valueOf: (row: Row) => recordOf(row)["version"] },
] as const satisfies readonly Column[];

/** Under this key a row inside finds its record when it is written as a line of its own. */
export const recordKey = "@record";
const recordOf = (row: Row): Row => partOf(row, recordKey);

const columnsOf = (fields: FieldMap): Column[] => Object.entries(fields).flatMap(([name, field]) => cells(name, field));

/** One column per value: amounts and addresses are several. */
function cells(name: string, { kind }: Field): Column[] {
  const isTyped = kind === "TEXT" || kind === "ADDRESS" || kind === "REFERENCE";
  const inner = kind === "MONEY" ? ["amount", "currency"] : kind === "ADDRESS" ? addressParts : [];
  if (inner.length === 0) return [{ ...plain(name), isTyped }];
  return inner.map((part) => ({ name: `${name}.${part}`, isTyped, valueOf: (row) => partOf(row, name)[part] }));
}

const addressParts = ["lines", "city", "region", "postalCode", "country"];

function partOf(row: Row, name: string): Row {
  const value = row[name];
  return typeof value === "object" && value !== null ? { ...value } : {};
}

const plain = (name: string): Column => ({ name, isTyped: false, valueOf: (row) => row[name] });
