import { type ClassType, Field, ID, InputType, Int } from "type-graphql";
import { DateTime, Decimal, LocalDate } from "../../foundation/scalars.js";
import type { Field as Declaration, FieldEdit, FieldKind } from "../../plugins/fields.js";
import type { ChildDefinition, EntityPlugin } from "../../plugins/plugin.js";
import type { Enums, TypeMark } from "../mirror/leaves.js";
import { editableFields, editableLists, inputName, quickbooksIdName, typeFieldOf } from "./paths.js";

/** The inputs of edits, made from the plugins' declarations: fields are named as on the type, references by id. */

@InputType({ description: "A postal address; it is written whole." })
class AddressInput {
  @Field(() => [String], { nullable: true, description: "The lines, at most five." })
  readonly lines?: readonly string[] | null;

  @Field(() => String, { nullable: true, description: "The city." })
  readonly city?: string | null;

  @Field(() => String, { nullable: true, description: "The state, province or region." })
  readonly region?: string | null;

  @Field(() => String, { nullable: true, description: "The postal code." })
  readonly postalCode?: string | null;

  @Field(() => String, { nullable: true, description: "The country." })
  readonly country?: string | null;
}

const types: Readonly<Record<Exclude<FieldKind, "ENUM">, TypeMark>> = {
  TEXT: String,
  INTEGER: Int,
  DECIMAL: Decimal,
  BOOLEAN: Boolean,
  DATE: LocalDate,
  TIMESTAMP: DateTime,
  MONEY: Decimal,
  ADDRESS: AddressInput,
  REFERENCE: ID,
};

export type EditedOn = "CREATE" | "UPDATE";

/** Makes the inputs of one entity's edits. */
export class EditInputs {
  private readonly rows: ReadonlyMap<string, ClassType>;

  constructor(
    private readonly plugin: EntityPlugin,
    private readonly enums: Enums,
  ) {
    this.rows = new Map(editableLists(plugin).map(([path, child]) => [path, this.rowInput(child)]));
  }

  /** All that can be given of a new record, or changed of one that there is. */
  fields(on: EditedOn): ClassType {
    const { name, fields } = this.plugin;
    const [verb, what] = on === "CREATE" ? ["Create", "What the new record holds."] : ["Update", "What to change."];
    const description = `${what} What is left out ${on === "CREATE" ? "stays empty" : "stays as it is; null clears"}.`;
    const input = newInput(`${verb}${name}Fields`, description);
    for (const [field, declaration] of editableFields(fields)) {
      if ((declaration.edit?.on ?? on) === on) this.declare(input, field, declaration, on);
    }
    for (const [path] of editableLists(this.plugin)) this.declareList(input, path, true);
    return input;
  }

  /** The rows that a mutation adds to a list, or takes away. */
  rowsOf(name: string, list: string): ClassType {
    const input = newInput(`${name}Fields`, "What it is about.");
    this.declareList(input, list, false);
    return input;
  }

  private declareList(input: ClassType, path: string, nullable: boolean): void {
    const row = this.rows.get(path);
    if (row === undefined) throw new Error(`${this.plugin.name} has no list named ${path} that can be edited.`);
    const description = nullable ? "All rows in their order: those left out are taken away." : "The rows.";
    Field(() => [row], { nullable, description })(input.prototype, path);
  }

  private rowInput({ type, description, fields, edit }: ChildDefinition): ClassType {
    const input = newInput(`${type}Input`, description);
    if (edit?.id !== undefined) {
      const ofRow = "The row's `id`; what is left out of the row then stays as it is. A new row has none.";
      Field(() => ID, { nullable: true, description: ofRow })(input.prototype, "id");
    }
    const typeFields = Object.values(fields).map(typeFieldOf);
    for (const [field, declaration] of editableFields(fields)) {
      if (!typeFields.includes(field)) this.declare(input, field, declaration);
      const typeField = typeFieldOf(declaration);
      if (typeField === undefined) continue;
      const ofType = `${fields[typeField]?.description ?? "Its type."} Needed where no id of ours is given.`;
      Field(() => String, { nullable: true, description: ofType })(input.prototype, typeField);
      const ofId = "QuickBooks' id of it, where it is not mirrored here.";
      Field(() => String, { nullable: true, description: ofId })(input.prototype, quickbooksIdName(field));
    }
    return input;
  }

  private declare(input: ClassType, name: string, field: Declaration, on?: EditedOn): void {
    const type = field.kind === "ENUM" ? this.enumOf(field) : types[field.kind];
    const description = [field.description, ...rulesOf(field.edit ?? {}, on)].join(" ");
    Field(() => type, { nullable: true, description })(input.prototype, inputName(name, field));
  }

  private enumOf({ enumeration, label }: Declaration): TypeMark {
    if (enumeration === undefined) throw new Error(`${label} is an enum that declares no values.`);
    return this.enums.of(enumeration);
  }
}

/** What people should know before they give a value. */
function rulesOf({ required, longest, oneOf }: FieldEdit, on: EditedOn | undefined): readonly string[] {
  const must = on === "CREATE" ? "It must be given." : "It cannot be cleared.";
  return [
    ...(required === true ? [must] : []),
    ...(longest === undefined ? [] : [`At most ${longest} characters.`]),
    ...(oneOf === undefined ? [] : [`One of ${oneOf.join(", ")}.`]),
  ];
}

export function newInput(name: string, description: string): ClassType {
  const input = class {};
  InputType(name, { description })(input);
  return input;
}
