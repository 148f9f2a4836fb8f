import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  ID,
  Int,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { z } from "zod";
import { DateTime } from "../foundation/scalars.js";
import type { EntityChange as ChangeRow } from "../generated/prisma/client.js";
import { changeNumbers, changeStream } from "../sync/store/change-feed.js";
import { ConnectedCompany } from "./connected-company.js";
import { findConnection } from "./connection-scope.js";
import type { GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { badUserInput, notFound } from "./errors.js";
import { eventType } from "./event-type.js";
import {
  bindingOf,
  type Connection,
  connectionType,
  decodeCursor,
  encodeId,
  ForwardPage,
  Node,
  pageSize,
  toConnection,
} from "./relay.js";
import { FollowArgs, type FollowedEvent, followFrom, type Subscribing } from "./stream-events.js";

const ChangeKind = { CREATED: "CREATED", UPDATED: "UPDATED", REMOVED: "REMOVED" } as const;

registerEnumType(ChangeKind, {
  name: "ChangeKind",
  description: "What happened to a record of the mirror.",
  valuesConfig: {
    CREATED: { description: "It came into the mirror." },
    UPDATED: { description: "What it says has changed, or its state." },
    REMOVED: { description: "It is gone from QuickBooks." },
  },
});

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "One change of one record's content, in the order in which they were committed here.",
})
export class EntityChange {
  readonly __typename = "EntityChange";

  constructor(private readonly row: ChangeRow) {}

  get id() {
    return encodeId("EntityChange", this.row.id);
  }

  @Field(() => ConnectedCompany, { description: "Where the record lives." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => EntityName, { description: "The record's entity." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => ID, { description: "The record's global id: `node` and `nodes` give it as it is now." })
  get recordId() {
    return encodeId(this.row.entity, this.row.recordId);
  }

  @Field(() => ChangeKind, { description: "What happened to it." })
  get kind() {
    return this.row.kind;
  }

  @Field(() => Int, { description: "The version of the record that this made." })
  get version() {
    return this.row.version;
  }

  @Field(() => DateTime, { description: "When it was committed here." })
  get occurredAt() {
    return this.row.occurredAt;
  }
}

const EntityChangeConnection = connectionType("EntityChange", () => EntityChange);

const entityChangeEvent = eventType("EntityChangeEvent", {
  kindDescription: "What an event of the change feed tells.",
  snapshot: "Where the feed stands",
  kinds: {
    CHANGED: "Records have changed.",
  },
  otherwise: "CHANGED",
});

@ObjectType({ simpleResolvers: true, description: "Records that were changed by one transaction." })
class EntityChangeEvent extends entityChangeEvent.type {
  @Field(() => [EntityChange], { description: "The changes, in their order." })
  readonly changes!: readonly EntityChange[];
}

const told = z.object({ entity: z.string(), first: z.coerce.bigint(), last: z.coerce.bigint() });
const isNumber = (value: string | null): boolean => value !== null && /^\d{1,18}$/.test(value);

@ArgsType()
class FollowChangesArgs extends FollowArgs {
  @Field(() => ID, { description: "The company." })
  readonly connectionId!: string;

  @Field(() => [EntityName], { nullable: true, description: "Of these entities only." })
  readonly entities?: readonly string[] | null;
}

async function follow({ args, context }: Subscribing<FollowChangesArgs>) {
  const connection = await findConnection(args.connectionId, context);
  if (connection === undefined) throw notFound("connection");
  return followFrom(context.services.streams, args.after, {
    stream: changeStream(connection.id),
    snapshot: () => Promise.resolve(null),
    isWanted: ({ kind, data }) =>
      kind !== "CHANGED" || !args.entities || args.entities.includes(told.parse(data).entity),
  });
}

const cursorTooOld = () =>
  badUserInput(
    "What followed this cursor is kept no longer. Read the lists anew, and begin the feed without `after`.",
    { field: "after", reason: "CURSOR_TOO_OLD" },
  );

@Resolver()
export class EntityChangesResolver {
  @Authorized()
  @Query(() => EntityChangeConnection, {
    nullable: true,
    description: "The change feed of a company's mirror, oldest first: keep the last cursor, and go on behind it.",
  })
  async entityChanges(
    @Arg("connectionId", () => ID, { description: "The company." }) connectionId: string,
    @Arg("entities", () => [EntityName], { nullable: true, description: "Of these entities only." })
    entities: readonly string[] | null,
    @Args(() => ForwardPage) page: ForwardPage,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<EntityChange> | null> {
    const first = pageSize(page.first);
    const connection = await findConnection(connectionId, context);
    if (connection === undefined) return null;
    const binding = bindingOf(["changes", connection.id, entities ? [...entities].sort() : null]);
    const { entityChange, eventStream } = context.services.database.prisma;
    const [after = "0"] = typeof page.after === "string" ? decodeCursor(page.after, binding, [isNumber]) : [];
    const where = { connectionId: connection.id, ...(entities && { entity: { in: [...entities] } }) };
    const rows = await entityChange.findMany({
      where: { ...where, number: { gt: BigInt(after ?? 0) } },
      orderBy: { number: "asc" },
      take: first + 1,
    });
    if (typeof page.after === "string") {
      // Asked afterwards: what is removed meanwhile shows here, if not there.
      const numbers = await eventStream.findUnique({ where: { name: changeNumbers(connection.id) } });
      if (numbers !== null && BigInt(after ?? 0) < numbers.floor) throw cursorTooOld();
    }
    const shown = toConnection(rows, {
      first,
      after: page.after,
      binding,
      positionOf: ({ number }) => [number.toString()],
      totalCount: () => entityChange.count({ where }),
    });
    return {
      totalCount: shown.totalCount,
      pageInfo: shown.pageInfo,
      nodes: shown.nodes.map((row) => new EntityChange(row)),
      edges: shown.edges.map(({ node, cursor }) => ({ node: new EntityChange(node), cursor })),
    };
  }

  @Authorized()
  @Subscription(() => EntityChangeEvent, {
    subscribe: follow,
    description: "The change feed of a company's mirror, live.",
  })
  async entityChanged(
    @Root() event: FollowedEvent,
    @Args(() => FollowChangesArgs) { connectionId }: FollowChangesArgs,
    @Ctx() context: GatewayContext,
  ): Promise<EntityChangeEvent> {
    const connection = await findConnection(connectionId, context);
    if (connection === undefined) throw notFound("connection");
    const shown = entityChangeEvent.told(event);
    if (shown.kind !== "CHANGED") return { ...shown, changes: [] };
    const { first, last } = told.parse(event.data);
    const rows = await context.services.database.prisma.entityChange.findMany({
      where: { connectionId: connection.id, number: { gte: first, lte: last } },
      orderBy: { number: "asc" },
    });
    return { ...shown, changes: rows.map((row) => new EntityChange(row)) };
  }
}
