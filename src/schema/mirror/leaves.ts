import "reflect-metadata";
import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTime, Decimal, LocalDate } from "../../foundation/scalars.js";
import type { Enumeration, Field as Declaration, FieldKind } from "../../plugins/fields.js";
import { recordFields } from "../../sync/read/record-fields.js";

@ObjectType({ simpleResolvers: true, description: "An exact amount in a currency." })
export class Money {
  @Field(() => Decimal, { description: "The amount." })
  readonly amount!: string;

  @Field(() => String, {
    description: "The ISO 4217 code of the currency; XXX while the company's home currency is unknown.",
  })
  readonly currency!: string;
}

@ObjectType({ simpleResolvers: true, description: "A postal address as QuickBooks holds it." })
export class PostalAddress {
  @Field(() => [String], { description: "The lines; in transactions mostly all there is." })
  readonly lines!: readonly string[];

  @Field(() => String, { nullable: true, description: "The city." })
  readonly city!: string | null;

  @Field(() => String, { nullable: true, description: "The state, province or region." })
  readonly region!: string | null;

  @Field(() => String, { nullable: true, description: "The postal code." })
  readonly postalCode!: string | null;

  @Field(() => String, { nullable: true, description: "The country." })
  readonly country!: string | null;
}

/** What stands for a type in type-graphql's decorators. */
export type TypeMark = object;

/** The enums of the declarations, each made once. */
export interface Enums {
  of(enumeration: Enumeration): TypeMark;
}

export function createEnums(): Enums {
  const known = new Map([["RecordState", RecordState]]);
  return {
    of(enumeration) {
      const mark = known.get(enumeration.name) ?? enumOf(enumeration);
      known.set(enumeration.name, mark);
      return mark;
    },
  };
}

function enumOf({ name, description, values }: Enumeration): TypeMark {
  const mark = Object.fromEntries(Object.keys(values).map((value) => [value, value]));
  const valuesConfig = Object.fromEntries(
    Object.entries(values).map(([value, text]) => [value, { description: text }]),
  );
  registerEnumType(mark, { name, description, valuesConfig });
  return mark;
}

export const RecordState = enumOf(required(recordFields["state"]?.enumeration));

const leaves: Readonly<Record<Exclude<FieldKind, "ENUM" | "REFERENCE">, TypeMark>> = {
  TEXT: String,
  INTEGER: Int,
  DECIMAL: Decimal,
  BOOLEAN: Boolean,
  DATE: LocalDate,
  TIMESTAMP: DateTime,
  MONEY: Money,
  ADDRESS: PostalAddress,
};

/** The GraphQL type of a field that is no reference. */
export function leafOf({ kind, enumeration }: Declaration, enums: Enums): TypeMark {
  if (kind === "ENUM") return enums.of(required(enumeration));
  if (kind === "REFERENCE") throw new Error("A reference has the type of what it refers to.");
  return leaves[kind];
}

function required(enumeration: Enumeration | undefined): Enumeration {
  if (enumeration === undefined) throw new Error("An enum field declares no enumeration.");
  return enumeration;
}
