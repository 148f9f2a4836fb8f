import type { EntityPlugin, RecordState } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";
import { undecidedCode, type Edits, type LocalChange } from "../local-changes/local-change.js";
import { sameValue } from "../local-changes/values.js";
import { changedSince, compareFields, fieldOf, heldIn } from "./compare-fields.js";
import type { ConflictPolicy, PolicyOf } from "./policy.js";

/** A record as QuickBooks has it, or as it will be once what goes before a change has landed. */
export interface RecordNow {
  readonly state: RecordState;
  /** `editableValues`. */
  readonly values: Values;
}

/** What is compared of a local change that waits. */
export type WaitingChange = Pick<LocalChange, "operation" | "edits" | "baseContent"> &
  Partial<Pick<LocalChange, "errorCode">>;

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
  if (change.errorCode === undecidedCode) return compareUndecided(plugin, change, now);
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

/**
 * What may have been done and undone again in QuickBooks: what it holds says nothing of that, unless it is all that was wanted. No policy
 * was made for it.
 */
function compareUndecided(plugin: EntityPlugin, { edits, baseContent }: WaitingChange, now: RecordNow): Comparison {
  const fields = Object.entries(edits).map(([path, edit]) => fieldOf(path, edit, heldIn(now, path)));
  const kept = { edits, baseContent, decided: [] };
  const isThere = fields.every(({ path, platform, quickbooks }) => sameValue(plugin, path, platform, quickbooks));
  return isThere
    ? { ...kept, status: "PUSHED" }
    : { ...kept, status: "CONFLICT", conflict: { kind: "FIELDS", fields } };
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
