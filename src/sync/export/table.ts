import { literal } from "../read/statement.js";
import type { Column } from "./csv.js";

/** Rows of one kind, as an export gives them. */
export interface ExportTable {
  /** The GraphQL type of a row. */
  readonly type: string;
  /** What its file is called. */
  readonly name: string;
  /** SQL that gives `record`: the row as the text of a JSON object, every exact number in it as text (I14). */
  readonly text: string;
  readonly values: unknown[];
  /** The row as a line of CSV. */
  readonly columns: readonly Column[];
  /** Lists inside a row: in CSV a file each. */
  readonly lists: readonly ExportList[];
}

export interface ExportList {
  /** The key that holds it. */
  readonly field: string;
  readonly columns: readonly Column[];
}

/** SQL of a global id, as the schema writes it: base64url of the type and our own id. */
export function globalId(type: string, id: string): string {
  const text = `convert_to(${type} || ':' || ${id}, 'UTF8')`;
  return `translate(encode(${text}, 'base64'), '+/=' || chr(10), '-_')`;
}

export const globalIdOf = (type: string, id: string): string => globalId(literal(type), id);
