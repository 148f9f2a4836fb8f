import { Field, Float, Int, ObjectType } from "type-graphql";
import { EntityName } from "./entity-name.js";
import { CompletenessProof, EntityPhase } from "./enums.js";
import { type ProgressState, rateOf, secondsLeft } from "./run-state.js";

@ObjectType({ simpleResolvers: true, description: "How many records a sync run has met, by what became of them." })
export class EntityCounts {
  @Field(() => Int, { nullable: true, description: "How many QuickBooks says there are; null where nobody has asked." })
  readonly expected!: number | null;

  @Field(() => Int, { description: "Read so far." })
  readonly read!: number;

  @Field(() => Int, { description: "New to the mirror." })
  readonly created!: number;

  @Field(() => Int, { description: "Changed in the mirror." })
  readonly updated!: number;

  @Field(() => Int, { description: "Found as they were." })
  readonly unchanged!: number;

  @Field(() => Int, { description: "Found to be gone from QuickBooks." })
  readonly removed!: number;

  @Field(() => Int, { description: "Held back because they were edited on both sides." })
  readonly conflicted!: number;

  @Field(() => Int, { description: "Could not be taken in; the failures say why." })
  readonly failed!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: "How far a sync run has come with one entity. Figures are absolute.",
})
export class EntityProgress extends EntityCounts {
  @Field(() => EntityName, { description: "The entity." })
  readonly entity!: string;

  @Field(() => EntityPhase, { description: "What is being done about it." })
  readonly phase!: ProgressState["phase"];

  @Field(() => Float, { nullable: true, description: "How fast records are read." })
  readonly recordsPerSecond!: number | null;

  @Field(() => Int, { nullable: true, description: "Until all are read, at that rate." })
  readonly secondsLeft!: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the entity is completely mirrored; null until that is known.",
  })
  readonly complete!: boolean | null;

  @Field(() => CompletenessProof, { nullable: true, description: "How that is known." })
  readonly proof!: ProgressState["proof"];
}

export function showProgress(state: ProgressState, now: Date): EntityProgress {
  const isOver = state.phase === "DONE" || state.phase === "FAILED" || state.phase === "SKIPPED";
  return {
    ...state,
    recordsPerSecond: rateOf(state, now),
    secondsLeft: secondsLeft(state, now),
    complete: isOver ? state.complete : null,
  };
}

/** What a whole run has met. */
export function sumOf(entities: readonly EntityCounts[]): EntityCounts {
  const sum = (key: Exclude<keyof EntityCounts, "expected">) =>
    entities.reduce((total, counts) => total + counts[key], 0);
  const expected = entities.map((counts) => counts.expected);
  return {
    expected: expected.includes(null) ? null : expected.reduce<number>((total, count) => total + (count ?? 0), 0),
    read: sum("read"),
    created: sum("created"),
    updated: sum("updated"),
    unchanged: sum("unchanged"),
    removed: sum("removed"),
    conflicted: sum("conflicted"),
    failed: sum("failed"),
  };
}
