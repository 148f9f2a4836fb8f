import type { GraphQLResolveInfo } from "graphql";
import { Arg, Authorized, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Resolver } from "type-graphql";
import { JSON } from "../../foundation/scalars.js";
import { UserProblems } from "../../sync/problems.js";
import { actorOf, type GatewayContext } from "../context.js";
import { givenJson } from "../edits/given.js";
import { ownerOf } from "../edits/local-change.js";
import { type Outcome, orUserErrors, UserError } from "../user-errors.js";
import { Conflict } from "./conflict.js";
import { ConflictChoice, ConflictSide } from "./enums.js";
import { needConflict } from "./need.js";
import { ConflictPreview, showPreview } from "./preview.js";

@InputType({ description: "What a field in conflict shall hold on both sides." })
class ConflictFieldInput {
  @Field(() => String, { description: "The `path` of the field in the conflict." })
  readonly path!: string;

  @Field(() => ConflictChoice, { description: "Whose value it shall be." })
  readonly choose!: ConflictChoice;

  @Field(() => JSON, {
    nullable: true,
    description:
      "With VALUE: what it shall hold, as mutations take it and `FieldValue.value` shows it. Null or left out empties it.",
  })
  readonly value?: unknown;
}

@InputType({ description: "Decides a conflict. Every field must be decided, by `fields` or by `default`." })
class ResolveConflictInput {
  @Field(() => ID, { description: "The conflict." })
  readonly conflictId!: string;

  @Field(() => Int, { description: "The `version` that you saw: refused where either side has changed since." })
  readonly expectedVersion!: number;

  @Field(() => ConflictSide, { nullable: true, description: "What holds for fields that `fields` does not name." })
  readonly default?: ConflictSide | null;

  @Field(() => [ConflictFieldInput], { nullable: true, description: "What holds for single fields." })
  readonly fields?: readonly ConflictFieldInput[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Where the record was deleted or voided in QuickBooks: make it anew there, with the edit.",
  })
  readonly recreate!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Where the record was deleted or voided in QuickBooks: give the edit up.",
  })
  readonly discard!: boolean;

  @Field(() => String, { nullable: true, description: "Why, for those who look at it later." })
  readonly note?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Decide nothing: show in `preview` what would come of it.",
  })
  readonly dryRun!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "The conflict that was decided." })
class ResolveConflictPayload {
  @Field(() => Conflict, { nullable: true, description: "The conflict, as it stands now." })
  readonly conflict!: Conflict | null;

  @Field(() => ConflictPreview, { nullable: true, description: "What comes of it on both sides." })
  readonly preview!: ConflictPreview | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class ResolveConflictResolver {
  @Authorized("ADMIN")
  @Mutation(() => ResolveConflictPayload, {
    nullable: true,
    description: "Decides a conflict field by field. What is left of the edit is then sent to QuickBooks.",
  })
  resolveConflict(
    @Arg("input", () => ResolveConflictInput) input: ResolveConflictInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ResolveConflictPayload> {
    return orUserErrors<Outcome<ResolveConflictPayload>>({ conflict: null, preview: null }, async () => {
      const { row } = await needConflict(input.conflictId, context);
      const { expectedVersion, recreate, discard, note, dryRun } = input;
      const { preview } = await context.services.conflicts.resolve({
        actor: actorOf(context),
        conflictId: row.id,
        expectedVersion,
        fields: choicesOf(input.fields ?? [], row, context, info),
        ...{ recreate, discard, dryRun },
        ...(input.default && { default: input.default }),
        ...(typeof note === "string" && { note }),
      });
      context.loaders.conflict.clear(row.id);
      return {
        conflict: await Conflict.load(row.id, context),
        preview: showPreview(preview, ownerOf(row, context.services)),
      };
    });
  }
}

/** Own values are made into the form in which edits hold them. Throws UserProblems for those that are none. */
function choicesOf(
  fields: readonly ConflictFieldInput[],
  row: Conflict["row"],
  { services }: GatewayContext,
  { schema }: GraphQLResolveInfo,
) {
  const { plugin } = ownerOf(row, services);
  const read = fields.map(({ path, choose, value = null }, index) => {
    if (choose !== "VALUE") return { choice: { path, choose }, problems: [] };
    const place = `fields.${index}.value`;
    const { values, problems } = givenJson(schema, { plugin, recordId: row.recordId, place }, path, value);
    return { choice: { path, choose, value: values[path] ?? null }, problems };
  });
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new UserProblems(problems);
  return read.map(({ choice }) => choice);
}
