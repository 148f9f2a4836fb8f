import { Field, InputType, ObjectType } from "type-graphql";
import { excludedFields } from "../sync/excluded-fields.js";
import { EntityName } from "./entity-name.js";

@ObjectType("ExcludedFields", { simpleResolvers: true, description: "What a company does without, of one entity." })
export class ExcludedOfEntity {
  @Field(() => EntityName, { description: "The entity." })
  readonly entity!: string;

  @Field(() => [String], {
    description: "Fields of its records, which are null; in capitals, properties that only payloads show.",
  })
  readonly fields!: readonly string[];
}

@InputType("ExcludedFieldsInput", { description: "What a company shall do without, of one entity." })
export class ExcludedOfEntityInput {
  @Field(() => EntityName, { description: "The entity." })
  readonly entity!: string;

  @Field(() => [String], { description: "Names among its `excludableFields`, as `entityTypes` tells them." })
  readonly fields!: readonly string[];
}

/** The column `connections.excluded_fields`. */
export const showExcluded = (column: unknown): readonly ExcludedOfEntity[] =>
  Object.entries(excludedFields.parse(column)).map(([entity, fields]) => ({ entity, fields }));
