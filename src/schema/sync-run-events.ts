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
import { readRunView } from "../sync/progress.js";
import { isFinal, runStream } from "../sync/run-view.js";
import type { GatewayContext } from "./context.js";
import { EntityProgress, showProgress } from "./entity-progress.js";
import { notFound } from "./errors.js";
import { RecordFailure } from "./failures.js";
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
    PROGRESS: { description: "An entity has come further, or some time has passed." },
    FAILURE: { description: "A record could not be taken in." },
    THROTTLED: { description: "The run waits for QuickBooks: see `throttledUntil`." },
    FINISHED: { description: "The run has ended; nothing follows." },
    RESYNC_REQUIRED: { description: "Events were missed; nothing follows. Subscribe again without `after`." },
  },
});

const kind = z.enum(SyncRunEventKind);
const eventData = z.object({ run: runInEvent, entity: z.string().optional(), failureId: z.string().optional() });

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

  @Field(() => RecordFailure, { nullable: true, description: "The record that could not be taken in." })
  readonly failure!: RecordFailure | null;
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
    snapshot: async (client) => ({ run: await readRunView(client, id) }),
    isLast: ({ data }) => isFinal(eventData.parse(data).run.status),
    // Progress is absolute, so the latest of an entity says all; every other event is delivered.
    coalesce: (event) => (event.kind === "PROGRESS" ? (eventData.parse(event.data).entity ?? "") : undefined),
  });
}

@Resolver()
export class SyncRunEventsResolver {
  @Authorized()
  @Subscription(() => SyncRunEvent, {
    subscribe: follow,
    description: "A sync run, live: how it stands, then all that happens to it, until it has ended.",
  })
  async syncRunEvents(
    @Root() event: StreamEvent,
    @Arg("syncRunId", () => ID, { description: "The run to follow." }) syncRunId: string,
    @Arg("after", () => String, { nullable: true, description: "Go on behind the event with this cursor." })
    _after: string | null,
    @Ctx() { services, loaders }: GatewayContext,
  ): Promise<SyncRunEvent> {
    const cursor = streamCursor(runStream(decodeIdOf("SyncRun", syncRunId) ?? ""), event.number);
    const shown = { cursor, kind: kind.catch("PROGRESS").parse(event.kind), occurredAt: event.occurredAt };
    if (event.kind === "RESYNC_REQUIRED") return { ...shown, run: null, entity: null, failure: null };
    const { run, entity, failureId } = eventData.parse(event.data);
    const progress = run.progress.find((state) => state.entity === entity);
    const failure = failureId === undefined ? undefined : await loaders.failure.load(failureId);
    return {
      ...shown,
      run: new SyncRun(run, run.progress),
      entity: progress === undefined ? null : showProgress(progress, services.clock.now()),
      failure: failure === undefined ? null : new RecordFailure(failure),
    };
  }
}
