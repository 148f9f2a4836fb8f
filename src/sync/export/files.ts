import { z } from "zod";
import type { ExportFormat } from "../../generated/prisma/enums.js";
import type { Row } from "../read/selection.js";
import { csvLine, headerOf } from "./csv.js";
import { recordKey } from "./records.js";
import type { ExportList, ExportTable } from "./table.js";

/** A file of an export: what is in it, and how a row is written. */
export interface ExportFile {
  /** What it is called among the files of its export; an export of one file has no name for it. */
  readonly name: string | undefined;
  readonly downloadName: string;
  readonly contentType: string;
  readonly tables: readonly ExportTable[];
  readonly head: string;
  /** The lines that records become, each a JSON object's text. */
  linesOf(records: readonly string[]): readonly string[];
  /** What stands at the end, in formats that have a place for it. */
  foot(end: object): string;
}

/** NDJSON is one file, so that all of it is of one instant; CSV one per table. */
export function filesOf(format: ExportFormat, tables: readonly ExportTable[]): readonly ExportFile[] {
  if (format === "NDJSON") return [ndjson(tables)];
  return tables.flatMap((table) => [csv(table), ...table.lists.map((list) => csvOfList(table, list))]);
}

function ndjson(tables: readonly ExportTable[]): ExportFile {
  return {
    name: undefined,
    downloadName: "export.ndjson",
    contentType: "application/x-ndjson; charset=utf-8",
    tables,
    head: "",
    // PostgreSQL puts line breaks between the elements of lists; those in texts are escaped.
    linesOf: (records) => records.map((record) => `${record.replaceAll("\n", "")}\n`),
    foot: (end) => `${JSON.stringify({ __typename: "ExportEnd", ...end })}\n`,
  };
}

const csvType = "text/csv; charset=utf-8; header=present";

function csv(table: ExportTable): ExportFile {
  const { name, columns } = table;
  return {
    name,
    downloadName: `${name}.csv`,
    contentType: csvType,
    tables: [table],
    head: headerOf(columns),
    linesOf: (records) => records.map((record) => csvLine(columns, rowOf(record))),
    foot: () => "",
  };
}

function csvOfList(table: ExportTable, { field, columns }: ExportList): ExportFile {
  const name = `${table.name}.${field}`;
  return {
    ...csv(table),
    name,
    downloadName: `${name}.csv`,
    head: headerOf(columns),
    linesOf: (records) =>
      records.map(rowOf).flatMap((record) => {
        return rows.parse(record[field]).map((row) => csvLine(columns, { ...row, [recordKey]: record }));
      }),
  };
}

const row = z.record(z.string(), z.unknown());
const rows = z.array(row);
/** Exact numbers stand in it as text, so nothing is lost by parsing. */
const rowOf = (record: string): Row => row.parse(JSON.parse(record));
