import DataLoader from "dataloader";
import type { GraphQLResolveInfo } from "graphql";
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from "type-graphql";
import type { GatewayContext } from "../context.js";
import { type MirroredObject, MirroredRecord } from "../mirror/record.js";
import { type Connection, decodeId, ForwardPage } from "../relay.js";
import { RecordVersion, RecordVersionConnection } from "./record-version.js";
import { pagesOfVersions, type VersionRow } from "./versions.js";

/** The versions of records: those of all records in a list are read together. */
@Resolver(() => MirroredRecord)
export class RecordVersionsResolver {
  /** GraphQL gives all entries of a list the same nodes for a field, and every execution its own. */
  readonly #pages = new WeakMap<object, DataLoader<string, Connection<VersionRow>>>();

  @FieldResolver(() => RecordVersionConnection, {
    nullable: true,
    description: "What the record was before each change of its content, the latest first.",
  })
  async versions(
    @Root() { id: globalId }: MirroredObject,
    @Args(() => ForwardPage) page: ForwardPage,
    @Ctx() { services }: GatewayContext,
    @Info() { fieldNodes }: GraphQLResolveInfo,
  ): Promise<Connection<RecordVersion>> {
    const record = typeof globalId === "string" ? decodeId(globalId) : undefined;
    if (record === undefined) throw new Error("A record was read without the id that its versions are found by.");
    const pages =
      this.#pages.get(fieldNodes) ?? new DataLoader((ids) => pagesOfVersions(services.database.pool, page, ids));
    this.#pages.set(fieldNodes, pages);
    const { edges, pageInfo, totalCount } = await pages.load(record.id);
    const shown = edges.map(({ node, cursor }) => ({ node: new RecordVersion(node), cursor }));
    return { pageInfo, totalCount, edges: shown, nodes: shown.map(({ node }) => node) };
  }
}
