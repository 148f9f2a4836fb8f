import { isObject } from "../company/input.js";
import type { Books } from "../company/books.js";
import type { Row } from "../company/table.js";
import { idOf, isFields, textOf } from "../company/value.js";
import type { Value } from "../company/value.js";
import type { Json } from "./request.js";

const lines = ["Line1", "Line2", "Line3", "Line4", "Line5"];
const parts = [...lines, "City", "CountrySubDivisionCode", "PostalCode", "Country"];

function isAsBefore(sent: Json, before: Value | undefined): boolean {
  return parts.every((part) => (sent[part] ?? undefined) === (isFields(before) ? before[part] : undefined));
}

/** Names, lines, and the place in a line of its own. */
function freeLines(sent: Json, customer: Row | undefined): Json {
  const text = (part: string): string => {
    const value = sent[part];
    return typeof value === "string" ? value : "";
  };
  const region = `${text("CountrySubDivisionCode")}  ${text("PostalCode")}`.trim();
  const place = [text("City"), region].filter((part) => part !== "").join(", ");
  const names = ["DisplayName", "CompanyName"].map((name) => textOf(customer?.fields[name]) ?? "");
  const all = [...new Set([...names, ...lines.map(text), place])].filter((line) => line !== "");
  return Object.fromEntries(all.slice(0, lines.length).map((line, index) => [`Line${String(index + 1)}`, line]));
}

/**
 * The fields of an update of a transaction with every address that it changes in free lines: customer, company, lines, place; city and the
 * like are no parts of it any more (Invoice reference).
 */
export function withFreeAddresses(books: Books, row: Row, fields: Json): Json {
  const customer = books.find("Customer", idOf(row.fields["CustomerRef"]) ?? "");
  const changed = ["BillAddr", "ShipAddr"].flatMap((name) => {
    const sent = fields[name];
    if (!isObject(sent) || isAsBefore(sent, row.fields[name])) return [];
    return [[name, freeLines(sent, customer)] as const];
  });
  return { ...fields, ...Object.fromEntries(changed) };
}
