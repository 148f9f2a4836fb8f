import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import type { ResolutionPreview } from "../../sync/conflicts/outcome.js";
import { findConnection } from "../connection-scope.js";
import { actorOf, type GatewayContext } from "../context.js";
import { decodeIdOf, isUuid } from "../relay.js";
import { notFoundError, type Outcome, orUserErrors, UserError, UserMistake } from "../user-errors.js";
import { Conflict } from "./conflict.js";
import { BulkResolution } from "./enums.js";
import { ownerOf } from "../edits/local-change.js";
import { conditionsOf, ConflictFilter } from "./list.js";
import { ConflictPreview, showPreview } from "./preview.js";

/** Answers before proxies give a request up; what is left is told. */
const patienceMs = 25_000;

@InputType({ description: "Decides many conflicts alike: those that are named, or all open ones that fit." })
class ResolveConflictsInput {
  @Field(() => [ID], { nullable: true, description: "These conflicts, at most 1,000; instead of a filter." })
  readonly conflictIds?: readonly string[] | null;

  @Field(() => ID, { nullable: true, description: "All open conflicts of this connection that fit the filter." })
  readonly connectionId?: string | null;

  @Field(() => ConflictFilter, { nullable: true, description: "All open conflicts for which all of this holds." })
  readonly filter?: ConflictFilter | null;

  @Field(() => BulkResolution, { description: "How they are decided." })
  readonly resolution!: BulkResolution;

  @Field(() => String, { nullable: true, description: "Why, for those who look at them later." })
  readonly note?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: "Decide nothing: tell what would be decided." })
  readonly dryRun!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "A conflict that could not be decided so." })
class SkippedConflict {
  @Field(() => Conflict, { nullable: true, description: "The conflict; null where there is none with the id given." })
  readonly conflict!: Conflict | null;

  @Field(() => String, { description: "Why not, and what to do." })
  readonly reason!: string;
}

@ObjectType({ simpleResolvers: true, description: "What comes of the resolution of one conflict." })
class ResolvedConflict {
  @Field(() => Conflict, { description: "The conflict, as it stands now." })
  readonly conflict!: Conflict;

  @Field(() => ConflictPreview, { description: "What comes of it on both sides." })
  readonly preview!: ConflictPreview;
}

@ObjectType({ simpleResolvers: true, description: "What became of the conflicts." })
class ResolveConflictsPayload {
  @Field(() => Int, { description: "How many were decided." })
  readonly resolved!: number;

  @Field(() => Int, { description: "How many could not be decided so." })
  readonly skippedCount!: number;

  @Field(() => Int, {
    description:
      "How many are left: one call decides 1,000 at most, and begins none after 25 seconds. Ask again for the rest.",
  })
  readonly remaining!: number;

  @Field(() => [SkippedConflict], { description: "Which could not be decided so, at most 100 of them." })
  readonly skipped!: readonly SkippedConflict[];

  @Field(() => [ResolvedConflict], {
    description: "What comes of those that were decided, or would be in a dry run; at most 100 of them.",
  })
  readonly preview!: readonly ResolvedConflict[];

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class ResolveConflictsResolver {
  @Authorized("ADMIN")
  @Mutation(() => ResolveConflictsPayload, {
    nullable: true,
    description:
      "Decides many conflicts alike, each by itself and as it is when you ask: what changes meanwhile, or cannot be decided so, is skipped and tells why.",
  })
  resolveConflicts(
    @Arg("input", () => ResolveConflictsInput) input: ResolveConflictsInput,
    @Ctx() context: GatewayContext,
  ): Promise<ResolveConflictsPayload> {
    const nothing = { resolved: 0, skippedCount: 0, remaining: 0, skipped: [], preview: [] };
    return orUserErrors<Outcome<ResolveConflictsPayload>>(nothing, async () => {
      const { resolution, note, dryRun } = input;
      const outcome = await context.services.conflicts.resolveMany({
        actor: actorOf(context),
        ...(await askedFor(input, context)),
        ...{ resolution, dryRun },
        signal: AbortSignal.any([context.signal, AbortSignal.timeout(patienceMs)]),
        ...(typeof note === "string" && { note }),
      });
      const skipped = outcome.skipped.map(async ({ conflictId, reason }) => ({
        conflict: isUuid(conflictId) ? await Conflict.load(conflictId, context) : null,
        reason,
      }));
      const preview = outcome.previews.map(({ conflictId, ...shown }) => showResolved(conflictId, shown, context));
      const { resolved, skippedCount, remaining } = outcome;
      return {
        ...{ resolved, skippedCount, remaining },
        skipped: await Promise.all(skipped),
        preview: (await Promise.all(preview)).flat(),
      };
    });
  }
}

async function showResolved(conflictId: string, shown: ResolutionPreview, context: GatewayContext) {
  const conflict = await Conflict.load(conflictId, context);
  return conflict === null ? [] : [{ conflict, preview: showPreview(shown, ownerOf(conflict.row, context.services)) }];
}

async function askedFor({ conflictIds, connectionId, filter }: ResolveConflictsInput, context: GatewayContext) {
  const ids = conflictIds?.map((id) => decodeIdOf("Conflict", id) ?? id);
  const isFiltered = Boolean(connectionId ?? filter);
  const connection = connectionId ? await findConnection(connectionId, context) : undefined;
  if (connectionId && connection === undefined) throw new UserMistake(notFoundError("connectionId"));
  return {
    ...(ids && { ids }),
    ...(isFiltered && { where: { ...(connection && { connectionId: connection.id }), ...conditionsOf(filter) } }),
  };
}
