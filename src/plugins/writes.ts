import type { Address } from "./fields.js";

/**
 * What a plugin says of writing to QuickBooks. Pure, like all of the contract: the engine validates what the declarations say,
 * asks the plugin for the rest, compares, sends, and keeps.
 *
 * value     what an editable field holds, in the form in which the mapper gives it; references are QuickBooks ids, lists are whole
 * edit      somebody's new value of one field, beside the value it had when it was edited (its base)
 */

export type WriteOperation = "CREATE" | "UPDATE" | "DEACTIVATE" | "REACTIVATE" | "VOID" | "DELETE";

/** By path: the key of a field, or of a list of children. A list holds rows of the child's editable fields and its id. */
export type Values = Readonly<Record<string, unknown>>;

/** A QuickBooks record or request as an object: numbers of more than 15 digits stand as text (I14). */
export type Payload = Readonly<Record<string, unknown>>;

/** Why something cannot be written; `path` names the field (`lines.0.amount`). The message says what to do. */
export interface WriteProblem {
  readonly path: string;
  readonly message: string;
}

/** What is asked of QuickBooks. The engine adds Id and SyncToken to the body of everything but a create. */
export interface WriteRequest {
  /** Of the address: `operation`, `include`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Payload;
}

/** What goes to QuickBooks. */
export interface Write {
  readonly operation: WriteOperation;
  /** CREATE: all that was given. UPDATE: what was edited, and nothing else. Else empty. */
  readonly values: Values;
  /** The record as it was read by id just before; undefined for a create. */
  readonly current: Payload | undefined;
}

/** What the company's settings forbid or ask for. */
export interface CompanyRules {
  /** `YYYY-MM-DD` by the company's time zone. */
  readonly today: string;
  readonly homeCurrency: string | null;
  readonly isMultiCurrency: boolean;
}

/** What somebody wants, before it is kept. */
export interface WantedWrite {
  readonly operation: WriteOperation;
  /** What was given. */
  readonly values: Values;
  /** All editable values as they will be, with what was given over what there is. */
  readonly result: Values;
  /** The record's mapped row and children as they are, and its payload where it is at hand; undefined for a create. */
  readonly before: { readonly row: Values; readonly children: Values; readonly payload?: Payload } | undefined;
  readonly company: CompanyRules;
  /** The mapped row of a record that the values refer to, with its `state`; undefined where there is none. */
  referenced(entity: string, quickbooksId: string): Values | undefined;
}

/** A mutation of its own that changes a list: `applyPayment` adds rows to `applications`, `unapplyPayment` takes some away. */
export interface ListAction {
  /** The mutation is called by it and the entity's name. */
  readonly verb: string;
  readonly description: string;
  /** The key of a list of children. */
  readonly list: string;
  readonly kind: "ADD" | "REMOVE";
}

export interface EntityWrites {
  readonly operations: readonly WriteOperation[];
  readonly actions?: readonly ListAction[];
  /** The field whose text no two records may share, whatever its capitals; among those with the same value of `within`, where given. */
  readonly unique?: { readonly field: string; readonly within?: string };
  /** The field that holds the date by which closed books are closed to it. */
  readonly dateField?: string;
  /**
   * What was given with all that follows from it (`values` of what is wanted): amounts, the customer's currency, today's date. It is asked
   * for before anything is compared, checked or kept, and gives the same when it is given its own. What was given alone by default.
   */
  readonly complete?: (wanted: WantedWrite) => Values;
  /** What is wrong beyond what the declarations of the fields say. None by default. */
  readonly check?: (wanted: WantedWrite) => readonly WriteProblem[];
  /** What is sent. Sparse or full, lists whole, with all that QuickBooks asks for beside what was edited. */
  readonly request: (write: Write) => WriteRequest;
  /**
   * What a new record will look like, as far as it can be known, so that it can be shown and referred to before QuickBooks has it.
   * Without Id. What only `known` tells, such as the names of parents, is left out where that is not given.
   */
  readonly expected: (values: Values, known?: Known) => Payload;
}

/** What else is known where a record is expected. */
export type Known = Pick<WantedWrite, "company" | "referenced">;

/** The values that say something. A new record has nothing that could be cleared: what is empty is not sent. */
export function given(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
}

/** Problems of what a change would empty and QuickBooks never does; the remedies, by path, say what to give instead. */
export function uncleared(
  { operation, values }: Pick<WantedWrite, "operation" | "values">,
  remedies: Readonly<Record<string, string>>,
): readonly WriteProblem[] {
  const isCleared = (path: string): boolean => path in values && (values[path] === null || values[path] === "");
  if (operation !== "UPDATE") return [];
  return Object.entries(remedies)
    .filter(([path]) => isCleared(path))
    .map(([path, remedy]) => ({ path, message: `QuickBooks does not clear this: ${remedy}.` }));
}

/** How one field stands in a request. `null` clears it. */
export type Property = (value: unknown) => Payload;

/** The body that writes these values. What no property writes is left out: it was meant for something else. */
export function bodyOf(properties: Readonly<Record<string, Property>>, values: Values): Payload {
  const parts = Object.entries(values).map(([path, value]) => properties[path]?.(value) ?? {});
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}

/** A text; QuickBooks clears a field by an empty text, and leaves it alone where null is sent (section 2.4 of its recorded behaviour). */
export const textProperty =
  (name: string): Property =>
  (value) => ({ [name]: typeof value === "string" ? value : "" });

/** A text inside an object, such as `PrimaryPhone.FreeFormNumber`. */
export const innerTextProperty =
  (name: string, inner: string): Property =>
  (value) => ({ [name]: { [inner]: typeof value === "string" ? value : "" } });

export const flagProperty =
  (name: string): Property =>
  (value) =>
    typeof value === "boolean" ? { [name]: value } : {};

/** A reference; an empty id clears it. */
export const referenceProperty =
  (name: string): Property =>
  (value) => ({ [name]: { value: typeof value === "string" ? value : "" } });

/** A date, or another text that cannot be empty. */
export const dateProperty =
  (name: string): Property =>
  (value) => ({ [name]: typeof value === "string" ? value : "" });

/** An exact number, from its text. */
export const numberProperty =
  (name: string): Property =>
  (value) => ({ [name]: typeof value === "string" && value !== "" ? jsonNumber(value) : "" });

/** An address, whole, over what `held` has of it, such as its Id; an empty object clears it. */
export const addressProperty =
  (name: string, held: Payload = {}): Property =>
  (value) => ({ [name]: isAddress(value) ? { ...held, ...addressBody(value) } : {} });

/** The JSON number of a decimal text of at most 15 significant digits; of more, the text itself, as a double would lose some (I14). */
export function jsonNumber(text: string): number | string {
  const digits = text.replace(/[-.]/g, "").replace(/^0+/, "");
  return digits.length <= 15 ? Number(text) : text;
}

function isAddress(value: unknown): value is Address {
  return typeof value === "object" && value !== null && "lines" in value && Array.isArray(value.lines);
}

function addressBody({ lines, city, region, postalCode, country }: Address): Payload {
  const [Line1 = "", Line2 = "", Line3 = "", Line4 = "", Line5 = ""] = lines;
  return {
    ...{ Line1, Line2, Line3, Line4, Line5 },
    City: city ?? "",
    CountrySubDivisionCode: region ?? "",
    PostalCode: postalCode ?? "",
    Country: country ?? "",
  };
}
