import type { PoolClient } from "pg";
import { Args, Authorized, Ctx, Field, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { z } from "zod";
import { isReached, reachParameter, type Reach } from "../access/reach.js";
import { connectionStream } from "../sync/run-view.js";
import { Alert } from "./alerts/alert.js";
import { ConnectedCompany } from "./connected-company.js";
import type { GatewayContext } from "./context.js";
import { eventType } from "./event-type.js";
import { followConnections, FollowConnectionsArgs, type FollowedEvent } from "./stream-events.js";
import { SyncRun } from "./sync-run.js";

const connectionEvent = eventType("ConnectionEvent", {
  kindDescription: "What an event of a connection tells.",
  kinds: {
    CONNECTED: "The company was connected, or connected again.",
    AUTHORIZATION_ENDING: "The authorization ends soon: see the `warning` of `authorization`.",
    REAUTHORIZATION_REQUIRED: "QuickBooks no longer accepts the authorization.",
    DISCONNECTED: "Somebody disconnected the company.",
    CHANGED: "Something else about the connection has changed.",
    COMPANY_RESET:
      "All data of the company was cleared in QuickBooks: nothing that was mirrored of it counts any more, and what it has now is read whole.",
    SYNC_STARTED: "A sync has begun.",
    SYNC_FINISHED: "A sync has ended.",
    ALERT_OPENED: "Something wants a person's attention: see the `alert`.",
    ALERT_RECOVERED: "The cause of an alert is gone.",
    QUOTA_WARNING:
      "The deployment's reads of QuickBooks run out: 80 % of this month's are spent, or all, or more will be needed; see the `apiUsage` of any company.",
  },
  otherwise: "CHANGED",
});

/** An event is about one connection, a snapshot about all. */
const eventData = z
  .object({
    connectionId: z.string().optional(),
    syncRunId: z.string().optional(),
    alertId: z.string().optional(),
    connectionIds: z.array(z.string()).default([]),
  })
  .catch({ connectionIds: [] });

@ObjectType({ simpleResolvers: true, description: "What has happened to a connection of your organization." })
class ConnectionEvent extends connectionEvent.type {
  @Field(() => [ConnectedCompany], {
    description: "The company that it happened to, as it stands now; in a SNAPSHOT all that are followed.",
  })
  readonly connections!: readonly ConnectedCompany[];

  @Field(() => SyncRun, { nullable: true, description: "The sync that began or ended." })
  readonly syncRun!: SyncRun | null;

  @Field(() => Alert, { nullable: true, description: "The alert that was opened or has ended." })
  readonly alert!: Alert | null;
}

async function readConnections(client: PoolClient, followed: Reach) {
  const { rows } = await client.query(
    `SELECT c.id FROM connections c WHERE ${isReached("c", "$1")} ORDER BY c.created_at DESC, c.id DESC`,
    [reachParameter(followed)],
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
    subscribe: followConnections({ stream: connectionStream, snapshot: readConnections }),
    description: "The connections of your organization, live: how they stand, then all that happens to them.",
  })
  async connectionEvents(
    @Root() event: FollowedEvent,
    @Args(() => FollowConnectionsArgs) _args: FollowConnectionsArgs,
    @Ctx() context: GatewayContext,
  ): Promise<ConnectionEvent> {
    const { connectionId, connectionIds, syncRunId, alertId } = eventData.parse(event.data);
    const ids = connectionId === undefined ? connectionIds : [connectionId];
    const rows = await Promise.all(ids.map((id) => context.loaders.connection.load(id)));
    const run = syncRunId === undefined ? undefined : await context.loaders.run.load(syncRunId);
    return {
      ...connectionEvent.told(event),
      connections: rows.flatMap((row) => (row === undefined ? [] : [new ConnectedCompany(row)])),
      syncRun: run === undefined ? null : new SyncRun(run),
      alert: alertId === undefined ? null : await Alert.load(alertId, context),
    };
  }
}
