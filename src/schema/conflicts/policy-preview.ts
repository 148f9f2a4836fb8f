import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import type { PolicyPreview } from "../../sync/conflicts/preview.js";
import type { GatewayContext } from "../context.js";
import { Conflict } from "./conflict.js";

const PolicyOutcome = {
  WAITS: "WAITS",
  QUICKBOOKS_WINS: "QUICKBOOKS_WINS",
  PLATFORM_WINS: "PLATFORM_WINS",
  MIXED: "MIXED",
} as const;

registerEnumType(PolicyOutcome, {
  name: "PolicyOutcome",
  description: "How policies would decide a conflict.",
  valuesConfig: {
    WAITS: { description: "Not at all: it waits for somebody." },
    QUICKBOOKS_WINS: { description: "QuickBooks' values stay, and the edit is given up." },
    PLATFORM_WINS: { description: "The edit is sent." },
    MIXED: { description: "Some fields by one side, some by the other." },
  },
});

@ObjectType({ simpleResolvers: true, description: "How policies would decide one conflict." })
class PolicyDecision {
  @Field(() => Conflict, { description: "The conflict." })
  readonly conflict!: Conflict;

  @Field(() => PolicyOutcome, { description: "How it would be decided." })
  readonly outcome!: keyof typeof PolicyOutcome;
}

@ObjectType({ simpleResolvers: true, description: "How many conflicts policies would decide in one way." })
class PolicyOutcomeCount {
  @Field(() => PolicyOutcome, { description: "How they would be decided." })
  readonly outcome!: keyof typeof PolicyOutcome;

  @Field(() => Int, { description: "How many." })
  readonly conflicts!: number;
}

/** Decisions that one answer tells by themselves. */
const mostShown = 100;

@ObjectType({
  simpleResolvers: true,
  description:
    "How the conflicts that wait would be decided, were they found under these policies. They are not decided by it: `resolveConflicts` does that.",
})
export class PoliciesPreview {
  @Field(() => Int, { description: "How many conflicts are open or put aside." })
  readonly conflicts!: number;

  @Field(() => [PolicyOutcomeCount], { description: "How many of the latest 1,000 would be decided in which way." })
  readonly outcomes!: readonly PolicyOutcomeCount[];

  @Field(() => [PolicyDecision], { description: `The latest ${mostShown} of them.` })
  readonly decisions!: readonly PolicyDecision[];
}

export async function showPolicies(
  { conflicts, outcomes }: PolicyPreview,
  context: GatewayContext,
): Promise<PoliciesPreview> {
  const decisions = await Promise.all(
    outcomes.slice(0, mostShown).map(async ({ conflictId, outcome }) => {
      const conflict = await Conflict.load(conflictId, context);
      return conflict === null ? [] : [{ conflict, outcome }];
    }),
  );
  const counts = Object.values(PolicyOutcome).map((outcome) => ({
    outcome,
    conflicts: outcomes.filter((one) => one.outcome === outcome).length,
  }));
  return { conflicts, outcomes: counts, decisions: decisions.flat() };
}
