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
import { DateTime } from "../../foundation/scalars.js";
import type { StreamEvent } from "../../foundation/streams.js";
import { isOpen, localChangeStream } from "../../sync/local-changes/local-change.js";
import { findConnection } from "../connection-scope.js";
import { actorOf, type GatewayContext } from "../context.js";
import { notFound } from "../errors.js";
import { streamCursor } from "../stream-cursor.js";
import { followFrom } from "../stream-events.js";
import { LocalChange } from "./local-change.js";

const LocalChangeEventKind = { SNAPSHOT: "SNAPSHOT", CHANGED: "CHANGED", RESYNC_REQUIRED: "RESYNC_REQUIRED" } as const;

registerEnumType(LocalChangeEventKind, {
  name: "LocalChangeEventKind",
  description: "What an event of a local change tells.",
  valuesConfig: {
    SNAPSHOT: { description: "How things stand now: the first event where no `after` is given." },
    CHANGED: { description: "A local change was made, or its status or its fields changed." },
    RESYNC_REQUIRED: { description: "Events were missed; nothing follows. Subscribe again without `after`." },
  },
});

const mostShown = 100;
const kind = z.enum(LocalChangeEventKind).catch("CHANGED");
const eventData = z
  .object({
    connectionId: z.string().optional(),
    localChangeId: z.string().optional(),
    openIds: z.array(z.string()).default([]),
  })
  .catch({ openIds: [] });

@ObjectType({ simpleResolvers: true, description: "What has happened to an edit of your organization." })
class LocalChangeEvent {
  @Field(() => String, { description: "Give it as `after` to go on behind this event." })
  readonly cursor!: string;

  @Field(() => LocalChangeEventKind, { description: "What has happened." })
  readonly kind!: z.infer<typeof kind>;

  @Field(() => DateTime, { description: "When it happened." })
  readonly occurredAt!: Date;

  @Field(() => LocalChange, { nullable: true, description: "The local change, as it stands now." })
  readonly localChange!: LocalChange | null;

  @Field(() => [LocalChange], {
    description: `In a SNAPSHOT, what is neither in QuickBooks nor given up, the latest first, at most ${mostShown}; \`localChanges\` lists all.`,
  })
  readonly openLocalChanges!: readonly LocalChange[];
}

interface Asked {
  readonly connectionId?: string | null;
  readonly after?: string | null;
}

async function follow({ args, context }: { readonly args: Asked; readonly context: GatewayContext }) {
  const { connectionId, after } = args;
  const only = typeof connectionId === "string" ? await findConnection(connectionId, context) : undefined;
  if (typeof connectionId === "string" && only === undefined) throw notFound("connection");
  const { organizationId } = actorOf(context);
  const options = {
    stream: localChangeStream(organizationId),
    snapshot: (client: PoolClient) => readOpen(client, organizationId, only?.id),
  };
  return followFrom(context.services.streams, after, options, (event) => {
    const { connectionId: about } = eventData.parse(event.data);
    return only === undefined || about === undefined || about === only.id;
  });
}

async function readOpen(client: PoolClient, organizationId: string, connectionId: string | undefined) {
  const { rows } = await client.query(
    `SELECT l.id FROM local_changes l JOIN connections c ON c.id = l.connection_id
     WHERE c.organization_id = $1 AND c.id = coalesce($2, c.id) AND ${isOpen("l")} ORDER BY l.number DESC LIMIT $3`,
    [organizationId, connectionId, mostShown],
  );
  const found = z.array(z.object({ id: z.string() })).parse(rows);
  return { openIds: found.map(({ id }) => id) };
}

@Resolver()
export class LocalChangeEventsResolver {
  @Authorized()
  @Subscription(() => LocalChangeEvent, {
    subscribe: follow,
    description: "The edits of your organization, live: what is open, then all that becomes of them.",
  })
  async localChangeEvents(
    @Root() { number, kind: name, occurredAt, data }: StreamEvent,
    @Arg("connectionId", () => ID, { nullable: true, description: "Follow this connection only." })
    _connectionId: string | null,
    @Arg("after", () => String, { nullable: true, description: "Go on behind the event with this cursor." })
    _after: string | null,
    @Ctx() context: GatewayContext,
  ): Promise<LocalChangeEvent> {
    const { localChangeId, openIds } = eventData.parse(data);
    const load = async (ids: readonly string[]): Promise<readonly LocalChange[]> => {
      const rows = await Promise.all(ids.map((id) => context.loaders.localChange.load(id)));
      return rows.flatMap((row) => (row === undefined ? [] : [new LocalChange(row)]));
    };
    const [localChange = null] = await load(localChangeId === undefined ? [] : [localChangeId]);
    return {
      cursor: streamCursor(localChangeStream(actorOf(context).organizationId), number),
      kind: kind.parse(name),
      occurredAt,
      localChange,
      openLocalChanges: await load(openIds),
    };
  }
}
