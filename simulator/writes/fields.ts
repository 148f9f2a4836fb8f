import { isObject } from "../company/input.js";
import type { Entity } from "../entities/definition.js";
import { unknownPropertyOf } from "./faults.js";
import { unknownProperty } from "./properties.js";
import type { Json } from "./request.js";

/** Whether a value clears the field it is given for: QuickBooks takes nothing for absent, and empty text, objects and references for empty. */
function isEmpty(value: unknown): boolean {
  if (value === "") return true;
  return isObject(value) && Object.values(value).every((each) => each === "");
}

/** An address without its empty parts: QuickBooks holds no empty texts. */
function withoutEmptyParts(name: string, value: unknown): unknown {
  if (!name.endsWith("Addr") || !isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== ""));
}

/** A sales line without what QuickBooks works out itself. */
function asSent(line: unknown): unknown {
  const detail = isObject(line) ? line["SalesItemLineDetail"] : undefined;
  if (!isObject(line) || !isObject(detail)) return line;
  const { ItemAccountRef: _, ...heard } = detail;
  return { ...line, SalesItemLineDetail: heard };
}

/**
 * The fields of an app's body that QuickBooks hears, in the way of {@link fieldsFrom}: null clears one. Whatever only QuickBooks writes is passed over;
 * a name cannot be cleared. Throws {@link EditRefused} over a property QuickBooks does not know.
 */
export function heardFields(entity: Entity, body: Json): Json {
  const unknown = unknownProperty(body, entity.name);
  if (unknown) throw unknownPropertyOf(unknown.object, unknown.property, unknown.count);
  const heard = new Set(entity.fields.filter(({ writable }) => writable === true).map(({ name }) => name));
  const sent = Object.entries(body).filter(([name, value]) => heard.has(name) && value !== null && value !== undefined);
  return Object.fromEntries(
    sent.map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.map(asSent)];
      return [name, isEmpty(value) && name !== entity.nameField ? null : withoutEmptyParts(name, value)];
    }),
  );
}
