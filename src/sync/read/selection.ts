import { z } from "zod";

/**
 * What is asked of the mirror, in no query language: a tree of fields, references, children and lists, named as the plugins
 * declare them. Everything in it has been checked; the planner makes one SQL statement of it.
 */
export interface Selection {
  /** Declared fields; of records also `id` (our own), `connectionId` and `raw` (as text), of children `id` and `position`. */
  readonly fields: readonly string[];
  readonly references: readonly ReferenceSelection[];
  readonly children: readonly ChildSelection[];
  readonly lists: readonly ListSelection[];
}

/** One record referred to, whatever its state; null where it is not mirrored. */
export interface ReferenceSelection {
  readonly field: string;
  /** What to read of it, by the entity it turns out to be; only a polymorphic reference has more than one. */
  readonly targets: Readonly<Record<string, Selection>>;
}

/** A record's children in order, or the rows inside a row. A field that a row's variant lacks is null there. */
export interface ChildSelection {
  readonly field: string;
  readonly rows: Selection;
}

/** A page of the records that refer to this one. */
export interface ListSelection {
  readonly field: string;
  /** Under which name the page is answered: one list may be asked for twice with different arguments. */
  readonly key: string;
  readonly page: PageSelection;
}

export interface PageSelection {
  readonly first: number;
  /** Behind which entry the page begins: the values of the order's column, the id, and in lists through children the position. */
  readonly after?: readonly (string | null)[];
  /** What cursors of this list are bound to; the reader only hands it through. */
  readonly binding: string;
  readonly conditions: readonly Condition[];
  readonly order: Order;
  readonly withTotal: boolean;
  readonly record: Selection;
  /** Fields of the child row through which the list goes. */
  readonly edgeFields: readonly string[];
}

export interface Order {
  readonly field: string;
  readonly direction: "ASC" | "DESC";
}

/** Conditions are all to hold. `search` takes a list of words that must occur somewhere in the searchable fields. */
export type Condition =
  | { readonly field: string; readonly operator: Operator; readonly value: unknown }
  | { readonly search: readonly string[] };

/** References are compared by our own ids of the records referred to. */
export type Operator = "eq" | "in" | "gt" | "gte" | "lt" | "lte" | "contains";

/** A page as it was read: one row more than asked for where the list goes on. */
export interface PageRows {
  readonly rows: readonly Row[];
  readonly total?: number;
}

/** A row as it was read; the names are the selection's. */
export type Row = Readonly<Record<string, unknown>>;

/** Beside what a selection names, an entry of a page holds where it stands, and what its edge shows; */
export const positionKey = "@position";
export const edgeKey = "@edge";
/** and a row that may be one of several types says which. */
export const typeKey = "__typename";

const object = z.custom<Row>((value) => typeof value === "object" && value !== null);
const rowList = z.custom<readonly Row[]>(Array.isArray);
const page = z
  .object({ parts: z.array(rowList), total: z.number().exactOptional() })
  .transform(({ parts, ...rest }): PageRows => ({ rows: parts.flat(), ...rest }));

/** The statement decides the shape of what is inside; these say what stands where. */
export const recordRow = (value: unknown): Row => object.parse(value);
export const pageRows = (value: unknown): PageRows => page.parse(value);
export const childRows = (value: unknown): readonly Row[] => rowList.parse(value);
