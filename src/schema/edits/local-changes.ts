import DataLoader from "dataloader";
import type { GraphQLResolveInfo } from "graphql";
import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { connectionScope } from "../connection-scope.js";
import type { GatewayContext } from "../context.js";
import { EntityNameFilter } from "../failures.js";
import { type OneOf, oneOf } from "../lists.js";
import { type MirroredObject, MirroredRecord } from "../mirror/record.js";
import { type Connection, decodeId, decodeIdOf, ForwardPage } from "../relay.js";
import { LocalChangeStatus } from "./enums.js";
import { LocalChange, LocalChangeConnection } from "./local-change.js";
import { type ChangeScope, pageOfChanges, pagesOfRecords } from "./pages.js";

const LocalChangeStatusFilter = oneOf<keyof typeof LocalChangeStatus>("LocalChangeStatus", () => LocalChangeStatus);

@InputType({ description: "Which local changes to list." })
class LocalChangeFilter {
  @Field(() => LocalChangeStatusFilter, { nullable: true, description: "By what has become of them." })
  readonly status?: OneOf<keyof typeof LocalChangeStatus> | null;

  @Field(() => EntityNameFilter, { nullable: true, description: "By entity." })
  readonly entity?: OneOf<string> | null;
}

@Resolver()
export class LocalChangesResolver {
  @Authorized()
  @Query(() => LocalChange, {
    nullable: true,
    description: "The local change with this id; null where there is none.",
  })
  async localChange(
    @Arg("id", () => ID, { description: "The global id." }) globalId: string,
    @Ctx() { loaders }: GatewayContext,
  ): Promise<LocalChange | null> {
    const id = decodeIdOf("LocalChange", globalId);
    const row = id === undefined ? undefined : await loaders.localChange.load(id);
    return row === undefined ? null : new LocalChange(row);
  }

  @Authorized()
  @Query(() => LocalChangeConnection, {
    nullable: true,
    description: "Edits that were made here, the latest first.",
  })
  async localChanges(
    @Arg("connectionId", () => ID, { nullable: true, description: "Of this connection only." })
    connectionId: string | null,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("filter", () => LocalChangeFilter, { nullable: true, description: "All of its conditions hold." })
    filter: LocalChangeFilter | null,
    @Ctx() { services, loaders, ...context }: GatewayContext,
  ): Promise<Connection<LocalChange> | null> {
    const scope = await connectionScope(connectionId, { services, loaders, ...context });
    if (scope === null) return null;
    const connectionIds = scope.connectionId === undefined ? await loaders.ownConnectionIds() : [scope.connectionId];
    return pageOfChanges(services.database.pool, page, { ...scopeOf(filter), connectionIds });
  }
}

/** The local changes of records: those of all records in a list are read together. */
@Resolver(() => MirroredRecord)
export class RecordChangesResolver {
  /** GraphQL gives all entries of a list the same nodes for a field, and every execution its own. */
  readonly #pages = new WeakMap<object, DataLoader<string, Connection<LocalChange>>>();

  @FieldResolver(() => LocalChangeConnection, { description: "The edits of the record made here, the latest first." })
  localChanges(
    @Root() { id: globalId }: MirroredObject,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("filter", () => LocalChangeFilter, { nullable: true, description: "All of its conditions hold." })
    filter: LocalChangeFilter | null,
    @Ctx() { services }: GatewayContext,
    @Info() { fieldNodes }: GraphQLResolveInfo,
  ): Promise<Connection<LocalChange>> {
    const record = typeof globalId === "string" ? decodeId(globalId) : undefined;
    if (record === undefined) throw new Error("A record was read without the id that its local changes are found by.");
    const pages =
      this.#pages.get(fieldNodes) ??
      new DataLoader((ids) => pagesOfRecords(services.database.pool, page, scopeOf(filter), ids));
    this.#pages.set(fieldNodes, pages);
    return pages.load(record.id);
  }
}

function scopeOf(filter: LocalChangeFilter | null | undefined): ChangeScope {
  return { status: filter?.status ?? {}, entity: filter?.entity ?? {} };
}
