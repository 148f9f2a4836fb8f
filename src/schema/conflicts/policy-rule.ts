import { Field, InputType, ObjectType } from "type-graphql";
import type { PolicyRule } from "../../sync/conflicts/policy.js";
import { EntityName } from "../entity-name.js";
import { ConflictPolicy } from "./enums.js";

@ObjectType({
  simpleResolvers: true,
  description:
    "What is done where both sides changed a record. A field's rule goes before its entity's, and that before the company's.",
})
export class ConflictPolicyRule {
  @Field(() => EntityName, { nullable: true, description: "For records of this entity; null: for all." })
  readonly entity!: string | null;

  @Field(() => String, { nullable: true, description: "For this field or list of theirs; null: for all." })
  readonly field!: string | null;

  @Field(() => ConflictPolicy, { description: "What is done." })
  readonly policy!: ConflictPolicy;
}

@InputType({ description: "What shall be done where both sides change a record." })
export class ConflictPolicyRuleInput {
  @Field(() => EntityName, { nullable: true, description: "For records of this entity; without it, for all." })
  readonly entity?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "For this editable field or list of that entity, such as `dueDate` or `lines`; without it, for all.",
  })
  readonly field?: string | null;

  @Field(() => ConflictPolicy, { description: "What shall be done." })
  readonly policy!: ConflictPolicy;
}

export const showRule = ({ entity, field, policy }: PolicyRule): ConflictPolicyRule => ({
  entity: entity ?? null,
  field: field ?? null,
  policy,
});

/** A rule as it is kept: null says nothing. */
export const ruleOf = ({ entity, field, policy }: ConflictPolicyRuleInput): PolicyRule => ({
  ...(entity && { entity }),
  ...(field && { field }),
  policy,
});
