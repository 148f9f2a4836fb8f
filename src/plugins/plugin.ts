import type { z } from "zod";
import type { ErasureOf, Spares } from "./erasing.js";
import type { FieldMap, RowOf } from "./fields.js";
import type { EntityWrites } from "./writes.js";

/**
 * The plugin contract. A plugin holds all that is particular to one entity; it declares and computes, and performs
 * nothing: no database, no HTTP, no clock. The engine in `sync/` and the schema derive the rest from it.
 *
 * entity    a kind of QuickBooks record
 * record    one entity object as last seen in QuickBooks
 * payload   a record as QuickBooks sends it
 * row       what the mirror stores of a record in typed columns
 * children  rows that live and die with their record (the lines of a transaction)
 * state     ACTIVE, INACTIVE (deactivated), VOIDED, DELETED, MERGED (into another)
 * content   what a record says, whatever the way it was read: names inside references and the fields in
 *           `variesByReading` do not count
 */

export type RecordState = "ACTIVE" | "INACTIVE" | "VOIDED" | "DELETED" | "MERGED";

/** A payload that cannot be taken in: it becomes a failure with these problems, and the run goes on (I4). */
export class InvalidRecord extends Error {
  override readonly name = "InvalidRecord";

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join("; "), options);
  }
}

/** Rows replaced as a whole with their record. */
export interface ChildDefinition<Fields extends FieldMap = FieldMap> {
  readonly table: string;
  /** The GraphQL type of a row; an interface where `variants` are declared. */
  readonly type: string;
  readonly description: string;
  readonly fields: Fields;
  /** Fields every variant has; the others belong to the variants that name them. */
  readonly common?: readonly (keyof Fields & string)[];
  /** Sorts of rows, told apart by a stored field. */
  readonly variants?: {
    readonly discriminator: keyof Fields & string;
    readonly types: Readonly<Record<string, ChildVariant<keyof Fields & string>>>;
  };
  /** Set where people may edit the list, always as a whole: QuickBooks takes all rows or none. */
  readonly edit?: ListEdit<keyof Fields & string>;
  /** Rows inside rows: the field that holds the position of the row they belong to, and the variant and name of the list that shows them. */
  readonly nesting?: {
    readonly parentPosition: keyof Fields & string;
    readonly variant: string;
    readonly field: string;
  };
}

/** How a list of children may be edited. Compared and sent are the fields of a row that have an `edit` of their own, and the ones named here. */
export interface ListEdit<Key extends string> {
  /** The field that holds QuickBooks' id of a row; a row without one is new. Absent where rows have no ids. */
  readonly id?: Key;
  /** Fields that count as part of a row though nobody gives them, such as its kind. */
  readonly along?: readonly Key[];
  /** A new record must have at least one row. */
  readonly required?: boolean;
  /** Rows that QuickBooks adds by itself count neither in comparisons nor in what is sent; all do by default. */
  readonly counts?: (row: Readonly<Record<string, unknown>>) => boolean;
  /** Fields that QuickBooks fills in a new row where nobody gives them: a row without them is the same as one where it has. */
  readonly filledIn?: readonly Key[];
  readonly group?: string;
}

export interface ChildVariant<Key extends string> {
  readonly type: string;
  readonly description: string;
  readonly fields: readonly Key[];
}

export type ChildMap = Readonly<Record<string, ChildDefinition>>;

/** A row and its children, as a mapper gives them. Children stand in order; their position is their index. */
export interface Mapped<Fields extends FieldMap = FieldMap, Children extends ChildMap = ChildMap> {
  readonly row: RowOf<Fields>;
  readonly children: { readonly [Name in keyof Children]: readonly RowOf<Children[Name]["fields"]>[] };
}

/** A record of some entity. */
export interface RecordRef {
  readonly entity: string;
  readonly quickbooksId: string;
}

export interface EntityDefinition<Payload, Fields extends FieldMap, Children extends ChildMap> {
  /** QuickBooks' name, as in queries, CDC and webhooks; also the GraphQL type. */
  readonly name: string;
  /** The GraphQL list, in camelCase; the single look-up is the name in camelCase. */
  readonly plural: string;
  readonly label: string;
  readonly description: string;
  readonly table: string;
  /** Raised whenever `map` gives something else for the same payload: every record is then mapped again. */
  readonly mappingVersion: number;
  /** How QuickBooks treats this entity. */
  readonly quickbooks: {
    /** A name list keeps deactivated records and hides them from queries; a transaction has a date and can be deleted. */
    readonly kind: "NAME_LIST" | "TRANSACTION";
    /** Which ends a record can come to. */
    readonly removals: readonly ("DEACTIVATED" | "VOIDED" | "DELETED" | "MERGED")[];
    /** Top-level properties that are there or not depending on how the record is read. */
    readonly variesByReading: readonly string[];
  };
  readonly fields: Fields;
  readonly children: Children;
  readonly defaultOrder: { readonly field: keyof Fields & string; readonly direction: "ASC" | "DESC" };
  /** The only place that sees `unknown`. Throws InvalidRecord, naming every problem. */
  readonly validate: (payload: unknown) => Payload;
  /** Pure. */
  readonly map: (payload: Payload) => Mapped<Fields, Children>;
  readonly stateOf: (payload: Payload) => "ACTIVE" | "INACTIVE" | "VOIDED";
  /** Records of others that must be read again because this one appeared, changed or went; none by default. */
  readonly entails?: (payload: Payload) => readonly RecordRef[];
  /** What can be written; an entity without is read only. */
  readonly writes?: EntityWrites;
  /** Where its records tell of people; of an entity without, nothing can be erased but all. */
  readonly erasure?: ErasureOf;
  /** What a company may do without; of an entity without, all that QuickBooks sends is kept. */
  readonly spares?: Spares;
}

/** What one payload becomes. */
export interface TakenIn extends Mapped {
  readonly state: "ACTIVE" | "INACTIVE" | "VOIDED";
  readonly entails: readonly RecordRef[];
}

/** A definition with its own types sealed inside, so that unlike plugins fit in one list. */
export interface EntityPlugin extends Omit<
  EntityDefinition<never, FieldMap, ChildMap>,
  "validate" | "map" | "stateOf" | "entails" | "defaultOrder"
> {
  readonly defaultOrder: { readonly field: string; readonly direction: "ASC" | "DESC" };
  /** Validates and maps one payload. Throws InvalidRecord. */
  takeIn(payload: unknown): TakenIn;
}

export function defineEntity<Payload, const Fields extends FieldMap, const Children extends ChildMap>(
  definition: EntityDefinition<Payload, Fields, Children>,
): EntityPlugin {
  const { validate, map, stateOf, entails, ...declared } = definition;
  return {
    ...declared,
    takeIn(unknownPayload) {
      const payload = validate(unknownPayload);
      return { ...map(payload), state: stateOf(payload), entails: entails?.(payload) ?? [] };
    },
  };
}

/** Validates with a zod schema, turning what it finds into an InvalidRecord that names each place. */
export function validatorFor<Payload>(schema: z.ZodType<Payload>): (payload: unknown) => Payload {
  return (payload) => {
    const result = schema.safeParse(payload);
    if (result.success) return result.data;
    const problems = result.error.issues.map(({ path, message }) => `${path.join(".") || "record"}: ${message}`);
    throw new InvalidRecord(problems, { cause: result.error });
  };
}
