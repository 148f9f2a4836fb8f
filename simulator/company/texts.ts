import type { Entity } from "../entities/definition.js";
import { EditRefused, tooLong } from "../entities/refused.js";
import { isFields, isList } from "./value.js";
import type { Fields, Value } from "./value.js";

/** Every text at a path, in all lists on the way. */
function textsAt(value: Value | undefined, path: readonly string[]): readonly string[] {
  if (isList(value)) return value.flatMap((each) => textsAt(each, path));
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === "string" ? [value] : [];
  return isFields(value) ? textsAt(value[name], rest) : [];
}

const emails = ["PrimaryEmailAddr", "BillEmail", "BillEmailCc", "BillEmailBcc"];
const dates = ["TxnDate", "DueDate", "ShipDate", "InvStartDate"];

function isDate(text: string): boolean {
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}

/** Refuses texts that are too long, and what is no e-mail address or date. Source: the entities' references. */
export function checkTexts(entity: Entity, fields: Fields): void {
  for (const [path, most] of Object.entries(entity.lengths ?? {})) {
    const long = textsAt(fields, path.split(".")).find((text) => text.length > most);
    if (long !== undefined) throw tooLong(`${entity.name}.${path}`, long.length, most);
  }
  for (const name of emails) {
    const all = textsAt(fields, [name, "Address"]).flatMap((text) => text.split(","));
    const wrong = all.find((text) => !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text.trim()));
    if (wrong !== undefined)
      throw new EditRefused(`${entity.name}.${name}: "${wrong}" is no e-mail address.`, {
        code: "2210",
        element: name,
        detail: `Email Address Validation Error. Supplied value: ${wrong}`,
      });
  }
  for (const name of dates) {
    const wrong = textsAt(fields, [name]).find((text) => !isDate(text));
    if (wrong !== undefined)
      throw new EditRefused(`${entity.name}.${name}: "${wrong}" is no date; write it as 2026-11-22.`, {
        code: "2060",
        element: name,
        detail: `Invalid Date Format : ${wrong}`,
      });
  }
}
