import { Arg, type ClassType, Field, ID, InterfaceType, Int, ObjectType } from "type-graphql";
import { DateTime } from "../../foundation/scalars.js";
import type { Field as Declaration, FieldMap } from "../../plugins/fields.js";
import type { ChildDefinition } from "../../plugins/plugin.js";
import { fieldOf, type Catalog, type Entity } from "../../sync/read/catalog.js";
import { connectionType, defaultPageSize, largestPage, Node } from "../relay.js";
import { createInputs, type Inputs } from "./inputs.js";
import { createEnums, leafOf, type Enums, type TypeMark } from "./leaves.js";
import { MirroredRecord } from "./record.js";

/** The GraphQL types of all entities, made from their declarations. */
export interface MirrorTypes {
  record(entity: string): ClassType;
  connection(entity: string): ClassType;
  readonly inputs: Inputs;
  readonly enums: Enums;
  /** Types that only an interface leads to. */
  readonly orphaned: readonly Function[];
}

export function createTypes(catalog: Catalog): MirrorTypes {
  const enums = createEnums();
  const records = new Map([...catalog.keys()].map((name) => [name, newClass()]));
  const connections = new Map([...records].map(([name, type]) => [name, connectionType(name, () => type)]));
  const builder = new TypeBuilder(catalog, enums, {
    record: (entity) => known(records, entity),
    connection: (entity) => known(connections, entity),
    inputs: createInputs(catalog, enums),
    enums,
  });
  for (const entity of catalog.values()) builder.declareRecord(entity);
  return builder.types();
}

type Known = Omit<MirrorTypes, "orphaned">;

class TypeBuilder {
  private readonly variants: Function[] = [];

  constructor(
    private readonly catalog: Catalog,
    private readonly enums: Enums,
    private readonly known: Known,
  ) {}

  types(): MirrorTypes {
    const records = [...this.catalog.keys()].map((name) => this.known.record(name));
    return { ...this.known, orphaned: [...records, ...this.variants] };
  }

  declareRecord({ plugin, lists }: Entity): void {
    const { name, description, fields, children } = plugin;
    const type = this.known.record(name);
    ObjectType(name, { description, implements: [Node, MirroredRecord], simpleResolvers: true })(type);
    this.declareFields(type, fields, Object.keys(fields));
    for (const [field, child] of Object.entries(children)) {
      const rows = this.childType(child);
      declare(type, field, () => [rows], { description: child.description });
    }
    for (const [field, list] of lists) {
      const { child, edgeFields } = list.through ?? {};
      const connection =
        child === undefined || edgeFields === undefined || edgeFields.length === 0
          ? this.known.connection(list.entity)
          : connectionType(
              `${name}${capitalised(field)}`,
              () => this.known.record(list.entity),
              (edge) => {
                this.declareFields(edge, child.fields, edgeFields);
              },
            );
      declare(type, field, () => connection, { description: list.description });
      listArguments(type.prototype, field, { entity: list.entity, inputs: this.known.inputs, from: 0 });
    }
  }

  /** The type of child rows: an interface where they come in variants. */
  private childType(child: ChildDefinition): ClassType {
    const { type: name, description, fields, variants, nesting, common = Object.keys(fields) } = child;
    const type = newClass();
    if (variants === undefined) {
      ObjectType(name, { description, simpleResolvers: true })(type);
      declareRow(type);
      this.declareFields(type, fields, common);
      return type;
    }
    InterfaceType(name, { description, autoRegisterImplementations: false, resolveType: typeNameOf })(type);
    declareRow(type);
    this.declareFields(type, fields, common);
    for (const [key, variant] of Object.entries(variants.types)) {
      const variantType = newClass();
      ObjectType(variant.type, { description: variant.description, implements: type, simpleResolvers: true })(
        variantType,
      );
      this.declareFields(variantType, fields, variant.fields);
      if (nesting?.variant === key) declare(variantType, nesting.field, () => [type], { description: description });
      this.variants.push(variantType);
    }
    return type;
  }

  private declareFields(type: ClassType, fields: FieldMap, names: readonly string[]): void {
    for (const name of names) {
      const field = fieldOf(fields, name);
      const nullable = field.required !== true || field.kind === "REFERENCE";
      declare(type, name, this.typeOf(field), { nullable, description: field.description });
    }
  }

  private typeOf(field: Declaration): () => TypeMark {
    const target = field.reference?.target;
    if (target === undefined) {
      // Not within the thunk: an enum must be there before the schema is built.
      const leaf = leafOf(field, this.enums);
      return () => leaf;
    }
    return typeof target === "string" ? () => this.known.record(target) : () => MirroredRecord;
  }
}

/** The arguments every list has; `from` is the index of the method's parameter that takes the first. */
export function listArguments(
  prototype: object,
  field: string,
  { entity, inputs, from }: { readonly entity: string; readonly inputs: Inputs; readonly from: number },
): void {
  const first = {
    nullable: true,
    defaultValue: defaultPageSize,
    description: `How many entries, 1 to ${largestPage}.`,
  };
  const after = { nullable: true, description: "The cursor of the entry to go on behind." };
  const filter = { nullable: true, description: "What must hold for the records shown." };
  const orderBy = { nullable: true, description: "In which order; ties by id." };
  Arg("first", () => Int, first)(prototype, field, from);
  Arg("after", () => String, after)(prototype, field, from + 1);
  Arg("filter", () => inputs.filter(entity), filter)(prototype, field, from + 2);
  Arg("orderBy", () => inputs.order(entity), orderBy)(prototype, field, from + 3);
}

/** The argument that the lists of a company have, for themselves and all that is below; `index` is the method's parameter that takes it. */
export function asOfArgument(prototype: object, field: string, index: number): void {
  const description =
    "The mirror as it was at this instant: records, their relations and what follows from the day are as of then. Left out: as it is now. From before what the company keeps (`settings.retention`) it is refused as BAD_USER_INPUT with the reason NOT_KEPT, and the earliest instant is told.";
  Arg("asOf", () => DateTime, { nullable: true, description })(prototype, field, index);
}

function declareRow(type: ClassType): void {
  declare(type, "id", () => ID, { description: "Tells the row from others while its record stays as it is." });
  declare(type, "position", () => Int, { description: "Where it stands among its record's rows, from 0." });
}

function declare(
  type: ClassType,
  name: string,
  returns: () => TypeMark,
  options: { readonly nullable?: boolean; readonly description: string },
): void {
  Field(returns, { ...options, simple: true })(type.prototype, name);
}

function newClass(): ClassType {
  return class {};
}

function typeNameOf({ __typename }: { readonly __typename: string }): string {
  return __typename;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function known<Value>(values: ReadonlyMap<string, Value>, entity: string): Value {
  const value = values.get(entity);
  if (value === undefined) throw new Error(`A plugin refers to ${entity}, which no plugin mirrors.`);
  return value;
}
