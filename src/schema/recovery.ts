import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { dismissFailures, resyncRecord, retryFailures, type WhichFailures } from "../sync/recovery/recovery.js";
import { actorOf, type GatewayContext } from "./context.js";
import { RecordFailure } from "./failures.js";
import { decodeId, decodeIdOf } from "./relay.js";
import { SyncRun } from "./sync-run.js";
import { notFoundError, type Outcome, orUserErrors, userError, UserError, UserMistake } from "./user-errors.js";

/** Failures named in one request. */
const mostIds = 1_000;
/** Characters. */
const longestNote = 2_000;

@InputType({ description: "Which failures to try again: either those named, or all that a run left." })
class RetryFailuresInput {
  @Field(() => [ID], { nullable: true, description: "The failures, of one connection; at most 1,000." })
  readonly failureIds?: readonly string[] | null;

  @Field(() => ID, { nullable: true, description: "The run that met them last." })
  readonly syncRunId?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The run that tries the failures again." })
class RetryFailuresPayload {
  @Field(() => SyncRun, { nullable: true, description: "It reads these records alone, beside other runs." })
  readonly syncRun!: SyncRun | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@InputType({ description: "Says that records need not be taken in." })
class DismissFailuresInput {
  @Field(() => [ID], { description: "The failures; at most 1,000." })
  readonly failureIds!: readonly string[];

  @Field(() => String, { nullable: true, description: "Why; at most 2,000 characters." })
  readonly note?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The failures that were dismissed." })
class DismissFailuresPayload {
  @Field(() => [RecordFailure], { nullable: true, description: "As they are now; what was resolved stays resolved." })
  readonly failures!: readonly RecordFailure[] | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@InputType({ description: "Reads one record again." })
class ResyncRecordInput {
  @Field(() => ID, { description: "The mirrored record." })
  readonly recordId!: string;
}

@ObjectType({ simpleResolvers: true, description: "The run that reads the record again." })
class ResyncRecordPayload {
  @Field(() => SyncRun, { nullable: true, description: "It reads this record alone, beside other runs." })
  readonly syncRun!: SyncRun | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class RecoveryResolver {
  @Authorized("OPERATOR")
  @Mutation(() => RetryFailuresPayload, {
    nullable: true,
    description: "Tries records again that could not be taken in. Every sync does; this one reads nothing else.",
  })
  retryFailures(
    @Arg("input", () => RetryFailuresInput) input: RetryFailuresInput,
    @Ctx() context: GatewayContext,
  ): Promise<RetryFailuresPayload> {
    return orUserErrors<Outcome<RetryFailuresPayload>>({ syncRun: null }, async () => {
      const which = await whichFailures(input, context);
      return { syncRun: new SyncRun(await retryFailures(context.services, { actor: actorOf(context), ...which })) };
    });
  }

  @Authorized("OPERATOR")
  @Mutation(() => DismissFailuresPayload, {
    nullable: true,
    description:
      "Says that records need not be taken in: syncs no longer count them as failed, unless something else is wrong with them.",
  })
  dismissFailures(
    @Arg("input", () => DismissFailuresInput) { failureIds, note }: DismissFailuresInput,
    @Ctx() context: GatewayContext,
  ): Promise<DismissFailuresPayload> {
    return orUserErrors<Outcome<DismissFailuresPayload>>({ failures: null }, async () => {
      const ids = failureKeys(failureIds);
      if (note && note.length > longestNote) {
        throw new UserMistake(userError("INVALID", `Say it in ${longestNote} characters at most.`, "note"));
      }
      await dismissFailures(context.services, { actor: actorOf(context), failureIds: ids, ...(note && { note }) });
      const rows = await Promise.all(ids.map((id) => context.loaders.failure.load(id)));
      return { failures: rows.flatMap((row) => (row === undefined ? [] : new RecordFailure(row))) };
    });
  }

  @Authorized("OPERATOR")
  @Mutation(() => ResyncRecordPayload, {
    nullable: true,
    description:
      "Reads one record again, whatever the mirror holds of it. One that is gone from QuickBooks becomes DELETED.",
  })
  resyncRecord(
    @Arg("input", () => ResyncRecordInput) input: ResyncRecordInput,
    @Ctx() context: GatewayContext,
  ): Promise<ResyncRecordPayload> {
    return orUserErrors<Outcome<ResyncRecordPayload>>({ syncRun: null }, async () => {
      const { services } = context;
      const { type, id } = decodeId(input.recordId) ?? {};
      const plugin = services.plugins.find(({ name }) => name === type);
      if (plugin === undefined || id === undefined) throw new UserMistake(notFoundError("recordId"));
      return { syncRun: new SyncRun(await resyncRecord(services, { actor: actorOf(context), plugin, recordId: id })) };
    });
  }
}

async function whichFailures(
  { failureIds = null, syncRunId = null }: RetryFailuresInput,
  { loaders }: GatewayContext,
): Promise<WhichFailures> {
  if ((failureIds === null) === (syncRunId === null)) {
    throw new UserMistake(userError("INVALID", "Give either `failureIds` or `syncRunId`.", "failureIds"));
  }
  if (failureIds !== null) return { failureIds: failureKeys(failureIds) };
  const id = decodeIdOf("SyncRun", syncRunId ?? "");
  if (id === undefined || (await loaders.run.load(id)) === undefined) throw new UserMistake(notFoundError("syncRunId"));
  return { syncRunId: id };
}

/** Our own ids of failures, whether or not there are such. */
function failureKeys(globalIds: readonly string[]): string[] {
  if (globalIds.length === 0 || globalIds.length > mostIds) {
    throw new UserMistake(userError("INVALID", `Name 1 to ${mostIds} failures.`, "failureIds"));
  }
  return globalIds.map((globalId) => {
    const id = decodeIdOf("RecordFailure", globalId);
    if (id === undefined) throw new UserMistake(notFoundError("failureIds"));
    return id;
  });
}
