import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { LocalDate } from "../foundation/scalars.js";
import { updateSyncSettings } from "../sync/schedule/settings.js";
import { PoliciesPreview, showPolicies } from "./conflicts/policy-preview.js";
import { ConflictPolicyRuleInput, ruleOf } from "./conflicts/policy-rule.js";
import { ConnectedCompany } from "./connected-company.js";
import { needConnection } from "./connection-scope.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { Erasure } from "./erasure.js";
import { ExcludedOfEntityInput } from "./excluded-fields.js";
import { RetentionInput } from "./kept-days.js";
import { type Outcome, orUserErrors, UserError } from "./user-errors.js";

@InputType({
  description:
    "What to sync of a company, and when. What is left out stays as it is; null sets it back to its default.",
})
class UpdateSyncSettingsInput {
  @Field(() => ID, { description: "The connection whose settings these are." })
  readonly connectionId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "When to sync, as five fields of cron, at least 5 minutes apart: `30 */2 * * *`. By default daily at 02:00, hourly with `priority`; companies are then spread over 20 minutes.",
  })
  readonly cron?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The time zone of the schedule, of the IANA database. By default the company's own.",
  })
  readonly timeZone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether to sync hourly where no `cron` says otherwise. By default false.",
  })
  readonly priority?: boolean | null;

  @Field(() => [EntityName], {
    nullable: true,
    description:
      "The entities to mirror; by default all. One that is new is read whole; one that is left out stays as it is mirrored.",
  })
  readonly entities?: readonly string[] | null;

  @Field(() => LocalDate, {
    nullable: true,
    description:
      "Mirror transactions dated from this day on; by default all. An earlier day has them read whole again.",
  })
  readonly transactionsSince?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether no sync begins until somebody lets them go on; one that runs finishes, and what was missed is caught up once. By default false.",
  })
  readonly isPaused?: boolean | null;

  @Field(() => [ConflictPolicyRuleInput], {
    nullable: true,
    description:
      "What is done from now on where both sides change a record: all rules, in place of those there are. By default none: MERGE_DATA.",
  })
  readonly policies?: readonly ConflictPolicyRuleInput[] | null;

  @Field(() => RetentionInput, {
    nullable: true,
    description:
      "For how many days what is kept: all of it, in the place of what was set. Applied by the next daily sweep.",
  })
  readonly retention?: RetentionInput | null;

  @Field(() => [ExcludedOfEntityInput], {
    nullable: true,
    description:
      "What shall neither be stored nor served: all of it, in the place of what was set. What is held of it is erased, payloads, versions and edits included; what is named no more is read whole again. By default nothing.",
  })
  readonly excludedFields?: readonly ExcludedOfEntityInput[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "Change nothing: check everything, and show in `preview` what the policies would decide.",
  })
  readonly dryRun!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "The company whose settings were changed." })
class UpdateSyncSettingsPayload {
  @Field(() => ConnectedCompany, { nullable: true, description: "The company, as it is synced from now on." })
  readonly connection!: ConnectedCompany | null;

  @Field(() => PoliciesPreview, {
    nullable: true,
    description: "Where `policies` were given: how the conflicts that wait would be decided by them.",
  })
  readonly preview!: PoliciesPreview | null;

  @Field(() => [Erasure], {
    description: "What removes the data of newly `excludedFields`. It goes on by itself; ask `node` for it again.",
  })
  readonly erasures!: readonly Erasure[];

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver()
export class UpdateSyncSettingsResolver {
  @Authorized("ADMIN")
  @Mutation(() => UpdateSyncSettingsPayload, {
    nullable: true,
    description: "Changes what is synced of a company, and when. A wider scope starts a sync of what is new in it.",
  })
  updateSyncSettings(
    @Arg("input", () => UpdateSyncSettingsInput) { connectionId, dryRun, policies, ...rest }: UpdateSyncSettingsInput,
    @Ctx() context: GatewayContext,
  ): Promise<UpdateSyncSettingsPayload> {
    return orUserErrors<Outcome<UpdateSyncSettingsPayload>>(
      { connection: null, preview: null, erasures: [] },
      async () => {
        const { id } = await needConnection(connectionId, context);
        const change = { ...rest, ...(policies !== undefined && { policies: policies?.map(ruleOf) ?? null }) };
        const request = { actor: actorOf(context), connectionId: id, change, dryRun };
        const { policies: previewed, erasureIds } = await updateSyncSettings(context.services, request);
        context.loaders.connection.clear(id);
        const preview = previewed === undefined ? null : await showPolicies(previewed, context);
        const erasures = await Promise.all(erasureIds.map((erasureId) => Erasure.load(erasureId, context)));
        return {
          connection: await ConnectedCompany.load(id, context),
          preview,
          erasures: erasures.filter((each) => each !== null),
        };
      },
    );
  }
}
