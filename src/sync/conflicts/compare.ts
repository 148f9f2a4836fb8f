import type { EntityPlugin, RecordState } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";
import type { Edit, Edits, LocalChange } from "../local-changes/local-change.js";
import { sameValue } from "../local-changes/values.js";
import type { ConflictPolicy, PolicyOf } from "./policy.js";

/** A record as QuickBooks has it, or as it will be once what goes before a change has landed. */
export interface RecordNow {
  readonly state: RecordState;
  /** `editableValues`. */
  readonly values: Values;
}

/** What is compared of a local change that waits. */
export type WaitingChange = Pick<LocalChange, "operation" | "edits" | "baseContent">;

/** One field of a conflict: what it held when it was edited, what the edit wants, what QuickBooks holds. */
export interface ConflictField {
  readonly path: string;
  readonly base: unknown;
  readonly platform: unknown;
  readonly quickbooks: unknown;
  /** What else of the record changed in QuickBooks since, as `base` and `value`: told where that is why the edit waits. */
  readonly meanwhile?: Edits | undefined;
}

export type ConflictKind = "FIELDS" | "DELETED_IN_QUICKBOOKS" | "VOIDED_IN_QUICKBOOKS";

export interface ConflictContent {
  readonly kind: ConflictKind;
  /** What has to be decided. */
  readonly fields: readonly ConflictField[];
}

/** A field that a policy decided. */
export interface Decision extends ConflictField {
  readonly policy: ConflictPolicy;
}

/** What a comparison makes of a change. */
export interface Comparison {
  readonly status: "PENDING" | "CONFLICT" | "PUSHED" | "CANCELLED";
  /** What is left to be sent; of a change that has ended, what it was about. */
  readonly edits: Edits;
  readonly baseContent: Values | null;
  readonly conflict?: ConflictContent;
  readonly decided: readonly Decision[];
}

/**
 * I9: compares an edit that waits with what QuickBooks holds now, field by field over the base of each. What QuickBooks did not touch
 * stays to be sent, what both sides hold alike needs no sending, and the rest is decided by a policy or waits for a person. Coupled
 * fields and lists count as one.
 */
export function compare(plugin: EntityPlugin, change: WaitingChange, now: RecordNow, policyOf: PolicyOf): Comparison {
  const { operation, edits, baseContent } = change;
  const kept = { edits, baseContent, decided: [] };
  if (edits["state"] !== undefined && edits["state"].value === now.state) return { ...kept, status: "PUSHED" };
  const ended = endedInQuickBooks(operation, now.state);
  if (ended !== undefined) return compareEnded(change, now, ended, policyOf);
  if (operation === "VOID" || operation === "DELETE") return compareRemoval(plugin, change, now, policyOf);
  return compareFields(plugin, change, now, policyOf);
}

/** The record as a change sees it that waits behind others: with their edits, where nothing has ended it. */
export function withEdits({ state, values }: RecordNow, ahead: Edits): RecordNow {
  const { state: ofState, ...others } = ahead;
  const edited = Object.entries(others).map(([path, { value }]) => [path, value] as const);
  const moves =
    (state === "ACTIVE" || state === "INACTIVE") && (ofState?.value === "ACTIVE" || ofState?.value === "INACTIVE");
  return {
    state: moves ? (ofState.value === "ACTIVE" ? "ACTIVE" : "INACTIVE") : state,
    values: { ...values, ...Object.fromEntries(edited) },
  };
}

/** Removing what was voided is still to be done, and to be asked: voiding says that the record shall stay. */
function endedInQuickBooks(
  operation: WaitingChange["operation"],
  state: RecordState,
): Exclude<ConflictKind, "FIELDS"> | undefined {
  if (state === "DELETED" || state === "MERGED") return "DELETED_IN_QUICKBOOKS";
  return state === "VOIDED" && operation !== "DELETE" ? "VOIDED_IN_QUICKBOOKS" : undefined;
}

