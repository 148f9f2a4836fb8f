import { Authorized, Field, ObjectType, Query, registerEnumType, Resolver } from "type-graphql";
import type { FieldKind, FieldMap } from "../plugins/fields.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { recordFields } from "../sync/read/record-fields.js";
import { operations, WriteOperation } from "./edits/enums.js";
import { EntityName } from "./entity-name.js";

const EntityCapability = { READ: "READ", ...WriteOperation } as const;
type EntityCapability = keyof typeof EntityCapability;
const capabilities: Readonly<Record<EntityCapability, string>> = {
  READ: "They can be looked up and listed.",
  ...operations,
};
registerEnumType(EntityCapability, {
  name: "EntityCapability",
  description: "What can be done with the records of an entity.",
  valuesConfig: Object.fromEntries(
    Object.entries(capabilities).map(([capability, description]) => [capability, { description }]),
  ),
});

const kinds: Readonly<Record<FieldKind, string>> = {
  TEXT: "A text.",
  INTEGER: "A whole number.",
  DECIMAL: "An exact number.",
  BOOLEAN: "True or false.",
  DATE: "A day.",
  TIMESTAMP: "An instant.",
  MONEY: "An amount in a currency.",
  ENUM: "One of a few values.",
  ADDRESS: "A postal address.",
  REFERENCE: "Another record.",
};
const EntityFieldType = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, kind]));
registerEnumType(EntityFieldType, {
  name: "EntityFieldType",
  description: "What kind of value a field holds.",
  valuesConfig: Object.fromEntries(Object.entries(kinds).map(([kind, description]) => [kind, { description }])),
});

@ObjectType({ simpleResolvers: true, description: "A field of an entity's records, as consoles show it." })
class EntityField {
  @Field(() => String, {
    description: "Where it stands in the record: `txnDate`, or `lines.amount` within each of its rows.",
  })
  readonly path!: string;

  @Field(() => String, { description: "What people call it." })
  readonly label!: string;

  @Field(() => EntityFieldType, { description: "What kind of value it holds." })
  readonly type!: FieldKind;

  @Field(() => Boolean, { description: "Whether lists can be filtered by it." })
  readonly filterable!: boolean;

  @Field(() => Boolean, { description: "Whether lists can be ordered by it." })
  readonly orderable!: boolean;

  @Field(() => Boolean, { description: "Whether it can be edited here." })
  readonly editable!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "An entity: a kind of QuickBooks record that this gateway mirrors." })
class EntityDescription {
  @Field(() => EntityName, { description: "Its name among the entities." })
  readonly entity!: string;

  @Field(() => String, { description: "The name of its GraphQL type." })
  readonly name!: string;

  @Field(() => String, { description: "The name of the query that lists its records." })
  readonly plural!: string;

  @Field(() => String, { description: "What people call one of its records." })
  readonly label!: string;

  @Field(() => [EntityCapability], { description: "What can be done with its records." })
  readonly capabilities!: readonly EntityCapability[];

  @Field(() => [EntityField], { description: "The fields of its records." })
  readonly fields!: readonly EntityField[];

  @Field(() => [String], {
    description:
      "What a company may do without (`excludedFields`): fields of its records, and in capitals properties that only payloads show.",
  })
  readonly excludableFields!: readonly string[];
}

/** The classes are there for their decorators; what is answered are plain objects. */
type Shown<Type> = Pick<Type, keyof Type>;

/** `entityTypes`: the registry, for clients that show whatever entities there are. */
export function entityTypesResolver(plugins: readonly EntityPlugin[]): Function {
  const entityTypes = plugins.map(describe);

  @Resolver()
  class EntityTypesResolver {
    @Authorized()
    @Query(() => [EntityDescription], {
      description: "The kinds of records that this gateway mirrors, with their fields.",
    })
    entityTypes(): readonly Shown<EntityDescription>[] {
      return entityTypes;
    }
  }
  return EntityTypesResolver;
}

function describe({
  name,
  plural,
  label,
  fields,
  children,
  writes,
  spares = {},
}: EntityPlugin): Shown<EntityDescription> {
  return {
    entity: name,
    name,
    plural,
    label,
    capabilities: ["READ", ...(writes?.operations ?? [])],
    fields: [
      ...describeFields(recordFields),
      ...describeFields(fields),
      ...Object.entries(children).flatMap(([path, child]) =>
        describeFields(child.fields, { prefix: `${path}.`, isEditable: child.edit !== undefined }),
      ),
    ],
    excludableFields: Object.keys(spares),
  };
}

function describeFields(fields: FieldMap, { prefix = "", isEditable = true } = {}): readonly Shown<EntityField>[] {
  return Object.entries(fields).map(([path, { label, kind, filter = false, order = false, edit }]) => ({
    path: `${prefix}${path}`,
    label,
    type: kind,
    filterable: filter,
    orderable: order,
    editable: isEditable && edit !== undefined,
  }));
}
