import { Args, ArgsType, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from "type-graphql";
import { z } from "zod";
import { readRunView } from "../sync/progress.js";
import { isFinal, runStream } from "../sync/run-view.js";
import type { GatewayContext } from "./context.js";
import { EntityProgress, showProgress } from "./entity-progress.js";
import { notFound } from "./errors.js";
import { eventType } from "./event-type.js";
import { RecordFailure } from "./failures.js";
import { decodeIdOf } from "./relay.js";
import { runInEvent } from "./run-state.js";
import { FollowArgs, type FollowedEvent, followFrom, type Subscribing } from "./stream-events.js";
import { SyncRun } from "./sync-run.js";

const syncRunEvent = eventType("SyncRunEvent", {
  kindDescription: "What an event of a sync run tells.",
  snapshot: "How the run stands now",
  kinds: {
    STARTED: "A worker has begun the run.",
    PROGRESS: "An entity has come further, or some time has passed.",
    FAILURE: "A record could not be taken in.",
    THROTTLED: "The run waits for QuickBooks: see `throttledUntil`.",
    FINISHED: "The run has ended; nothing follows.",
  },
  otherwise: "PROGRESS",
});

const eventData = z.object({ run: runInEvent, entity: z.string().optional(), failureId: z.string().optional() });

@ObjectType({
  simpleResolvers: true,
  description: "What has happened to a sync run. It tells the whole state, so no earlier event is needed.",
})
class SyncRunEvent extends syncRunEvent.type {
  @Field(() => SyncRun, { nullable: true, description: "The run as it then stood; null where events were missed." })
  readonly run!: SyncRun | null;

  @Field(() => EntityProgress, { nullable: true, description: "The entity that has come further." })
  readonly entity!: EntityProgress | null;

  @Field(() => RecordFailure, { nullable: true, description: "The record that could not be taken in." })
  readonly failure!: RecordFailure | null;
}

@ArgsType()
class FollowRunArgs extends FollowArgs {
  @Field(() => ID, { description: "The run to follow." })
  readonly syncRunId!: string;
}

async function follow({ args, context }: Subscribing<FollowRunArgs>) {
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
    @Root() event: FollowedEvent,
    @Args(() => FollowRunArgs) _args: FollowRunArgs,
    @Ctx() { services, loaders }: GatewayContext,
  ): Promise<SyncRunEvent> {
    const shown = syncRunEvent.told(event);
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
