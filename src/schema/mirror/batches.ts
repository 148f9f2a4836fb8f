import DataLoader from "dataloader";
import type { GraphQLResolveInfo } from "graphql";
import type { Mirror, MirrorContext } from "./index.js";
import type { MirroredObject } from "./record.js";

/**
 * Records for fields of what is not mirrored, such as the record of a conflict: those that one field of an operation asks for, in
 * all entries of a list, are read together, one statement per type.
 */
export class RecordBatches {
  /** GraphQL gives all entries of a list the same nodes for a field, and every execution its own. */
  readonly #loaders = new WeakMap<object, Map<string, DataLoader<string, MirroredObject | null>>>();

  constructor(private readonly mirror: Mirror) {}

  /** The record of this type with this of our ids; null where the organization has none, or its type is not mirrored any more. */
  async load(
    type: string,
    id: string,
    context: MirrorContext,
    info: GraphQLResolveInfo,
  ): Promise<MirroredObject | null> {
    if (!this.mirror.has(type)) return null;
    const ofField = this.#loaders.get(info.fieldNodes) ?? new Map<string, DataLoader<string, MirroredObject | null>>();
    this.#loaders.set(info.fieldNodes, ofField);
    const loader = ofField.get(type) ?? new DataLoader((ids) => this.mirror.byIds(type, ids, context, info));
    ofField.set(type, loader);
    return loader.load(id);
  }
}
