import type { PoolClient } from "pg";
import {
  Arg,
  Authorized,
  Ctx,
  Field,
  ID,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { z } from "zod";
import { DateTime } from "../foundation/scalars.js";
import type { StreamEvent } from "../foundation/streams.js";
import { connectionStream } from "../sync/run-view.js";
import { ConnectedCompany } from "./connected-company.js";
import { findConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { notFound } from "./errors.js";
import { streamCursor } from "./stream-cursor.js";
import { followFrom } from "./stream-events.js";
import { SyncRun } from "./sync-run.js";

const ConnectionEventKind = {
  SNAPSHOT: "SNAPSHOT",
  CONNECTED: "CONNECTED",
  AUTHORIZATION_ENDING: "AUTHORIZATION_ENDING",
  REAUTHORIZATION_REQUIRED: "REAUTHORIZATION_REQUIRED",
  DISCONNECTED: "DISCONNECTED",
  CHANGED: "CHANGED",
  COMPANY_RESET: "COMPANY_RESET",
  SYNC_STARTED: "SYNC_STARTED",
  SYNC_FINISHED: "SYNC_FINISHED",
  QUOTA_WARNING: "QUOTA_WARNING",
  RESYNC_REQUIRED: "RESYNC_REQUIRED",
} as const;

registerEnumType(ConnectionEventKind, {
  name: "ConnectionEventKind",
  description: "What an event of a connection tells.",
  valuesConfig: {
    SNAPSHOT: { description: "How things stand now: the first event where no `after` is given." },
    CONNECTED: { description: "The company was connected, or connected again." },
    AUTHORIZATION_ENDING: { description: "The authorization ends soon: see the `warning` of `authorization`." },
    REAUTHORIZATION_REQUIRED: { description: "QuickBooks no longer accepts the authorization." },
    DISCONNECTED: { description: "Somebody disconnected the company." },
    CHANGED: { description: "Something else about the connection has changed." },
    COMPANY_RESET: {
      description:
        "All data of the company was cleared in QuickBooks: nothing that was mirrored of it counts any more, and what it has now is read whole.",
    },
    SYNC_STARTED: { description: "A sync has begun." },
    SYNC_FINISHED: { description: "A sync has ended." },
    QUOTA_WARNING: {
      description:
        "The deployment's reads of QuickBooks run out: 80 % of this month's are spent, or all, or more will be needed; see the `apiUsage` of any company.",
    },
    RESYNC_REQUIRED: { description: "Events were missed; nothing follows. Subscribe again without `after`." },
  },
});

const kind = z.enum(ConnectionEventKind).catch("CHANGED");
/** An event is about one connection, a snapshot about all. */
const eventData = z
  .object({
    connectionId: z.string().optional(),
    syncRunId: z.string().optional(),
    connectionIds: z.array(z.string()).default([]),
  })
  .catch({ connectionIds: [] });

@ObjectType({ simpleResolvers: true, description: "What has happened to a connection of your organization." })
class ConnectionEvent {
  @Field(() => String, { description: "Give it as `after` to go on behind this event." })
  readonly cursor!: string;

  @Field(() => ConnectionEventKind, { description: "What has happened." })
  readonly kind!: z.infer<typeof kind>;

  @Field(() => DateTime, { description: "When it happened." })
  readonly occurredAt!: Date;

  @Field(() => [ConnectedCompany], {
    description: "The company that it happened to, as it stands now; in a SNAPSHOT all that are followed.",
  })
  readonly connections!: readonly ConnectedCompany[];

  @Field(() => SyncRun, { nullable: true, description: "The sync that began or ended." })
  readonly syncRun!: SyncRun | null;
}

interface Asked {
  readonly connectionId?: string | null;
  readonly after?: string | null;
}

async function follow({
  args: { connectionId, after },
  context,
}: {
  readonly args: Asked;
  readonly context: GatewayContext;
}) {
  const only = typeof connectionId === "string" ? await findConnection(connectionId, context) : undefined;
  if (typeof connectionId === "string" && only === undefined) throw notFound("connection");
  const { organizationId } = actorOf(context);
  const options = {
    stream: connectionStream(organizationId),
    snapshot: (client: PoolClient) => readConnections(client, organizationId, only?.id),
  };
  return followFrom(context.services.streams, after, options, (event) => {
    const { connectionId: about } = eventData.parse(event.data);
    return only === undefined || about === undefined || about === only.id;
  });
}

async function readConnections(client: PoolClient, organizationId: string, id: string | undefined) {
  const { rows } = await client.query(
    "SELECT id FROM connections WHERE organization_id = $1 AND id = coalesce($2, id) ORDER BY created_at DESC, id DESC",
    [organizationId, id],
  );
  return {
    connectionIds: z
      .array(z.object({ id: z.string() }))
      .parse(rows)
      .map((row) => row.id),
  };
}

@Resolver()
export class ConnectionEventsResolver {
  @Authorized()
  @Subscription(() => ConnectionEvent, {
    subscribe: follow,
    description: "The connections of your organization, live: how they stand, then all that happens to them.",
  })
  async connectionEvents(
    @Root() { number, kind: name, occurredAt, data }: StreamEvent,
    @Arg("connectionId", () => ID, { nullable: true, description: "Follow this connection only." })
    _connectionId: string | null,
    @Arg("after", () => String, { nullable: true, description: "Go on behind the event with this cursor." })
    _after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<ConnectionEvent> {
    const { connectionId, connectionIds, syncRunId } = eventData.parse(data);
    const ids = connectionId === undefined ? connectionIds : [connectionId];
    const rows = await Promise.all(ids.map((id) => context.loaders.connection.load(id)));
    const run = syncRunId === undefined ? undefined : await context.loaders.run.load(syncRunId);
    return {
      cursor: streamCursor(connectionStream(actorOf(context).organizationId), number),
      kind: kind.parse(name),
      occurredAt,
      connections: rows.flatMap((row) => (row === undefined ? [] : [new ConnectedCompany(row)])),
      syncRun: run === undefined ? null : new SyncRun(run),
    };
  }
}
