import { z } from "zod";
import { localIdInJson } from "./local-change.js";
import type { Field, FieldMap } from "../../plugins/fields.js";
import { plainDecimal } from "../../plugins/payload.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values, WriteProblem } from "../../plugins/writes.js";

/** What is checked of values by the declarations of their fields alone, whatever the entity. */

/** Most characters of a text that has no limit of its own, and of a line of an address (QuickBooks' PhysicalAddress). */
const longestText = 4_000;
const longestAddressPart = 500;
const addressLines = 5;
/** Rows of one list: QuickBooks takes no longer transactions than this. */
const longestList = 1_000;

/** The normal form of what was given: empty texts are null, numbers have their shortest text. */
export function normalValues(plugin: EntityPlugin, values: Values): Values {
  return mapValues(values, (value, path) => {
    const child = plugin.children[path];
    if (child === undefined) return normalValue(plugin.fields[path], value);
    if (!Array.isArray(value)) return value ?? [];
    return rowsOf(value).map((row) => mapValues(row, (cell, key) => normalValue(child.fields[key], cell)));
  });
}

function normalValue(field: Field | undefined, value: unknown): unknown {
  if (value === undefined || value === "") return null;
  const isNumber = field?.kind === "DECIMAL" || field?.kind === "MONEY";
  return isNumber && (typeof value === "string" || typeof value === "number") ? (plainDecimal(value) ?? value) : value;
}

/** What is wrong with the values that are given, each by itself. */
export function valueProblems(plugin: EntityPlugin, operation: "CREATE" | "UPDATE", values: Values): WriteProblem[] {
  return Object.entries(values).flatMap(([path, value]) => {
    const child = plugin.children[path];
    if (child === undefined) return fieldProblems(plugin.fields, operation, path, value, "");
    if (child.edit === undefined || !Array.isArray(value)) return [{ path, message: "This list cannot be edited." }];
    if (value.length > longestList) return [{ path, message: `Give at most ${String(longestList)} rows.` }];
    const along = new Set([...(child.edit.id === undefined ? [] : [child.edit.id]), ...(child.edit.along ?? [])]);
    return rowsOf(value).flatMap((row, index) =>
      Object.entries(row)
        .filter(([key]) => !along.has(key))
        .flatMap(([key, cell]) => fieldProblems(child.fields, operation, key, cell, `${path}.${String(index)}.`)),
    );
  });
}

function fieldProblems(
  fields: FieldMap,
  operation: "CREATE" | "UPDATE",
  key: string,
  value: unknown,
  prefix: string,
): WriteProblem[] {
  const field = fields[key];
  const path = `${prefix}${key}`;
  if (field?.edit === undefined) return [{ path, message: "This cannot be edited." }];
  if (prefix === "" && field.edit.on !== undefined && field.edit.on !== operation) {
    const when = field.edit.on === "CREATE" ? "when the record is created" : "once the record exists";
    return [{ path, message: `This can only be given ${when}: leave it out.` }];
  }
  const message = value === null ? undefined : misfit(field, value);
  return message === undefined ? [] : [{ path, message }];
}

/** What a new record, a cleared field or a row lacks. */
export function missingProblems(plugin: EntityPlugin, operation: "CREATE" | "UPDATE", values: Values): WriteProblem[] {
  const lacks = (path: string): boolean =>
    operation === "CREATE" ? (values[path] ?? null) === null : path in values && (values[path] ?? null) === null;
  const fields = Object.entries(plugin.fields)
    .filter(([path, { edit }]) => edit?.required === true && lacks(path))
    .map(([path, { label }]) => ({ path, message: `${label} is missing: every record has one.` }));
  const lists = Object.entries(plugin.children).flatMap(([path, { edit, fields: cells }]) => {
    const rows = Array.isArray(values[path]) ? rowsOf(values[path]) : [];
    const isEmpty = edit?.required === true && rows.length === 0 && (operation === "CREATE" || path in values);
    if (isEmpty) return [{ path, message: "Give at least one row." }];
    return rows.flatMap((row, index) =>
      Object.entries(cells)
        .filter(([key, cell]) => cell.edit?.required === true && (row[key] ?? null) === null)
        .map(([key, cell]) => ({ path: `${path}.${String(index)}.${key}`, message: `${cell.label} is missing.` })),
    );
  });
  return [...fields, ...lists];
}

