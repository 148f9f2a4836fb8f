import { Arg, Args, ArgsType, Authorized, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from "type-graphql";
import { maySeePayloads } from "../access/payloads.js";
import { DateTime } from "../foundation/scalars.js";
import type { WebhookEvent as EventRow } from "../generated/prisma/client.js";
import { ConnectedCompany } from "./connected-company.js";
import { connectionScope } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { WebhookEventStatus } from "./enums.js";
import { pageByInstant } from "./lists.js";
import { type Connection, connectionType, encodeId, ForwardPage, Node } from "./relay.js";
import { SyncRun } from "./sync-run.js";
import { conditionsOf, WebhookEventFilter } from "./webhook-event-filter.js";

/** A row that belongs to a connection: no other is ever shown. */
export type OwnEventRow = EventRow & { readonly connectionId: string };

export const isOwn = (row: EventRow): row is OwnEventRow => row.connectionId !== null;

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A change that QuickBooks told of. What it names is read again; the notice itself carries no data.",
})
export class WebhookEvent {
  readonly __typename = "WebhookEvent";

  constructor(private readonly row: OwnEventRow) {}

  get id() {
    return encodeId("WebhookEvent", this.row.id);
  }

  @Field(() => ConnectedCompany, { description: "The company it is about." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => EntityName, { nullable: true, description: "The entity it is about; null where that is not mirrored." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => String, { description: "What QuickBooks calls what it is about, as it stood in the notice." })
  get type() {
    return this.row.type;
  }

  @Field(() => String, {
    description: "What happened: CREATE, UPDATE, DELETE, MERGE, VOID, EMAIL, or QuickBooks' own word.",
  })
  get operation() {
    return this.row.operation;
  }

  @Field(() => String, { nullable: true, description: "The record's id in QuickBooks; after a merge, the survivor's." })
  get quickbooksId() {
    return this.row.quickbooksId;
  }

  @Field(() => String, { nullable: true, description: "The id of the record that was merged into the other." })
  get mergedQuickbooksId() {
    return this.row.deletedId;
  }

  @Field(() => DateTime, { nullable: true, description: "When it happened, by QuickBooks' clock." })
  get occurredAt() {
    return this.row.eventTime;
  }

  @Field(() => DateTime, { description: "When the gateway received it." })
  get receivedAt() {
    return this.row.receivedAt;
  }

  @Field(() => WebhookEventStatus, { description: "What became of it." })
  get status() {
    return this.row.status;
  }

  @Field(() => Int, { description: "How often it was applied without coming to an end." })
  get attempts() {
    return this.row.attempts;
  }

  @Field(() => DateTime, { nullable: true, description: "When it is tried next; null where nothing more is done." })
  get nextAttemptAt() {
    return this.row.status === "PENDING" || this.row.status === "FAILED" ? this.row.nextAttemptAt : null;
  }

  @Field(() => String, { nullable: true, description: "Why it waits, failed, is ignored or cannot be read." })
  get error() {
    return this.row.reason;
  }

  @Field(() => String, {
    nullable: true,
    description: "The notice as it came, without the company; for OPERATOR and above.",
  })
  payload(@Ctx() context: GatewayContext): string | null {
    return maySeePayloads(actorOf(context)) ? this.row.payload : null;
  }

  @Field(() => SyncRun, { nullable: true, description: "The sync run that applies it, or applied it last." })
  async syncRun(@Ctx() { loaders }: GatewayContext): Promise<SyncRun | null> {
    const row = this.row.runId === null ? undefined : await loaders.run.load(this.row.runId);
    return row === undefined ? null : new SyncRun(row);
  }
}

export const WebhookEventConnection = connectionType("WebhookEvent", () => WebhookEvent);

@ArgsType()
class WebhookEventsPage extends ForwardPage {
  @Field(() => WebhookEventFilter, { nullable: true, description: "All of its conditions hold." })
  readonly filter?: WebhookEventFilter | null;
}

@Resolver()
export class WebhookEventsResolver {
  @Authorized()
  @Query(() => WebhookEventConnection, {
    nullable: true,
    description: "Changes that QuickBooks told of, the latest received first.",
  })
  async webhookEvents(
    @Arg("connectionId", () => ID, { nullable: true, description: "Of this connection only." })
    connectionId: string | null,
    @Args(() => WebhookEventsPage) { filter, ...page }: WebhookEventsPage,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<WebhookEvent> | null> {
    const scope = await connectionScope(connectionId, context);
    if (scope === null) return null;
    const { webhookEvent } = context.services.database.prisma;
    const asked = { ...scope, ...conditionsOf(filter ?? {}) };
    const own = { AND: [{ connectionId: { in: [...(await context.loaders.ownConnectionIds())] } }, asked] };
    return pageByInstant(page, {
      list: ["webhookEvents", asked],
      read: async (place, take) => {
        const rows = await webhookEvent.findMany({
          where: {
            ...own,
            ...(place && { OR: [{ receivedAt: { lt: place.at } }, { receivedAt: place.at, id: { lt: place.id } }] }),
          },
          orderBy: [{ receivedAt: "desc" }, { id: "desc" }],
          take,
        });
        return rows.filter(isOwn);
      },
      count: () => webhookEvent.count({ where: own }),
      instantOf: ({ receivedAt }) => receivedAt,
      show: (row) => new WebhookEvent(row),
    });
  }
}
