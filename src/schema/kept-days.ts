import { Field, InputType, Int, ObjectType } from "type-graphql";
import type { KeptDays } from "../sync/kept-days.js";

const descriptions = {
  versionDays:
    "What records were before their changes; null: for good. An `asOf` from before what is kept is refused, also where more days are given later: what was removed does not come back.",
  changeDays: "The change feed; null: for good. A cursor from before is told to be too old.",
  failureDays: "Failures that were resolved or dismissed, with their payloads; null: for good.",
  noticeDays: "Webhook notices that are done with, with their bodies; null: 90 days.",
};

/** One set of fields for what is answered and what is asked. */
@ObjectType({ simpleResolvers: true })
@InputType()
abstract class DaysFields implements KeptDays {
  @Field(() => Int, { nullable: true, description: descriptions.versionDays })
  readonly versionDays!: number | null;

  @Field(() => Int, { nullable: true, description: descriptions.changeDays })
  readonly changeDays!: number | null;

  @Field(() => Int, { nullable: true, description: descriptions.failureDays })
  readonly failureDays!: number | null;

  @Field(() => Int, { nullable: true, description: descriptions.noticeDays })
  readonly noticeDays!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "For how many days what is kept of a company beside its mirror." })
export class Retention extends DaysFields {}

@InputType({ description: "For how many days what is kept, from 7 to 3,650. What is left out of it has its default." })
export class RetentionInput extends DaysFields {}
