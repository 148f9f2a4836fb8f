import { columnOf, type Field, type FieldKind, type FieldMap } from "../../plugins/fields.js";
import type { EntityPlugin } from "../../plugins/plugin.js";

/** A column, the SQL type its values arrive in, and the key of the mapped row that holds them. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly key: string;
}

const sqlTypes = {
  TEXT: "text",
  INTEGER: "integer",
  DECIMAL: "numeric",
  BOOLEAN: "boolean",
  DATE: "date",
  TIMESTAMP: "timestamptz",
  MONEY: "numeric",
  ENUM: "text",
  ADDRESS: "jsonb",
  REFERENCE: "text",
} as const satisfies Record<FieldKind, string>;

/** What every record has, whatever its entity; keyed by the names of `StoredColumns`. */
const recordColumns = [
  { name: "quickbooks_id", type: "text", key: "quickbooksId" },
  { name: "sync_token", type: "integer", key: "syncToken" },
  { name: "state", type: '"RecordState"', key: "state" },
  { name: "created_in_quickbooks_at", type: "timestamptz", key: "createdInQuickBooksAt" },
  { name: "updated_in_quickbooks_at", type: "timestamptz", key: "updatedInQuickBooksAt" },
  { name: "answered_at", type: "timestamptz", key: "answeredAt" },
  { name: "content_hash", type: "bytea", key: "contentHash" },
  { name: "source_hash", type: "bytea", key: "sourceHash" },
] as const satisfies readonly Column[];

/** The values of `recordColumns`, ready for JSON. */
export type RecordValues = Readonly<Record<(typeof recordColumns)[number]["key"], string | number | null>>;

/** The payload travels as the text that QuickBooks sent, so that no digit is lost (I14). */
export const rawColumn = { name: "raw", type: "jsonb", key: "raw" } as const satisfies Column;

export function storedColumns(fields: FieldMap): Column[] {
  return Object.entries(fields)
    .filter(([, field]: [string, Field]) => field.stored)
    .map(([key, field]) => ({ name: columnOf(key, field), type: sqlTypes[field.kind], key }));
}

/** The columns that hold QuickBooks' ids of other records. */
export const referenceColumns = (fields: FieldMap): string[] =>
  storedColumns(fields)
    .filter(({ key }) => fields[key]?.kind === "REFERENCE")
    .map(({ name }) => `"${name}"`);

/** The columns that a save writes from a payload. */
export function payloadColumns(plugin: EntityPlugin): Column[] {
  return [...recordColumns, ...storedColumns(plugin.fields), rawColumn];
}

export const names = (columns: readonly Column[]): string => columns.map(({ name }) => `"${name}"`).join(", ");

/** `r.column, …` of a recordset whose columns are named by their keys. */
export const values = (columns: readonly Column[], alias = "r"): string =>
  columns.map(({ key }) => `${alias}."${key}"`).join(", ");

/** The column definition list of a jsonb_to_recordset. */
export const definitions = (columns: readonly Column[]): string =>
  columns.map(({ key, type }) => `"${key}" ${type}`).join(", ");
