import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";
import type { Edit, Edits } from "../local-changes/local-change.js";
import { hasMoved, sameValue } from "../local-changes/values.js";
import type { Comparison, ConflictField, Decision, RecordNow, WaitingChange } from "./compare.js";
import type { ConflictPolicy, PolicyOf } from "./policy.js";

/** Field by field; what is coupled, together. */
export function compareFields(
  plugin: EntityPlugin,
  change: WaitingChange,
  now: RecordNow,
  policyOf: PolicyOf,
): Comparison {
  const { edits, baseContent } = change;
  const meanwhile = { ...changedSince(plugin, baseContent, now.values), ...changedUnder(plugin, edits, now) };
  const judged = unitsOf(plugin, edits, meanwhile).map((unit) =>
    judge(plugin, unit, { edits, now, meanwhile, policyOf }),
  );
  const fields = judged.flatMap(({ conflict }) => conflict);
  const decided = judged.flatMap((unit) => unit.decided);
  const left = Object.fromEntries(judged.flatMap((unit) => unit.left));
  if (fields.length > 0) {
    return { status: "CONFLICT", edits: left, baseContent, conflict: { kind: "FIELDS", fields }, decided };
  }
  if (Object.keys(left).length > 0) return { status: "PENDING", edits: left, baseContent, decided };
  return { status: decided.length > 0 ? "CANCELLED" : "PUSHED", edits, baseContent, decided };
}

interface Judged {
  readonly left: readonly (readonly [path: string, edit: Edit])[];
  readonly conflict: readonly ConflictField[];
  readonly decided: readonly Decision[];
}

interface Known {
  readonly edits: Edits;
  readonly now: RecordNow;
  readonly meanwhile: Edits;
  readonly policyOf: PolicyOf;
}

/** One field, or fields that only make sense together. Those that nobody edited here stand for their base. */
function judge(plugin: EntityPlugin, unit: readonly string[], { edits, now, meanwhile, policyOf }: Known): Judged {
  const fields = unit
    .map((path) => fieldOf(path, edits[path] ?? baseOf(meanwhile[path]), heldIn(now, path)))
    .filter(({ path, platform, quickbooks }) => !sameValue(plugin, path, platform, quickbooks));
  const edited = fields.filter(({ path }) => edits[path] !== undefined);
  if (edited.length === 0) return { left: [], conflict: [], decided: [] };
  const left = edited.map(({ path, base, platform }) => [path, { base, value: platform }] as const);
  const isMoved = fields.some(({ path, base, quickbooks }) => hasMoved(plugin, path, base, quickbooks));
  const isReviewed = edited.some(({ path }) => policyOf(path) === "MANUAL_REVIEW") && Object.keys(meanwhile).length > 0;
  if (!isMoved && !isReviewed) return { left, conflict: [], decided: [] };
  const policy = commonPolicy(edited.map(({ path }) => policyOf(path)));
  const decided = fields.map((field) => ({ ...field, policy }));
  if (policy === "QUICKBOOKS_WINS") return { left: [], conflict: [], decided };
  if (policy !== "PLATFORM_WINS") {
    const conflict = isReviewed ? fields.map((field) => ({ ...field, meanwhile })) : fields;
    return { left, conflict, decided: [] };
  }
  const rebased = fields.map(
    ({ path, platform, quickbooks }) => [path, { base: quickbooks, value: platform }] as const,
  );
  return { left: rebased, conflict: [], decided };
}

/** Coupled fields under policies that disagree are for a person. */
function commonPolicy(policies: readonly ConflictPolicy[]): ConflictPolicy {
  const [first, ...others] = new Set(policies);
  return first === undefined || others.length > 0 ? "MERGE_DATA" : first;
}

/** The edited paths; those of a group together, with what QuickBooks changed of it. */
function unitsOf(plugin: EntityPlugin, edits: Edits, meanwhile: Edits): string[][] {
  const units = new Map<string, Set<string>>();
  for (const path of Object.keys(edits)) {
    const group = groupOf(plugin, path);
    const key = group === undefined ? `field ${path}` : `group ${group}`;
    const members =
      group === undefined ? [] : Object.keys(meanwhile).filter((other) => groupOf(plugin, other) === group);
    units.set(key, new Set([...(units.get(key) ?? []), path, ...members]));
  }
  return [...units.values()].map((unit) => [...unit]);
}

const groupOf = ({ fields, children }: EntityPlugin, path: string): string | undefined =>
  fields[path]?.edit?.group ?? children[path]?.edit?.group;

/**
 * What differs from all that could be edited when the change was made. What can be given to a new record alone moves by itself, as a
 * quantity on hand does with every sale, and says nothing of what people did.
 */
export function changedSince(plugin: EntityPlugin, baseContent: Values | null, values: Values): Edits {
  const changed = Object.entries(baseContent ?? {})
    .filter(([path]) => path in values && plugin.fields[path]?.edit?.on !== "CREATE")
    .filter(([path, base]) => hasMoved(plugin, path, base, values[path]))
    .map(([path, base]) => [path, { base, value: values[path] ?? null }] as const);
  return Object.fromEntries(changed);
}

/** What differs from the base of an edit, which may be younger than the change it was folded into. */
function changedUnder(plugin: EntityPlugin, edits: Edits, now: RecordNow): Edits {
  const entries = Object.entries(edits).map(([path, { base }]) => [path, { base, value: heldIn(now, path) }] as const);
  return Object.fromEntries(entries.filter(([path, { base, value }]) => hasMoved(plugin, path, base, value)));
}

export const heldIn = ({ state, values }: RecordNow, path: string): unknown =>
  path === "state" ? state : (values[path] ?? null);

export const fieldOf = (path: string, { base, value }: Edit, quickbooks: unknown): ConflictField => ({
  path,
  base,
  platform: value,
  quickbooks,
});

const baseOf = (change: Edit | undefined): Edit => ({ base: change?.base ?? null, value: change?.base ?? null });
