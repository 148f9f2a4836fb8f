import type { Row } from "../read/selection.js";

/** A column of a CSV file: its name, and how its value is taken from a row. */
export interface Column {
  readonly name: string;
  /** Whether somebody may have typed it: only such a value can be a formula, and a number must stay one. */
  readonly isTyped: boolean;
  readonly valueOf: (row: Row) => unknown;
}

/** What spreadsheets take for the beginning of a formula, in both widths (https://owasp.org/www-community/attacks/CSV_Injection). */
const formula = /^[=+\-@\t\r\n＝＋－＠]/;

/** The first line of a file: its columns' names. */
export const headerOf = (columns: readonly Column[]): string => lineOf(columns.map(({ name }) => name));

/** A row as a line by RFC 4180. */
export function csvLine(columns: readonly Column[], row: Row): string {
  return lineOf(
    columns.map(({ isTyped, valueOf }) => {
      const text = textOf(valueOf(row));
      return isTyped && text !== null && formula.test(text) ? `'${text}` : text;
    }),
  );
}

const lineOf = (cells: readonly (string | null)[]): string => `${cells.map(cellOf).join(",")}\r\n`;

/** Nothing is an empty cell, and an empty text an empty pair of quotes. */
function cellOf(text: string | null): string {
  if (text === null) return "";
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A list of texts stands line by line, any other structure as JSON. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("\n");
  return JSON.stringify(value);
}
