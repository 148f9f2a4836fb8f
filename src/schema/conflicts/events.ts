import {
  Arg,
  Authorized,
  Ctx,
  Field,
  ID,
  Int,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import { z } from "zod";
import { DateTime } from "../../foundation/scalars.js";
import type { StreamEvent } from "../../foundation/streams.js";
import { conflictStream } from "../../sync/conflicts/conflict.js";
import { findConnection } from "../connection-scope.js";
import { actorOf, type GatewayContext } from "../context.js";
import { notFound } from "../errors.js";
import { decodeIdOf } from "../relay.js";
import { streamCursor } from "../stream-cursor.js";
import { followFrom } from "../stream-events.js";
import { Conflict } from "./conflict.js";

const ConflictEventKind = {
  SNAPSHOT: "SNAPSHOT",
  OPENED: "OPENED",
  UPDATED: "UPDATED",
  RESOLVED: "RESOLVED",
  REOPENED: "REOPENED",
  IGNORED: "IGNORED",
  ASSIGNED: "ASSIGNED",
  SUPERSEDED: "SUPERSEDED",
  RESYNC_REQUIRED: "RESYNC_REQUIRED",
} as const;

registerEnumType(ConflictEventKind, {
  name: "ConflictEventKind",
  description: "What an event of a conflict tells.",
  valuesConfig: {
    SNAPSHOT: { description: "How things stand now: the first event where no `after` is given." },
    OPENED: { description: "A conflict was found." },
    UPDATED: { description: "One of the sides has changed again: the conflict is open, under a new version." },
    RESOLVED: { description: "Somebody decided." },
    REOPENED: { description: "Somebody took a decision back." },
    IGNORED: { description: "Somebody put it aside until it changes again." },
    ASSIGNED: { description: "Somebody else is to decide, or nobody any more." },
    SUPERSEDED: { description: "There is nothing to decide any more: both sides agree, or the edit is gone." },
    RESYNC_REQUIRED: { description: "Events were missed; nothing follows. Subscribe again without `after`." },
  },
});

const kind = z.enum(ConflictEventKind).catch("UPDATED");
/** An event is about one conflict, a snapshot about none. */
const eventData = z.object({ connectionId: z.string().optional(), conflictId: z.string().optional() }).catch({});

@ObjectType({ simpleResolvers: true, description: "What has happened to a conflict of your organization." })
class ConflictEvent {
  @Field(() => String, { description: "Give it as `after` to go on behind this event." })
  readonly cursor!: string;

  @Field(() => ConflictEventKind, { description: "What has happened." })
  readonly kind!: z.infer<typeof kind>;

  @Field(() => DateTime, { description: "When it happened." })
  readonly occurredAt!: Date;

  @Field(() => Conflict, { nullable: true, description: "The conflict, as it stands now; null in a SNAPSHOT." })
  readonly conflict!: Conflict | null;

  @Field(() => Int, { description: "How many conflicts are open now, of those that are followed." })
  readonly openConflicts!: number;
}

interface Asked {
  readonly connectionId?: string | null;
  readonly after?: string | null;
}

async function follow({ args, context }: { readonly args: Asked; readonly context: GatewayContext }) {
  const { connectionId, after } = args;
  const only = typeof connectionId === "string" ? await findConnection(connectionId, context) : undefined;
  if (typeof connectionId === "string" && only === undefined) throw notFound("connection");
  const options = {
    stream: conflictStream(actorOf(context).organizationId),
    snapshot: () => Promise.resolve({}),
  };
  return followFrom(context.services.streams, after, options, ({ data }) => {
    const { connectionId: about } = eventData.parse(data);
    return only === undefined || about === undefined || about === only.id;
  });
}

const sumOf = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0);

@Resolver()
export class ConflictEventsResolver {
  @Authorized()
  @Subscription(() => ConflictEvent, {
    subscribe: follow,
    description: "The conflicts of your organization, live: how many are open, then all that happens to them.",
  })
  async conflictEvents(
    @Root() { number, kind: name, occurredAt, data }: StreamEvent,
    @Arg("connectionId", () => ID, { nullable: true, description: "Follow this connection only." })
    connectionId: string | null | undefined,
    @Arg("after", () => String, { nullable: true, description: "Go on behind the event with this cursor." })
    _after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<ConflictEvent> {
    const { organizationId } = actorOf(context);
    const { conflictId } = eventData.parse(data);
    const open = await context.services.conflicts.openCounts(organizationId, number);
    // Whose connection it is was checked when it was followed, and only the organization's own are counted.
    const only = typeof connectionId === "string" ? decodeIdOf("ConnectedCompany", connectionId) : undefined;
    return {
      cursor: streamCursor(conflictStream(organizationId), number),
      kind: kind.parse(name),
      occurredAt,
      conflict: conflictId === undefined ? null : await Conflict.load(conflictId, context),
      openConflicts: only === undefined ? sumOf(open.values()) : (open.get(only) ?? 0),
    };
  }
}
