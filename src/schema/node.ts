import type { GraphQLResolveInfo } from "graphql";
import { Arg, Authorized, Ctx, ID, Info, Query, Resolver } from "type-graphql";
import type { GatewayContext } from "./context.js";
import { badUserInput } from "./errors.js";
import type { Mirror } from "./mirror/index.js";
import { decodeId, Node } from "./relay.js";

/** Finds objects of one type, which no plugin mirrors, by our own ids. What it gives holds its `__typename`. */
export type NodeLoader = (id: string, context: GatewayContext) => Promise<object | null>;

export type NodeLoaders = Readonly<Record<string, NodeLoader>>;

const mostIds = 100;

const findNothing: NodeLoader = () => Promise.resolve(null);

/** `node` and `nodes`: whatever has a global id. Malformed, missing and foreign ids are answered alike, by null (I10). */
export function nodeResolver(mirror: Mirror, loaders: NodeLoaders): Function {
  @Resolver()
  class NodeResolver {
    @Authorized()
    @Query(() => Node, {
      nullable: true,
      description: "The object with this id, of whatever type; null where there is none.",
    })
    async node(
      @Arg("id", () => ID, { description: "The global id." }) id: string,
      @Ctx() context: GatewayContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<object | null> {
      const [node = null] = await read([id], context, info);
      return node;
    }

    @Authorized()
    @Query(() => [Node], {
      nullable: "items",
      description: "The objects with these ids, in their order; null for each id that has none.",
    })
    nodes(
      @Arg("ids", () => [ID], { description: `The global ids, at most ${mostIds}.` }) ids: string[],
      @Ctx() context: GatewayContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<readonly (object | null)[]> {
      if (ids.length <= mostIds) return read(ids, context, info);
      throw badUserInput(`\`ids\` holds ${ids.length} ids; give at most ${mostIds} at a time.`, {
        field: "ids",
        reason: "TOO_MANY_IDS",
      });
    }
  }

  /** One read per type of record. */
  async function read(globalIds: readonly string[], context: GatewayContext, info: GraphQLResolveInfo) {
    const asked = globalIds.flatMap((globalId) => {
      const decoded = decodeId(globalId);
      return decoded === undefined ? [] : [{ globalId, ...decoded }];
    });
    const found = new Map<string, object | null>();
    const readType = async (type: string): Promise<void> => {
      const ofType = asked.filter((one) => one.type === type);
      const ids = ofType.map(({ id }) => id);
      const load = loaders[type] ?? findNothing;
      const nodes = await (mirror.has(type)
        ? mirror.byIds(type, ids, context, info)
        : Promise.all(ids.map((id) => load(id, context))));
      ofType.forEach(({ globalId }, index) => found.set(globalId, nodes[index] ?? null));
    };
    await Promise.all([...new Set(asked.map(({ type }) => type))].map(readType));
    return globalIds.map((globalId) => found.get(globalId) ?? null);
  }

  return NodeResolver;
}
