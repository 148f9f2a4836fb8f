import type { PoolClient } from "pg";
import { Args, Authorized, Ctx, Field, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { z } from "zod";
import { isReached, reachParameter, type Reach } from "../../access/reach.js";
import { isOpen, localChangeStream } from "../../sync/local-changes/local-change.js";
import type { GatewayContext } from "../context.js";
import { eventType } from "../event-type.js";
import { followConnections, FollowConnectionsArgs, type FollowedEvent } from "../stream-events.js";
import { LocalChange } from "./local-change.js";

const localChangeEvent = eventType("LocalChangeEvent", {
  kindDescription: "What an event of a local change tells.",
  kinds: {
    CHANGED: "A local change was made, or its status or its fields changed.",
  },
  otherwise: "CHANGED",
});

const mostShown = 100;
const eventData = z
  .object({
    localChangeId: z.string().optional(),
    openIds: z.array(z.string()).default([]),
  })
  .catch({ openIds: [] });

@ObjectType({ simpleResolvers: true, description: "What has happened to an edit of your organization." })
class LocalChangeEvent extends localChangeEvent.type {
  @Field(() => LocalChange, { nullable: true, description: "The local change, as it stands now." })
  readonly localChange!: LocalChange | null;

  @Field(() => [LocalChange], {
    description: `In a SNAPSHOT, what is neither in QuickBooks nor given up, the latest first, at most ${mostShown}; \`localChanges\` lists all.`,
  })
  readonly openLocalChanges!: readonly LocalChange[];
}

async function readOpen(client: PoolClient, followed: Reach) {
  const { rows } = await client.query(
    `SELECT l.id FROM local_changes l JOIN connections c ON c.id = l.connection_id
     WHERE ${isReached("c", "$1")} AND ${isOpen("l")} ORDER BY l.number DESC LIMIT $2`,
    [reachParameter(followed), mostShown],
  );
  const found = z.array(z.object({ id: z.string() })).parse(rows);
  return { openIds: found.map(({ id }) => id) };
}

@Resolver()
export class LocalChangeEventsResolver {
  @Authorized()
  @Subscription(() => LocalChangeEvent, {
    subscribe: followConnections({ stream: localChangeStream, snapshot: readOpen }),
    description: "The edits of your organization, live: what is open, then all that becomes of them.",
  })
  async localChangeEvents(
    @Root() event: FollowedEvent,
    @Args(() => FollowConnectionsArgs) _args: FollowConnectionsArgs,
    @Ctx() context: GatewayContext,
  ): Promise<LocalChangeEvent> {
    const { localChangeId, openIds } = eventData.parse(event.data);
    const load = async (ids: readonly string[]): Promise<readonly LocalChange[]> => {
      const rows = await Promise.all(ids.map((id) => context.loaders.localChange.load(id)));
      return rows.flatMap((row) => (row === undefined ? [] : [new LocalChange(row)]));
    };
    const [localChange = null] = await load(localChangeId === undefined ? [] : [localChangeId]);
    return {
      ...localChangeEvent.told(event),
      localChange,
      openLocalChanges: await load(openIds),
    };
  }
}
