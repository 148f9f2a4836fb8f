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
import { readProgress } from "../sync/progress.js";
import { isFinal, runRow, runStream } from "../sync/run-view.js";
import type { GatewayContext } from "./context.js";
import { EntityProgress, showProgress } from "./entity-progress.js";
import { notFound } from "./errors.js";
import { decodeIdOf } from "./relay.js";
import { runInEvent } from "./run-state.js";
import { streamCursor } from "./stream-cursor.js";
import { followFrom } from "./stream-events.js";
import { SyncRun } from "./sync-run.js";

const SyncRunEventKind = {
  SNAPSHOT: "SNAPSHOT",
  STARTED: "STARTED",
  PROGRESS: "PROGRESS",
  FAILURE: "FAILURE",
  THROTTLED: "THROTTLED",
  FINISHED: "FINISHED",
  RESYNC_REQUIRED: "RESYNC_REQUIRED",
} as const;

registerEnumType(SyncRunEventKind, {
  name: "SyncRunEventKind",
  description: "What an event of a sync run tells.",
  valuesConfig: {
    SNAPSHOT: { description: "How the run stands now: the first event where no `after` is given." },
    STARTED: { description: "A worker has begun the run." },
    PROGRESS: { description: "An entity has come further." },
    FAILURE: { description: "A record could not be taken in." },
    THROTTLED: { description: "QuickBooks asked the run to wait." },
    FINISHED: { description: "The run has ended; nothing follows." },
    RESYNC_REQUIRED: { description: "Events were missed; nothing follows. Subscribe again without `after`." },
  },
});

const kind = z.enum(SyncRunEventKind);
const eventData = z.object({ run: runInEvent, entity: z.string().optional() });

@ObjectType({
  simpleResolvers: true,
  description: "What has happened to a sync run. It tells the whole state, so no earlier event is needed.",
})
class SyncRunEvent {
  @Field(() => String, { description: "Give it as `after` to go on behind this event." })
  readonly cursor!: string;

  @Field(() => SyncRunEventKind, { description: "What has happened." })
  readonly kind!: z.infer<typeof kind>;

  @Field(() => DateTime, { description: "When it happened." })
  readonly occurredAt!: Date;

  @Field(() => SyncRun, { nullable: true, description: "The run as it then stood; null where events were missed." })
  readonly run!: SyncRun | null;

  @Field(() => EntityProgress, { nullable: true, description: "The entity that has come further." })
  readonly entity!: EntityProgress | null;
}

interface Asked {
  readonly syncRunId: string;
  readonly after?: string | null;
}

async function follow({ args, context }: { readonly args: Asked; readonly context: GatewayContext }) {
  const id = decodeIdOf("SyncRun", args.syncRunId);
  if (id === undefined || (await context.loaders.run.load(id)) === undefined) throw notFound("sync run");
  return followFrom(context.services.streams, args.after, {
    stream: runStream(id),
    snapshot: (client) => readRun(client, id),
    isLast: ({ data }) => isFinal(eventData.parse(data).run.status),
    // Progress is absolute, so the latest of an entity says all; every other event is delivered.
    coalesce: (event) => (event.kind === "PROGRESS" ? eventData.parse(event.data).entity : undefined),
  });
}

/** The run as its events tell it. */
async function readRun(client: PoolClient, id: string) {
  const { rows } = await client.query("SELECT * FROM quickbooks_syncs WHERE id = $1", [id]);
  return { run: { ...runRow.parse(rows[0]), progress: await readProgress(client, id) } };
}

@Resolver()
export class SyncRunEventsResolver {
  @Authorized()
  @Subscription(() => SyncRunEvent, {
    subscribe: follow,
    description: "A sync run, live: how it stands, then all that happens to it, until it has ended.",
  })
  syncRunEvents(
    @Root() event: StreamEvent,
    @Arg("syncRunId", () => ID, { description: "The run to follow." }) syncRunId: string,
    @Arg("after", () => String, { nullable: true, description: "Go on behind the event with this cursor." })
    _after: string | null,
    @Ctx() { services }: GatewayContext,
  ): SyncRunEvent {
    const cursor = streamCursor(runStream(decodeIdOf("SyncRun", syncRunId) ?? ""), event.number);
    const shown = { cursor, kind: kind.catch("PROGRESS").parse(event.kind), occurredAt: event.occurredAt };
    if (event.kind === "RESYNC_REQUIRED") return { ...shown, run: null, entity: null };
    const { run, entity } = eventData.parse(event.data);
    const progress = run.progress.find((state) => state.entity === entity);
    return {
      ...shown,
      run: new SyncRun(run, run.progress),
      entity: progress === undefined ? null : showProgress(progress, services.clock.now()),
    };
  }
}
