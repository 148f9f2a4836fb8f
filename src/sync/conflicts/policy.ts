import { z } from "zod";

/**
 * Who wins where QuickBooks and the platform changed the same record. MERGE_DATA: different fields merge, the same field waits for a
 * person. QUICKBOOKS_WINS, PLATFORM_WINS: they merge too, and decide the same field. MANUAL_REVIEW: any concurrent change waits.
 */
export const conflictPolicies = ["MERGE_DATA", "QUICKBOOKS_WINS", "PLATFORM_WINS", "MANUAL_REVIEW"] as const;
export type ConflictPolicy = (typeof conflictPolicies)[number];

/** One rule of a connection: for all of it, for an entity, or for a field of an entity. */
export interface PolicyRule {
  readonly entity?: string | undefined;
  /** The path of an editable field or list. */
  readonly field?: string | undefined;
  readonly policy: ConflictPolicy;
}

/** The column `connections.policies`. */
export const policyRules: z.ZodType<readonly PolicyRule[]> = z.array(
  z.object({
    entity: z.string().optional(),
    field: z.string().optional(),
    policy: z.enum(conflictPolicies),
  }),
);

/** What is edited by who ends or restores a record. */
export const statePath = "state";

export type PolicyOf = (path: string) => ConflictPolicy;

/** The policy of each field of an entity: its own rule, else the entity's, else the connection's, else MERGE_DATA. */
export function policiesFor(entity: string, rules: readonly PolicyRule[]): PolicyOf {
  const find = (wanted: Omit<PolicyRule, "policy">): ConflictPolicy | undefined =>
    rules.find(({ entity: named, field }) => named === wanted.entity && field === wanted.field)?.policy;
  return (path) =>
    find({ entity, field: path }) ??
    find({ entity, field: undefined }) ??
    find({ entity: undefined, field: undefined }) ??
    "MERGE_DATA";
}
