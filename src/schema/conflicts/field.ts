import { Field, ObjectType } from "type-graphql";
import { storedFields, type StoredField } from "../../sync/conflicts/conflict.js";
import { FieldChange, fieldChange, FieldValue, fieldValue } from "../edits/field-value.js";
import { inOrder, labelOf, statePath } from "../edits/paths.js";
import type { ValueOwner } from "../edits/shown-value.js";
import { ConflictChoice, type ConflictKind } from "./enums.js";

@ObjectType({ simpleResolvers: true, description: "A field, or a whole list, about which the two sides disagree." })
export class ConflictField {
  @Field(() => String, { description: "Where it stands in the record: `txnDate`; lists are decided whole." })
  readonly path!: string;

  @Field(() => String, { description: "What people call it." })
  readonly label!: string;

  @Field(() => FieldValue, { nullable: true, description: "What it held when it was edited; null where it was empty." })
  readonly base!: FieldValue | null;

  @Field(() => FieldValue, { nullable: true, description: "What the edit wants; null where it shall be empty." })
  readonly platform!: FieldValue | null;

  @Field(() => FieldValue, { nullable: true, description: "What QuickBooks holds; null where it is empty." })
  readonly quickbooks!: FieldValue | null;

  @Field(() => [ConflictChoice], {
    description:
      "What can be chosen for it. Nothing where the record is gone: the edit is recreated or discarded whole.",
  })
  readonly choices!: readonly ConflictChoice[];

  @Field(() => ConflictChoice, { nullable: true, description: "What was chosen; null while it is open." })
  readonly choice!: ConflictChoice | null;

  @Field(() => FieldValue, { nullable: true, description: "What both sides are to hold, by that choice." })
  readonly chosen!: FieldValue | null;

  @Field(() => [FieldChange], {
    description: "What else has changed in QuickBooks since the edit, where that is a reason to ask.",
  })
  readonly meanwhile!: readonly FieldChange[];
}

/** The fields of a conflict, in the order in which the plugin declares them. */
export function conflictFields(kind: ConflictKind, stored: unknown, owner: ValueOwner): readonly ConflictField[] {
  const fields = storedFields.parse(stored);
  const paths = fields.map(({ path }) => path);
  return inOrder(owner.plugin, paths).flatMap((path) =>
    fields.filter((field) => field.path === path).map((field) => shown(kind, field, owner)),
  );
}

function shown(kind: ConflictKind, field: StoredField, owner: ValueOwner): ConflictField {
  const { path, base, platform, quickbooks, choice = null, value, meanwhile = {} } = field;
  const chosen = { QUICKBOOKS: quickbooks, PLATFORM: platform, VALUE: value };
  return {
    path,
    label: labelOf(owner.plugin, path),
    base: fieldValue(owner, path, base),
    platform: fieldValue(owner, path, platform),
    quickbooks: fieldValue(owner, path, quickbooks),
    choices: choicesFor(kind, path),
    choice,
    chosen: choice === null ? null : fieldValue(owner, path, chosen[choice]),
    meanwhile: inOrder(owner.plugin, Object.keys(meanwhile)).map((other) =>
      fieldChange(owner, other, meanwhile[other]?.base, meanwhile[other]?.value),
    ),
  };
}

/** Whether a record stays is not a matter of a third value. */
function choicesFor(kind: ConflictKind, path: string): readonly ConflictChoice[] {
  if (kind !== "FIELDS") return [];
  return path === statePath ? ["QUICKBOOKS", "PLATFORM"] : ["QUICKBOOKS", "PLATFORM", "VALUE"];
}
