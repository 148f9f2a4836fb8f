import { sha256 } from "../foundation/ids.js";
import { badUserInput } from "./errors.js";

/** Where pages of lists begin and how long they are. */

export const defaultPageSize = 20;
export const largestPage = 100;

/** How many entries are asked for. Throws BAD_USER_INPUT with the reason PAGE_SIZE outside of 1 to 100. */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? defaultPageSize;
  if (size >= 1 && size <= largestPage) return size;
  throw badUserInput(`\`first\` is ${size}; ask for 1 to ${largestPage} entries, and for the rest with \`after\`.`, {
    field: "first",
    reason: "PAGE_SIZE",
  });
}

/** Values of the columns a list is ordered by, as text, of the entry that a page ends with. */
export type Position = readonly (string | null)[];

const cursorVersion = 1;

/** What cursors of this list are bound to: anything that says which list it is, how ordered, and of what it consists. */
export function bindingOf(list: unknown): string {
  return sha256(JSON.stringify(list)).slice(0, 16);
}

export function encodeCursor(binding: string, position: Position): string {
  return Buffer.from(JSON.stringify([cursorVersion, binding, ...position])).toString("base64url");
}

/**
 * The position that a cursor names. Its values come from the client: `fits` tells which can be compared with the columns.
 * Throws BAD_USER_INPUT with the reason INVALID_CURSOR where the cursor is malformed or belongs to another list, order or
 * filter.
 */
export function decodeCursor(
  after: string,
  binding: string,
  fits: readonly ((value: string | null) => boolean)[],
): Position {
  const [version, bound, ...values] = parseList(Buffer.from(after, "base64url").toString());
  const position = values.filter((value) => value === null || typeof value === "string");
  const isWhole = position.length === values.length && position.length === fits.length;
  if (version === cursorVersion && bound === binding && isWhole && encodeCursor(binding, position) === after) {
    if (fits.every((fit, index) => fit(position[index] ?? null))) return position;
  }
  throw badUserInput(
    "`after` is no cursor of this list with this order and filter. Leave it out to begin at the first page.",
    { field: "after", reason: "INVALID_CURSOR" },
  );
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    // Not JSON is one more way of not being a cursor.
    return [];
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isUuid(value: string | null): boolean {
  return value !== null && uuid.test(value);
}
