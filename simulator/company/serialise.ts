import type { Entity } from "../entities/definition.js";
import type { Row, Way } from "./table.js";
import { write } from "./value.js";
import type { NameOf } from "./value.js";

/** The names in use, and a number that grows whenever one changes, so that written records know when they are out of date. */
export interface Names {
  readonly version: number;
  readonly nameOf: NameOf;
}

/**
 * The record as QuickBooks serves it in that way, as the bytes of its JSON. They are kept with the record until it or a name changes:
 * outside the heap, so that a hundred thousand records burden no garbage collection.
 */
export function recordBytes(entity: Entity, row: Row, way: Way, names: Names): Buffer {
  const known = row.written[way];
  if (known?.names === names.version) return known.bytes;
  let text = "";
  for (const field of entity.fields) {
    if (field.ways?.includes(way) === false) continue;
    const value = field.shown ? field.shown(row) : row.fields[field.name];
    if (value !== undefined) text += `${text === "" ? "{" : ","}"${field.name}":${write(value, names.nameOf)}`;
  }
  const bytes = Buffer.from(`${text}}`);
  row.written[way] = { bytes, names: names.version };
  return bytes;
}
