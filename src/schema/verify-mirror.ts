import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { needConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { StartSyncOutcome } from "./enums.js";
import { SyncRun } from "./sync-run.js";
import { type Outcome, orUserErrors, UserError } from "./user-errors.js";

@InputType({ description: "Asks for a comparison of a company's mirror with QuickBooks, record by record." })
class VerifyMirrorInput {
  @Field(() => ID, { description: "Whose mirror." })
  readonly connectionId!: string;

  @Field(() => [EntityName], { nullable: true, description: "Only these; without it, all that are mirrored." })
  readonly entities?: readonly string[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Whether to mend what differs; without it nothing is written to the mirror.",
  })
  readonly repair!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "The comparison that was asked for." })
class VerifyMirrorPayload {
  @Field(() => SyncRun, {
    nullable: true,
    description:
      "The run. Its figures say what is missing (created), different (updated) and too much (removed); `drift` of the connection's mirror names the records once it has ended, and so does `preview` of a run that mends nothing.",
  })
  readonly syncRun!: SyncRun | null;

  @Field(() => StartSyncOutcome, { nullable: true, description: "Whether it is new, or had to wait." })
  readonly outcome!: keyof typeof StartSyncOutcome | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class VerifyMirrorResolver {
  @Authorized("OPERATOR")
  @Mutation(() => VerifyMirrorPayload, {
    nullable: true,
    description:
      "Compares the mirror with QuickBooks, and mends it where that is asked for. What changed since the last sync differs too: sync first to see only what was lost.",
  })
  verifyMirror(
    @Arg("input", () => VerifyMirrorInput) { connectionId, entities, repair }: VerifyMirrorInput,
    @Ctx() context: GatewayContext,
  ): Promise<VerifyMirrorPayload> {
    return orUserErrors<Outcome<VerifyMirrorPayload>>({ syncRun: null, outcome: null }, async () => {
      const { id } = await needConnection(connectionId, context);
      const { run, outcome } = await context.services.runs.start({
        actor: actorOf(context),
        connectionId: id,
        mode: "VERIFY",
        dryRun: !repair,
        ...(entities && { entities }),
      });
      return { syncRun: new SyncRun(run), outcome };
    });
  }
}
