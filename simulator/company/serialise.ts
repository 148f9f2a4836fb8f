import type { Entity } from "../entities/definition.js";
import type { Row, Way } from "./table.js";
import { write } from "./value.js";
import type { NameOf } from "./value.js";

/** The names in use, and a number that grows whenever one changes, so that written records know when they are out of date. */
export interface Names {
  readonly version: number;
  readonly nameOf: NameOf;
}

/** The record as QuickBooks serves it in that way, in the text of JSON. The text is kept with the record until it or a name changes. */
export function recordText(entity: Entity, row: Row, way: Way, names: Names): string {
  const known = row.written[way];
  if (known?.names === names.version) return known.text;
  let text = "";
  for (const field of entity.fields) {
    if (field.way !== undefined && field.way !== way) continue;
    const value = field.shown ? field.shown(row) : row.fields[field.name];
    if (value !== undefined) text += `${text === "" ? "{" : ","}"${field.name}":${write(value, names.nameOf)}`;
  }
  text += "}";
  row.written[way] = { text, names: names.version };
  return text;
}
