import { Field, ObjectType } from "type-graphql";
import { LocalDate } from "../foundation/scalars.js";
import type { Connection as ConnectionRow } from "../generated/prisma/client.js";
import { keptDays } from "../sync/kept-days.js";
import { policyRules } from "../sync/conflicts/policy.js";
import { ConflictPolicyRule, showRule } from "./conflicts/policy-rule.js";
import { EntityName } from "./entity-name.js";
import { Retention } from "./kept-days.js";
import { ExcludedOfEntity, showExcluded } from "./excluded-fields.js";

@ObjectType({ simpleResolvers: true, description: "What is synced of a company, and when." })
export class SyncSettings {
  @Field(() => String, {
    nullable: true,
    description: "When to sync, as five fields of cron; null: daily at 02:00, or hourly with `priority`.",
  })
  readonly cron!: string | null;

  @Field(() => String, { nullable: true, description: "The schedule's time zone; null: the company's own." })
  readonly timeZone!: string | null;

  @Field(() => Boolean, { description: "Whether to sync hourly where no `cron` says otherwise." })
  readonly priority!: boolean;

  @Field(() => [EntityName], { description: "The entities that are mirrored." })
  readonly entities!: readonly string[];

  @Field(() => LocalDate, { nullable: true, description: "Transactions dated before are not mirrored; null: all are." })
  readonly transactionsSince!: Date | null;

  @Field(() => Boolean, { description: "Whether syncs wait until somebody lets them go on." })
  readonly isPaused!: boolean;

  @Field(() => [ConflictPolicyRule], {
    description: "What is done where both sides changed a record; what no rule speaks of is under MERGE_DATA.",
  })
  readonly policies!: readonly ConflictPolicyRule[];

  @Field(() => Retention, { description: "What is kept, and how long." })
  readonly retention!: Retention;

  @Field(() => [ExcludedOfEntity], { description: "What is neither stored nor served of its records." })
  readonly excludedFields!: readonly ExcludedOfEntity[];
}

export function showSettings(row: ConnectionRow): SyncSettings {
  const { cron, scheduleTimeZone: timeZone, isPriority: priority, entities, transactionsSince, isPaused } = row;
  const policies = policyRules.parse(row.policies).map(showRule);
  const retention = keptDays.parse(row.retention);
  const excludedFields = showExcluded(row.excludedFields);
  return { cron, timeZone, priority, entities, transactionsSince, isPaused, policies, retention, excludedFields };
}
