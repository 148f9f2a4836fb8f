import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { defaultPageSize } from "../schema/relay.js";

/** How much an operation asks for. */
export interface Weight {
  /** Fields inside fields. */
  readonly depth: number;
  /** Objects that the answer may hold at most. Lists without a page size count as ten. */
  readonly objects: number;
}

interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Coerced: defaults are in. */
  readonly variables: Readonly<Record<string, unknown>>;
}

const nothing: Weight = { depth: 0, objects: 0 };
const usualListLength = 10;
/** The whole schema is large to write, though it is in memory. */
const schemaObjects = 1_000;
/** A transaction of its own, its audit entry, and what follows from it. */
const mutationObjects = 50;

/** Weighs a valid document. Throws GraphQLError where an argument does not fit. `@skip` and `@include` lighten nothing. */
export function weigh({ schema, document, operation, variables }: Asked): Weight {
  const root = schema.getRootType(operation.operation) ?? undefined;
  return root === undefined ? nothing : new Scales(schema, document, variables).weighSet(operation.selectionSet, root);
}

class Scales {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Each fragment is weighed once, or fragments of fragments would take exponential time. */
  private readonly weighed = new Map<string, Weight>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  weighSet({ selections }: SelectionSetNode, type: GraphQLNamedType): Weight {
    return selections
      .map((selection) => this.weighSelection(selection, type))
      .reduce(
        (sum, { depth, objects }) => ({ depth: Math.max(sum.depth, depth), objects: sum.objects + objects }),
        nothing,
      );
  }

  private weighSelection(selection: SelectionNode, type: GraphQLNamedType): Weight {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.weighField(selection, type);
      case Kind.INLINE_FRAGMENT: {
        const name = selection.typeCondition?.name.value;
        return this.weighSet(
          selection.selectionSet,
          (name === undefined ? undefined : this.schema.getType(name)) ?? type,
        );
      }
      case Kind.FRAGMENT_SPREAD:
        return this.weighFragment(selection.name.value);
    }
  }

  private weighFragment(name: string): Weight {
    const known = this.weighed.get(name);
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    const type = fragment === undefined ? undefined : this.schema.getType(fragment.typeCondition.name.value);
    const weight = fragment === undefined || type === undefined ? nothing : this.weighSet(fragment.selectionSet, type);
    this.weighed.set(name, weight);
    return weight;
  }

  private weighField(node: FieldNode, parent: GraphQLNamedType): Weight {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (field === undefined) return node.name.value === "__schema" ? { depth: 0, objects: schemaObjects } : nothing;
    const type = getNamedType(field.type);
    const inside = isCompositeType(type) && node.selectionSet ? this.weighSet(node.selectionSet, type) : nothing;
    const args = getArgumentValues(field, node, { ...this.variables });
    const done = parent === this.schema.getMutationType() ? mutationObjects : 0;
    return { depth: inside.depth + 1, objects: done + countObjects(field, args, inside.objects) };
  }
}

/** Of a Relay list, the entries count: neither its edges nor what stands around them. */
function countObjects(
  { name, type: returned }: GraphQLField<unknown, unknown>,
  { first, ids }: Readonly<Record<string, unknown>>,
  inside: number,
): number {
  const type = getNamedType(returned);
  if (isLeafType(type) || type.name === "PageInfo") return 0;
  if (name === "edges") return inside;
  if (type.name.endsWith("Connection")) {
    return 1 + (typeof first === "number" && first > 0 ? first : defaultPageSize) * inside;
  }
  if (Array.isArray(ids)) return ids.length * (1 + inside);
  const isPlainList = isListType(getNullableType(returned)) && name !== "nodes";
  return (isPlainList ? usualListLength : 1) * (1 + inside);
}
