import { Args, Ctx, Field, Int, ObjectType } from "type-graphql";
import { DateTime } from "../foundation/scalars.js";
import { Actor, notedActor } from "./actor.js";
import { ConnectedCompany } from "./connected-company.js";
import type { GatewayContext } from "./context.js";
import { EntityCounts, EntityProgress, showProgress, sumOf } from "./entity-progress.js";
import { SyncMode, SyncRunStatus, SyncTrigger } from "./enums.js";
import { listFailures, RecordFailureConnection } from "./failures.js";
import { listPreview, PreviewConnection, PreviewPage } from "./preview.js";
import { connectionType, encodeId, ForwardPage, Node } from "./relay.js";
import { estimateCompletion, type ProgressState, type RunState } from "./run-state.js";

@ObjectType({ simpleResolvers: true, description: "Why a sync run could not go on." })
class SyncError {
  @Field(() => String, { description: "What kind of error it is." })
  readonly code!: string;

  @Field(() => String, { description: "What happened, and what to do." })
  readonly message!: string;

  @Field(() => String, { nullable: true, description: "Intuit's id of the request, which its support asks for." })
  readonly intuitTid!: string | null;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: "One sync of a connection." })
export class SyncRun {
  readonly __typename = "SyncRun";

  /** The progress of its entities is loaded when it is asked for, unless it is at hand. */
  constructor(
    private readonly state: RunState,
    private readonly known?: readonly ProgressState[],
  ) {}

  get id() {
    return encodeId("SyncRun", this.state.id);
  }

  @Field(() => ConnectedCompany, { description: "What is synced." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.state.connectionId, context);
  }

  @Field(() => SyncMode, { description: "What it reads." })
  get mode() {
    return this.state.mode;
  }

  @Field(() => SyncTrigger, { description: "What began it." })
  get trigger() {
    return this.state.trigger;
  }

  @Field(() => SyncRunStatus, { description: "How far it has come." })
  get status() {
    return this.state.status;
  }

  @Field(() => DateTime, { nullable: true, description: "It runs, but QuickBooks asked it to wait until then." })
  get throttledUntil() {
    return this.state.throttledUntil;
  }

  @Field(() => Boolean, { description: "Whether it only counts what it would do, and writes nothing." })
  get isDryRun() {
    return this.state.isDryRun;
  }

  @Field(() => Actor, { nullable: true, description: "Who asked for it; null where nobody did." })
  get requestedBy() {
    const noted = notedActor.safeParse(this.state.requestedBy);
    return noted.success ? new Actor(noted.data) : null;
  }

  @Field(() => DateTime, { description: "When it was asked for." })
  get queuedAt() {
    return this.state.queuedAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When a worker began it." })
  get startedAt() {
    return this.state.startedAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When it ended." })
  get finishedAt() {
    return this.state.finishedAt;
  }

  @Field(() => DateTime, {
    nullable: true,
    description: "When it will end, at its present rate, or at that of the run before; null while nobody can tell.",
  })
  async estimatedCompletionAt(@Ctx() context: GatewayContext): Promise<Date | null> {
    if (this.state.status !== "RUNNING") return null;
    const past = await context.loaders.pastReadings.load(this.state.id);
    return estimateCompletion(this.state, await this.progress(context), past, context.services.clock.now());
  }

  @Field(() => SyncError, { nullable: true, description: "Why it could not go on." })
  get error(): SyncError | null {
    const { errorCode: code, errorMessage, errorIntuitTid: intuitTid } = this.state;
    return code === null ? null : { code, message: errorMessage ?? code, intuitTid };
  }

  @Field(() => [EntityProgress], { description: "Its entities, in the order they are synced." })
  async entities(@Ctx() context: GatewayContext): Promise<readonly EntityProgress[]> {
    const now = context.services.clock.now();
    return (await this.progress(context)).map((state) => showProgress(state, now));
  }

  @Field(() => EntityCounts, { description: "The sum over its entities." })
  async totals(@Ctx() context: GatewayContext): Promise<EntityCounts> {
    return sumOf(await this.progress(context));
  }

  @Field(() => Int, { description: "Requests it sent to QuickBooks." })
  get apiCalls() {
    return this.state.apiCalls;
  }

  @Field(() => Int, { description: "Milliseconds it waited because QuickBooks asked it to." })
  get throttledMs() {
    return this.state.throttledMs;
  }

  @Field(() => RecordFailureConnection, { description: "Records it could not take in, the latest first." })
  failures(@Args(() => ForwardPage) page: ForwardPage, @Ctx() context: GatewayContext) {
    return listFailures(context, page, { runId: this.state.id });
  }

  @Field(() => PreviewConnection, {
    nullable: true,
    description:
      "What it would have done, record by record; null where it is no dry run. Kept for a week, or until the next dry run of its mode.",
  })
  preview(@Args(() => PreviewPage) page: PreviewPage, @Ctx() context: GatewayContext) {
    return this.state.isDryRun ? listPreview(context, this.state.id, page) : null;
  }

  private progress({ loaders }: GatewayContext): Promise<readonly ProgressState[]> | readonly ProgressState[] {
    return this.known ?? loaders.progress.load(this.state.id);
  }
}

export const SyncRunConnection = connectionType("SyncRun", () => SyncRun);
