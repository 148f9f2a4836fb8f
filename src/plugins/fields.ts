/**
 * How a plugin declares its fields: one entry per field, from which everything else is derived (the column, the GraphQL
 * field, its filters and orders, labels, who may edit it). The key of an entry is the GraphQL name.
 */

/** What a field may be asked about it, and what people read of it. */
export interface FieldOptions {
  /** What people call it. */
  readonly label: string;
  /** One sentence for the schema's documentation. */
  readonly description: string;
  /** Default: the name in snake_case (a reference: with `_ref` behind it). */
  readonly column?: string;
  /** Lists can be filtered by it. Its column must be indexed. */
  readonly filter?: boolean;
  /** Lists can be ordered by it. Its column must be indexed. */
  readonly order?: boolean;
  /** `search` looks into it. */
  readonly search?: boolean;
  /** Never null: the mapper always gives a value. */
  readonly required?: boolean;
  /** Set where people may edit it here, and how. */
  readonly edit?: FieldEdit;
}

/** How a field may be edited. Its input bears the field's name; that of a reference has `Id` behind it. */
export interface FieldEdit {
  /** Where it can be given: in both, if left out. */
  readonly on?: "CREATE" | "UPDATE";
  /** A new record must have it, and it cannot be cleared. */
  readonly required?: boolean;
  /** Most characters, by QuickBooks' reference. */
  readonly longest?: number;
  /** Characters that QuickBooks refuses, such as `:`. Tabs and line breaks are refused of every text that is not `multiline`. */
  readonly forbidden?: string;
  readonly multiline?: boolean;
  /** Most decimals of a number. */
  readonly decimals?: number;
  /** The least a number may be. */
  readonly least?: string;
  /** The only texts it can hold. */
  readonly oneOf?: readonly string[];
  /** What QuickBooks adds to the end of it while the record is inactive: no part of the value, and never sent. */
  readonly addedWhenInactive?: RegExp;
  /** Fields with the same group only make sense together: where one of them conflicts, all do. */
  readonly group?: string;
}

export type FieldKind =
  "TEXT" | "INTEGER" | "DECIMAL" | "BOOLEAN" | "DATE" | "TIMESTAMP" | "MONEY" | "ENUM" | "ADDRESS" | "REFERENCE";

/** SQL of a value that no column holds, for the row known by `alias`. `today` is an SQL date: the company's local one. */
export type FieldExpression = (alias: string, today: string) => string;

export interface Field<Value = unknown, Stored extends boolean = boolean> extends FieldOptions {
  readonly kind: FieldKind;
  readonly stored: Stored;
  /** Set where the value is computed by SQL instead of stored. */
  readonly expression?: FieldExpression;
  /** MONEY: the column that holds the currency; absent where amounts are in the company's home currency. */
  readonly currencyColumn?: string;
  /** ENUM: the name of the GraphQL type, and each value with its description. */
  readonly enumeration?: Enumeration;
  readonly reference?: Reference;
  /** Only for inference: the type of the value in a mapped row. */
  readonly valueType?: Value;
}

export interface Enumeration {
  readonly name: string;
  readonly description: string;
  readonly values: Readonly<Record<string, string>>;
}

/** A relation to another entity, declared on the referring side only. */
export interface Reference {
  /** The name of the entity referred to, or the key of the sibling TEXT field that holds QuickBooks' name of it (polymorphic). */
  readonly target: string | { readonly typeField: string };
  /** A hard reference is always there in QuickBooks; a soft one may point at what no plugin mirrors. */
  readonly strength: "hard" | "soft";
  /** The list that the target's type gains. */
  readonly inverse?: Inverse;
}

export interface Inverse {
  /** The field's name on the other type. */
  readonly field: string;
  readonly description: string;
  /** The types that gain it; by default the target. Needed where the target is polymorphic. */
  readonly on?: readonly string[];
  /** Fields of the child row to show on each edge, where the reference stands in a child (an amount applied). */
  readonly edgeFields?: readonly string[];
}

/** A postal address as QuickBooks holds it; in transactions it is mostly free lines. */
export interface Address {
  readonly lines: readonly string[];
  readonly city: string | null;
  readonly region: string | null;
  readonly postalCode: string | null;
  readonly country: string | null;
}

type Made<Value, Options extends FieldOptions> = Field<
  Options extends { readonly required: true } ? Value : Value | null,
  true
>;

const stored =
  <Value>(kind: FieldKind) =>
  <const Options extends FieldOptions>(options: Options): Made<Value, Options> => ({ ...options, kind, stored: true });

export const text = stored<string>("TEXT");
export const integer = stored<number>("INTEGER");
export const boolean = stored<boolean>("BOOLEAN");
/** An exact number, as text (I14). */
export const decimal = stored<string>("DECIMAL");
/** A calendar date, `YYYY-MM-DD`. */
export const localDate = stored<string>("DATE");
/** An instant, as an ISO 8601 text in UTC. */
export const timestamp = stored<string>("TIMESTAMP");
export const address = stored<Address>("ADDRESS");

/** An exact amount as text, shown as Money in the currency that `currencyColumn` holds, else in the home currency. */
export function money<const Options extends FieldOptions & { readonly currencyColumn?: string }>(
  options: Options,
): Made<string, Options> {
  return { ...options, kind: "MONEY", stored: true };
}

export function enumeration<const Options extends FieldOptions & { readonly enumeration: Enumeration }>(
  options: Options,
): Made<keyof Options["enumeration"]["values"] & string, Options> {
  return { ...options, kind: "ENUM", stored: true };
}

/** The QuickBooks id of another record. */
export function reference(options: FieldOptions & Reference): Field<string | null, true> {
  const { target, strength, inverse, ...rest } = options;
  return { ...rest, kind: "REFERENCE", stored: true, reference: { target, strength, ...(inverse && { inverse }) } };
}

/** A value computed by SQL from the row: it is read, filtered and ordered like any other, and never mapped. */
export function computed(
  options: FieldOptions & {
    readonly kind: Exclude<FieldKind, "REFERENCE">;
    readonly expression: FieldExpression;
    readonly enumeration?: Enumeration;
    readonly currencyColumn?: string;
  },
): Field<never, false> {
  return { ...options, stored: false };
}

export type FieldMap = Readonly<Record<string, Field>>;

type StoredKeys<Fields extends FieldMap> = {
  [Key in keyof Fields]: Fields[Key] extends Field<unknown, false> ? never : Key;
}[keyof Fields];

/** What a mapper gives for these fields. */
export type RowOf<Fields extends FieldMap> = {
  readonly [Key in StoredKeys<Fields>]: Fields[Key] extends Field<infer Value> ? Value : never;
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The column of a stored field. */
export function columnOf(name: string, field: Field): string {
  return field.column ?? (field.kind === "REFERENCE" ? `${snakeCase(name)}_ref` : snakeCase(name));
}