/** Only "QuickBooks wins" decides here: nothing can be sent to what is gone. */
function compareEnded(
  { edits, baseContent }: WaitingChange,
  { state, values }: RecordNow,
  kind: Exclude<ConflictKind, "FIELDS">,
  policyOf: PolicyOf,
): Comparison {
  const held = (path: string): unknown =>
    path === "state" ? state : kind === "DELETED_IN_QUICKBOOKS" ? null : values[path];
  const fields = Object.entries(edits).map(([path, edit]) => fieldOf(path, edit, held(path) ?? null));
  const policies = fields.map(({ path }) => policyOf(path));
  if (policies.every((policy) => policy === "QUICKBOOKS_WINS")) {
    const decided = fields.map((field) => ({ ...field, policy: "QUICKBOOKS_WINS" as const }));
    return { status: "CANCELLED", edits, baseContent, decided };
  }
  return { status: "CONFLICT", edits, baseContent, conflict: { kind, fields }, decided: [] };
}

/** Who removes a record has seen all of it: any difference since is theirs to judge. */
function compareRemoval(plugin: EntityPlugin, change: WaitingChange, now: RecordNow, policyOf: PolicyOf): Comparison {
  const { edits, baseContent } = change;
  const edit = edits["state"] ?? { base: now.state, value: now.state };
  const meanwhile = changedSince(plugin, baseContent, now.values);
  if (edit.base === now.state && Object.keys(meanwhile).length === 0) {
    return { status: "PENDING", edits, baseContent, decided: [] };
  }
  const field = fieldOf("state", edit, now.state);
  const policy = policyOf("state");
  if (policy === "QUICKBOOKS_WINS") {
    return { status: "CANCELLED", edits, baseContent, decided: [{ ...field, policy }] };
  }
  if (policy === "PLATFORM_WINS") {
    const rebased = { ...edits, state: { ...edit, base: now.state } };
    return { status: "PENDING", edits: rebased, baseContent: now.values, decided: [{ ...field, policy }] };
  }
  const conflict = { kind: "FIELDS" as const, fields: [{ ...field, meanwhile }] };
  return { status: "CONFLICT", edits, baseContent, conflict, decided: [] };
}

function compareFields(plugin: EntityPlugin, change: WaitingChange, now: RecordNow, policyOf: PolicyOf): Comparison {
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
  const hasMoved = fields.some(({ path, base, quickbooks }) => !sameValue(plugin, path, base, quickbooks));
  const isReviewed = edited.some(({ path }) => policyOf(path) === "MANUAL_REVIEW") && Object.keys(meanwhile).length > 0;
  if (!hasMoved && !isReviewed) return { left, conflict: [], decided: [] };
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

/** What differs from all that could be edited when the change was made. */
function changedSince(plugin: EntityPlugin, baseContent: Values | null, values: Values): Edits {
  const changed = Object.entries(baseContent ?? {})
    .filter(([path, base]) => path in values && !sameValue(plugin, path, base, values[path]))
    .map(([path, base]) => [path, { base, value: values[path] ?? null }] as const);
  return Object.fromEntries(changed);
}

/** What differs from the base of an edit, which may be younger than the change it was folded into. */
function changedUnder(plugin: EntityPlugin, edits: Edits, now: RecordNow): Edits {
  const entries = Object.entries(edits).map(([path, { base }]) => [path, { base, value: heldIn(now, path) }] as const);
  return Object.fromEntries(entries.filter(([path, { base, value }]) => !sameValue(plugin, path, base, value)));
}

const heldIn = ({ state, values }: RecordNow, path: string): unknown =>
  path === "state" ? state : (values[path] ?? null);

const fieldOf = (path: string, { base, value }: Edit, quickbooks: unknown): ConflictField => ({
  path,
  base,
  platform: value,
  quickbooks,
});

const baseOf = (change: Edit | undefined): Edit => ({ base: change?.base ?? null, value: change?.base ?? null });
