import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { LocalDate } from "../foundation/scalars.js";
import { needConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { StartSyncOutcome, SyncMode } from "./enums.js";
import { decodeIdOf } from "./relay.js";
import { SyncRun } from "./sync-run.js";
import { notFoundError, type Outcome, orUserErrors, UserError, UserMistake } from "./user-errors.js";

@InputType({ description: "Asks for a sync." })
class StartSyncInput {
  @Field(() => ID, { description: "What to sync." })
  readonly connectionId!: string;

  @Field(() => SyncMode, { description: "What to read." })
  readonly mode!: keyof typeof SyncMode;

  @Field(() => [EntityName], { nullable: true, description: "Only these; without it, all that are mirrored." })
  readonly entities?: readonly string[] | null;

  @Field(() => LocalDate, { nullable: true, description: "Only transactions dated from this day on." })
  readonly transactionsFrom?: string | null;

  @Field(() => LocalDate, { nullable: true, description: "Only transactions dated up to this day." })
  readonly transactionsTo?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Write nothing to the mirror: count what would be done, and list it in the run's `preview`.",
  })
  readonly dryRun!: boolean;

  @Field(() => String, { nullable: true, description: "The same key within 24 hours gives the same run." })
  readonly idempotencyKey?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The sync that was asked for." })
class StartSyncPayload {
  @Field(() => SyncRun, { nullable: true, description: "The run: a new one, or one that does the same." })
  readonly syncRun!: SyncRun | null;

  @Field(() => StartSyncOutcome, { nullable: true, description: "Whether it is new, or had to wait." })
  readonly outcome!: keyof typeof StartSyncOutcome | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@InputType({ description: "Stops a sync." })
class CancelSyncInput {
  @Field(() => ID, { description: "The run to stop." })
  readonly syncRunId!: string;
}

@ObjectType({ simpleResolvers: true, description: "The sync that was stopped." })
class CancelSyncPayload {
  @Field(() => SyncRun, { nullable: true, description: "The run; it ends after the page it is at." })
  readonly syncRun!: SyncRun | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class StartSyncResolver {
  @Authorized("OPERATOR")
  @Mutation(() => StartSyncPayload, {
    nullable: true,
    description: "Syncs a connection now. Asking again joins the run that does the same, or waits behind another.",
  })
  startSync(
    @Arg("input", () => StartSyncInput) input: StartSyncInput,
    @Ctx() context: GatewayContext,
  ): Promise<StartSyncPayload> {
    return orUserErrors<Outcome<StartSyncPayload>>({ syncRun: null, outcome: null }, async () => {
      const { id } = await needConnection(input.connectionId, context);
      const { entities, transactionsFrom, transactionsTo, idempotencyKey } = input;
      const { run, outcome } = await context.services.runs.start({
        actor: actorOf(context),
        connectionId: id,
        mode: input.mode,
        dryRun: input.dryRun,
        ...(entities && { entities }),
        ...(transactionsFrom && { transactionsFrom }),
        ...(transactionsTo && { transactionsTo }),
        ...(idempotencyKey && { idempotencyKey }),
      });
      return { syncRun: new SyncRun(run), outcome };
    });
  }

  @Authorized("OPERATOR")
  @Mutation(() => CancelSyncPayload, { nullable: true, description: "Stops a sync; what it has taken in stays." })
  cancelSync(
    @Arg("input", () => CancelSyncInput) { syncRunId }: CancelSyncInput,
    @Ctx() context: GatewayContext,
  ): Promise<CancelSyncPayload> {
    return orUserErrors<Outcome<CancelSyncPayload>>({ syncRun: null }, async () => {
      const id = decodeIdOf("SyncRun", syncRunId);
      if (id === undefined || (await context.loaders.run.load(id)) === undefined) {
        throw new UserMistake(notFoundError("syncRunId"));
      }
      return { syncRun: new SyncRun(await context.services.runs.cancel({ actor: actorOf(context), syncRunId: id })) };
    });
  }
}
