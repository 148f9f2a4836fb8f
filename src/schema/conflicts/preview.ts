import { Field, ObjectType } from "type-graphql";
import type { ResolutionPreview } from "../../sync/conflicts/outcome.js";
import { LocalChangeStatus } from "../edits/enums.js";
import { FieldValue, fieldValue } from "../edits/field-value.js";
import { labelOf } from "../edits/paths.js";
import type { ValueOwner } from "../edits/shown-value.js";

@ObjectType({ simpleResolvers: true, description: "What both sides will hold in a field." })
export class ConflictPreviewField {
  @Field(() => String, { description: "Where it stands in the record." })
  readonly path!: string;

  @Field(() => String, { description: "What people call it." })
  readonly label!: string;

  @Field(() => FieldValue, { nullable: true, description: "What it will hold here; null where it will be empty." })
  readonly platform!: FieldValue | null;

  @Field(() => FieldValue, {
    nullable: true,
    description: "What it will hold in QuickBooks once the edit is sent; null where it will be empty.",
  })
  readonly quickbooks!: FieldValue | null;
}

@ObjectType({ simpleResolvers: true, description: "What comes of a resolution." })
export class ConflictPreview {
  @Field(() => LocalChangeStatus, {
    description: "What becomes of the edit: PENDING, as something is left to be sent to QuickBooks, or CANCELLED.",
  })
  readonly status!: keyof typeof LocalChangeStatus;

  @Field(() => [ConflictPreviewField], { description: "What both sides will hold." })
  readonly fields!: readonly ConflictPreviewField[];
}

export function showPreview({ status, fields }: ResolutionPreview, owner: ValueOwner): ConflictPreview {
  return {
    status,
    fields: fields.map(({ path, platform, quickbooks }) => ({
      path,
      label: labelOf(owner.plugin, path),
      platform: fieldValue(owner, path, platform),
      quickbooks: fieldValue(owner, path, quickbooks),
    })),
  };
}