const day = z.iso.date();
const instant = z.iso.datetime({ offset: true });
const addressPart = z.string().nullable();
const address = z.object({
  lines: z.array(z.string()).max(addressLines),
  city: addressPart,
  region: addressPart,
  postalCode: addressPart,
  country: addressPart,
});

/** Why a field cannot hold a value; undefined where it can. */
function misfit(field: Field, value: unknown): string | undefined {
  switch (field.kind) {
    case "BOOLEAN":
      return typeof value === "boolean" ? undefined : "Give true or false.";
    case "INTEGER":
      return z.int32().safeParse(value).success ? undefined : "Give a whole number.";
    case "DECIMAL":
    case "MONEY":
      return numberMisfit(field, value);
    case "DATE":
      return day.safeParse(value).success ? undefined : "Give a date such as 2026-01-31.";
    case "TIMESTAMP":
      return instant.safeParse(value).success ? undefined : "Give an instant such as 2026-01-31T09:30:00Z.";
    case "ADDRESS":
      return addressMisfit(value);
    case "ENUM":
    case "TEXT":
    case "REFERENCE":
      return textMisfit(field, value);
  }
}

function numberMisfit({ edit }: Field, value: unknown): string | undefined {
  const plain = typeof value === "string" ? plainDecimal(value) : undefined;
  if (plain === undefined) return "Give a number.";
  const [whole = "", fraction = ""] = plain.replace("-", "").split(".");
  if (whole.length > 20) return "Give a number of at most 20 digits before the point.";
  const decimals = edit?.decimals ?? 16;
  if (fraction.length > decimals) return `Give at most ${String(decimals)} decimals: numbers are never rounded.`;
  return edit?.least !== undefined && isLess(plain, edit.least) ? `Give at least ${edit.least}.` : undefined;
}

/** Compares plain decimal texts exactly. */
function isLess(left: string, right: string): boolean {
  const decimals = Math.max(...[left, right].map((each) => each.split(".")[1]?.length ?? 0));
  const scaled = (text: string): bigint => {
    const [whole = "0", fraction = ""] = text.split(".");
    return BigInt(`${whole}${fraction.padEnd(decimals, "0")}`);
  };
  return scaled(left) < scaled(right);
}

function addressMisfit(value: unknown): string | undefined {
  const parsed = address.safeParse(value);
  if (!parsed.success) return `Give an address of at most ${String(addressLines)} lines.`;
  const { lines, ...parts } = parsed.data;
  const texts = [...lines, ...Object.values(parts)].flatMap((part) => part ?? []);
  return texts.map((part) => plainTextMisfit(part, { longest: longestAddressPart })).find((each) => each !== undefined);
}

function textMisfit({ edit, enumeration, reference }: Field, value: unknown): string | undefined {
  if (typeof value !== "string") return reference === undefined ? "Give a text." : "Give the id of a record.";
  const choices = edit?.oneOf ?? (enumeration && Object.keys(enumeration.values));
  if (choices !== undefined && !choices.includes(value)) return `Give one of: ${choices.join(", ")}.`;
  const isReserved = reference === undefined && new RegExp(`^${localIdInJson}$`).test(JSON.stringify(value));
  return isReserved ? reserved : plainTextMisfit(value, edit ?? {});
}

/** Whoever reads edits takes such a text for a reference. */
const reserved = "A text of this form stands for a new record here: add a word to it.";

/** C0 and C1 control characters, and the delete character. */
const control = /[\u0000-\u001f\u007f-\u009f]/;
const controlInLines = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

function plainTextMisfit(
  value: string,
  { longest = longestText, forbidden = "", multiline = false }: NonNullable<Field["edit"]>,
): string | undefined {
  if (!value.isWellFormed()) return "The text holds half of a character (a lone surrogate): give it anew.";
  if ((multiline ? controlInLines : control).test(value)) {
    return multiline ? "Leave out control characters." : "Leave out tabs, line breaks and other control characters.";
  }
  const refused = Array.from(forbidden).find((character) => value.includes(character));
  if (refused !== undefined) return `QuickBooks refuses "${refused}" here: leave it out.`;
  const length = value.length;
  return length > longest
    ? `This is ${String(length)} characters long, and ${String(longest)} are the most: shorten it.`
    : undefined;
}

const rowsOf = (value: readonly unknown[]): Values[] =>
  value.map((row) => (typeof row === "object" && row !== null ? { ...row } : {}));

const mapValues = (values: Values, map: (value: unknown, key: string) => unknown): Values =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]));
