import type { PoolClient } from "pg";
import { ArgsType, Field, ID } from "type-graphql";
import { z } from "zod";
import { reaches, type Reach } from "../access/reach.js";
import type { FollowOptions, StreamEvent, Streams } from "../foundation/streams.js";
import { findConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { notFound } from "./errors.js";
import { numberOfCursor, streamCursor } from "./stream-cursor.js";

/** An event as its resolver gets it: with its place in its stream. */
export interface FollowedEvent extends StreamEvent {
  readonly cursor: string;
}

/** A subscription that is asked for. */
export interface Subscribing<Asked> {
  readonly args: Asked;
  readonly context: GatewayContext;
}

interface Following extends Omit<FollowOptions, "after" | "signal"> {
  /** Left out: all are. */
  readonly isWanted?: (event: StreamEvent) => boolean;
}

@ArgsType()
export class FollowArgs {
  @Field(() => String, { nullable: true, description: "Go on behind the event with this cursor." })
  readonly after?: string | null;
}

@ArgsType()
export class FollowConnectionsArgs extends FollowArgs {
  @Field(() => ID, { nullable: true, description: "Follow this connection only." })
  readonly connectionId?: string | null;
}

/**
 * A stream as a subscription wants it. Leaving ends it at once: a generator that waits for the next event would only end with
 * that.
 */
export function followFrom(
  streams: Streams,
  after: string | null | undefined,
  { isWanted = () => true, ...options }: Following,
): AsyncIterableIterator<FollowedEvent> {
  const leaving = new AbortController();
  const place = after === null || after === undefined ? {} : { after: numberOfCursor(options.stream, after) };
  const events = wanted(streams.follow({ ...options, ...place, signal: leaving.signal }), options.stream, isWanted);
  return {
    next: () => events.next(),
    return() {
      leaving.abort();
      return events.return();
    },
    throw(error: unknown) {
      leaving.abort();
      return events.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* wanted(
  events: AsyncIterable<StreamEvent>,
  stream: string,
  isWanted: (event: StreamEvent) => boolean,
): AsyncGenerator<FollowedEvent, void, undefined> {
  for await (const event of events) if (isWanted(event)) yield { ...event, cursor: streamCursor(stream, event.number) };
}

interface OrganizationStream {
  readonly stream: (organizationId: string) => string;
  /** Of the connections that are followed. */
  readonly snapshot: (client: PoolClient, followed: Reach) => Promise<unknown>;
}

const eventData = z.object({ connectionId: z.string().optional() }).catch({});

/** Follows a stream of the organization: what is about one connection, or all that the actor reaches, and what is about none (I10). */
export function followConnections({ stream, snapshot }: OrganizationStream) {
  return async ({ args: { connectionId, after }, context }: Subscribing<FollowConnectionsArgs>) => {
    const only = typeof connectionId === "string" ? await findConnection(connectionId, context) : undefined;
    if (typeof connectionId === "string" && only === undefined) throw notFound("connection");
    const actor = actorOf(context);
    const followed = only === undefined ? actor : { ...actor, connectionIds: [only.id] };
    return followFrom(context.services.streams, after, {
      stream: stream(actor.organizationId),
      snapshot: (client) => snapshot(client, followed),
      isWanted({ data }) {
        const { connectionId: about } = eventData.parse(data);
        return about === undefined || reaches(followed, about);
      },
    });
  };
}
