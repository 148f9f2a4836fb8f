import type { GraphQLError, GraphQLResolveInfo } from "graphql";
import { parseResolveInfo, type ResolveTree } from "graphql-parse-resolve-info";
import { Arg, Authorized, type ClassType, Ctx, ID, Info, Query, Resolver } from "type-graphql";
import type { Pool } from "pg";
import type { Actor } from "../../access/actor.js";
import { maySeePayloads } from "../../access/payloads.js";
import type { Clock } from "../../foundation/clock.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { entityOf, type Entity } from "../../sync/read/catalog.js";
import { createReader, type Asking, type NotKept, type Reader } from "../../sync/read/reader.js";
import { badUserInput, unauthenticated } from "../errors.js";
import { decodeIdOf, type Connection } from "../relay.js";
import { Presenter } from "./present.js";
import type { MirroredObject } from "./record.js";
import { Selector } from "./select.js";
import { asOfArgument, createTypes, listArguments, type MirrorTypes } from "./types.js";

/** What the mirror asks of an operation's context. */
export interface MirrorContext {
  readonly actor: Actor | undefined;
  readonly services: {
    readonly database: { readonly pool: Pick<Pool, "query"> };
    readonly clock: Clock;
  };
}

/** All of the mirror in GraphQL, made from the plugins' declarations. */
export interface Mirror {
  /** The resolvers of each entity's two queries: one record by its id, and the list of a company's records. */
  readonly resolvers: readonly Function[];
  /** The types of records, for what else shows them. */
  readonly types: MirrorTypes;
  /** Types that only interfaces lead to: for `orphanedTypes`. */
  readonly orphanedTypes: readonly Function[];
  /** Whether records of this type are mirrored. */
  has(type: string): boolean;
  /** The records of one type with these of our ids, in their order, null where there is none; what `info` selects is read. */
  byIds(
    type: string,
    ids: readonly string[],
    context: MirrorContext,
    info: GraphQLResolveInfo,
  ): Promise<readonly (MirroredObject | null)[]>;
}

export function createMirror(plugins: readonly EntityPlugin[]): Mirror {
  const reader = createReader(plugins);
  const types = createTypes(reader.catalog);
  const records = new RecordReader(reader);
  return {
    resolvers: plugins.map((plugin) => resolverOf(entityOf(reader.catalog, plugin.name), types, records)),
    types,
    orphanedTypes: types.orphaned,
    has: (type) => reader.catalog.has(type),
    byIds: (...asked) => records.byIds(...asked),
  };
}

class RecordReader {
  private readonly presenter: Presenter;

  constructor(private readonly reader: Reader) {
    this.presenter = new Presenter(reader.catalog);
  }

  async byIds(
    type: string,
    ids: readonly string[],
    context: MirrorContext,
    info: GraphQLResolveInfo,
  ): Promise<readonly (MirroredObject | null)[]> {
    const entity = entityOf(this.reader.catalog, type);
    const selection = this.selector(context).record(entity, [treeOf(info)]);
    const rows = await this.reader.byIds(asking(context), type, ids, selection);
    return rows.map((row) => row && this.presenter.record(entity, row, selection));
  }

  async page(
    entity: Entity,
    globalId: string,
    context: MirrorContext,
    info: GraphQLResolveInfo,
  ): Promise<Connection<MirroredObject> | null> {
    const tree = treeOf(info);
    const connectionId = decodeIdOf("ConnectedCompany", globalId);
    const list = { name: [entity.plugin.plural, connectionId], isKeyedByRow: false };
    const { asOf: given } = tree.args;
    const asOf = given instanceof Date ? given : undefined;
    const page = this.selector(context, asOf).page(entity, list, [tree]);
    if (connectionId === undefined) return null;
    const rows = await this.reader.list(asking(context, asOf), entity.plugin.name, connectionId, page);
    if (rows !== null && "keptFrom" in rows) throw notKept(rows);
    return rows && this.presenter.page(entity, rows, page);
  }

  private selector(context: MirrorContext, asOf?: Date): Selector {
    return new Selector(this.reader.catalog, { maySeePayloads: maySeePayloads(actorOf(context)), asOf });
  }
}

/** The two queries that every entity has. */
function resolverOf(entity: Entity, types: MirrorTypes, records: RecordReader): ClassType {
  const { name, plural, label } = entity.plugin;
  const describeOne = `The ${label.toLowerCase()} with this id.`;
  const describeList = `The ${plural} of a connected company; null where there is no such connection.`;

  @Resolver()
  class EntityResolver {
    @Authorized()
    @Query(() => types.record(name), { name: uncapitalised(name), nullable: true, description: describeOne })
    async one(
      @Arg("id", () => ID, { description: "The global id." }) globalId: string,
      @Ctx() context: MirrorContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<MirroredObject | null> {
      const id = decodeIdOf(name, globalId);
      if (id === undefined) return null;
      const [record = null] = await records.byIds(name, [id], context, info);
      return record;
    }

    @Authorized()
    @Query(() => types.connection(name), { name: plural, nullable: true, description: describeList })
    list(
      @Arg("connectionId", () => ID, { description: "The id of a ConnectedCompany." }) connectionId: string,
      @Ctx() context: MirrorContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<Connection<MirroredObject> | null> {
      return records.page(entity, connectionId, context, info);
    }
  }
  listArguments(EntityResolver.prototype, "list", { entity: name, inputs: types.inputs, from: 3 });
  asOfArgument(EntityResolver.prototype, "list", 7);
  return EntityResolver;
}

function notKept({ keptFrom }: NotKept): GraphQLError {
  return badUserInput(
    `The company's past is kept from ${keptFrom.toISOString()} on. Give that instant or a later one as \`asOf\`.`,
    { field: "asOf", reason: "NOT_KEPT" },
  );
}

/** Today is the day of the instant that is asked about, if that has come. */
function asking(context: MirrorContext, asOf?: Date): Asking {
  const { database, clock } = context.services;
  const now = clock.now();
  const at = asOf !== undefined && asOf < now ? asOf : now;
  return { database: database.pool, reach: actorOf(context), at, asOf };
}

function actorOf({ actor }: MirrorContext): Actor {
  if (actor === undefined) throw unauthenticated();
  return actor;
}

function treeOf(info: GraphQLResolveInfo): ResolveTree {
  const tree = parseResolveInfo(info);
  if (isTree(tree)) return tree;
  throw new Error(`Nothing is selected of ${info.fieldName}.`);
}

function isTree(parsed: ReturnType<typeof parseResolveInfo>): parsed is ResolveTree {
  return parsed !== null && parsed !== undefined && typeof parsed["fieldsByTypeName"] === "object" && "alias" in parsed;
}

function uncapitalised(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
