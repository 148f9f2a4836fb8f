import { Arg, Authorized, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import { actorOf, type GatewayContext } from "../context.js";
import { decodeIdOf } from "../relay.js";
import { notFoundError, type Outcome, orUserErrors, UserError, UserMistake } from "../user-errors.js";
import { Conflict } from "./conflict.js";
import { needConflict } from "./need.js";

@InputType({ description: "Takes a decision back." })
class ReopenConflictInput {
  @Field(() => ID, { description: "The conflict." })
  readonly conflictId!: string;

  @Field(() => String, { nullable: true, description: "Why; replaces the conflict's note." })
  readonly note?: string | null;
}

@InputType({ description: "Puts a conflict aside." })
class IgnoreConflictInput {
  @Field(() => ID, { description: "The conflict." })
  readonly conflictId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "The `version` that you saw: refused where either side has changed since.",
  })
  readonly expectedVersion?: number | null;

  @Field(() => String, { nullable: true, description: "Why; replaces the conflict's note." })
  readonly note?: string | null;
}

@InputType({ description: "Says who is to decide." })
class AssignConflictInput {
  @Field(() => ID, { description: "The conflict." })
  readonly conflictId!: string;

  @Field(() => ID, { nullable: true, description: "A Member of your organization; null or left out: nobody." })
  readonly assigneeId?: string | null;

  @Field(() => String, { nullable: true, description: "What they should know; replaces the conflict's note." })
  readonly note?: string | null;
}

/** The payload type of a mutation that does something about one conflict. */
function conflictPayload(name: string, description: string) {
  @ObjectType(name, { simpleResolvers: true, description })
  class ConflictPayload {
    @Field(() => Conflict, { nullable: true, description: "The conflict, as it stands now." })
    readonly conflict!: Conflict | null;

    @Field(() => [UserError], { description: "What you can mend." })
    readonly userErrors!: readonly UserError[];
  }
  return ConflictPayload;
}

const ReopenConflictPayload = conflictPayload("ReopenConflictPayload", "The conflict that is open again.");
const IgnoreConflictPayload = conflictPayload("IgnoreConflictPayload", "The conflict that was put aside.");
const AssignConflictPayload = conflictPayload("AssignConflictPayload", "The conflict that somebody is to decide.");
type ConflictPayload = InstanceType<typeof ReopenConflictPayload>;

@Resolver()
export class ConflictCareResolver {
  @Authorized("ADMIN")
  @Mutation(() => ReopenConflictPayload, {
    nullable: true,
    description: "Takes a decision back, while nothing of it has been sent: the edit is held back again as it was.",
  })
  reopenConflict(
    @Arg("input", () => ReopenConflictInput) { conflictId, note }: ReopenConflictInput,
    @Ctx() context: GatewayContext,
  ): Promise<ConflictPayload> {
    return onConflict(conflictId, context, (known) => context.services.conflicts.reopen({ ...known, ...noted(note) }));
  }

  @Authorized("ADMIN")
  @Mutation(() => IgnoreConflictPayload, {
    nullable: true,
    description: "Puts a conflict aside until either side changes again. The edit is held back meanwhile.",
  })
  ignoreConflict(
    @Arg("input", () => IgnoreConflictInput) { conflictId, expectedVersion, note }: IgnoreConflictInput,
    @Ctx() context: GatewayContext,
  ): Promise<ConflictPayload> {
    const seen = typeof expectedVersion === "number" ? { expectedVersion } : {};
    return onConflict(conflictId, context, (known) =>
      context.services.conflicts.ignore({ ...known, ...seen, ...noted(note) }),
    );
  }

  @Authorized("ADMIN")
  @Mutation(() => AssignConflictPayload, { nullable: true, description: "Says who is to decide a conflict." })
  assignConflict(
    @Arg("input", () => AssignConflictInput) { conflictId, assigneeId, note }: AssignConflictInput,
    @Ctx() context: GatewayContext,
  ): Promise<ConflictPayload> {
    return onConflict(conflictId, context, (known) => {
      const memberId = typeof assigneeId === "string" ? needMember(assigneeId) : null;
      return context.services.conflicts.assign({ ...known, memberId, ...noted(note) });
    });
  }
}

function onConflict(
  globalId: string,
  context: GatewayContext,
  work: (known: { readonly actor: ReturnType<typeof actorOf>; readonly conflictId: string }) => Promise<unknown>,
): Promise<ConflictPayload> {
  return orUserErrors<Outcome<ConflictPayload>>({ conflict: null }, async () => {
    const { row } = await needConflict(globalId, context);
    await work({ actor: actorOf(context), conflictId: row.id });
    context.loaders.conflict.clear(row.id);
    return { conflict: await Conflict.load(row.id, context) };
  });
}

function needMember(globalId: string): string {
  const id = decodeIdOf("Member", globalId);
  if (id === undefined) throw new UserMistake(notFoundError("assigneeId"));
  return id;
}

const noted = (note: string | null | undefined) => (typeof note === "string" ? { note } : {});
