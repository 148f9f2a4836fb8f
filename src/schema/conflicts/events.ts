import { Authorized, Args, Ctx, Field, Int, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { z } from "zod";
import { reaches } from "../../access/reach.js";
import { conflictStream } from "../../sync/conflicts/conflict.js";
import { actorOf, type GatewayContext } from "../context.js";
import { eventType } from "../event-type.js";
import { decodeIdOf } from "../relay.js";
import { followConnections, FollowConnectionsArgs, type FollowedEvent } from "../stream-events.js";
import { Conflict } from "./conflict.js";

const conflictEvent = eventType("ConflictEvent", {
  kindDescription: "What an event of a conflict tells.",
  kinds: {
    OPENED: "A conflict was found.",
    UPDATED: "One of the sides has changed again: the conflict is open, under a new version.",
    RESOLVED: "Somebody decided.",
    REOPENED: "Somebody took a decision back.",
    IGNORED: "Somebody put it aside until it changes again.",
    ASSIGNED: "Somebody else is to decide, or nobody any more.",
    SUPERSEDED: "There is nothing to decide any more: both sides agree, or the edit is gone.",
  },
  otherwise: "UPDATED",
});

/** An event is about one conflict, a snapshot about none. */
const eventData = z.object({ conflictId: z.string().optional() }).catch({});

@ObjectType({ simpleResolvers: true, description: "What has happened to a conflict of your organization." })
class ConflictEvent extends conflictEvent.type {
  @Field(() => Conflict, { nullable: true, description: "The conflict, as it stands now; null in a SNAPSHOT." })
  readonly conflict!: Conflict | null;

  @Field(() => Int, { description: "How many conflicts are open now, of those that are followed." })
  readonly openConflicts!: number;
}

@Resolver()
export class ConflictEventsResolver {
  @Authorized()
  @Subscription(() => ConflictEvent, {
    subscribe: followConnections({ stream: conflictStream, snapshot: () => Promise.resolve({}) }),
    description: "The conflicts of your organization, live: how many are open, then all that happens to them.",
  })
  async conflictEvents(
    @Root() event: FollowedEvent,
    @Args(() => FollowConnectionsArgs) { connectionId }: FollowConnectionsArgs,
    @Ctx() context: GatewayContext,
  ): Promise<ConflictEvent> {
    const actor = actorOf(context);
    const { conflictId } = eventData.parse(event.data);
    const only = typeof connectionId === "string" ? decodeIdOf("ConnectedCompany", connectionId) : undefined;
    const open = [...(await context.services.conflicts.openCounts(actor.organizationId, event.number))];
    const followed = open.filter(([id]) => reaches(actor, id) && (only === undefined || only === id));
    return {
      ...conflictEvent.told(event),
      conflict: conflictId === undefined ? null : await Conflict.load(conflictId, context),
      openConflicts: followed.reduce((sum, [, count]) => sum + count, 0),
    };
  }
}
