import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";
import type { Edits } from "../local-changes/local-change.js";
import { sameValue } from "../local-changes/values.js";
import type { ConflictField, RecordNow, WaitingChange } from "./compare.js";
import type { Choice } from "./conflict.js";

/** What is to be made of one field; `value` where it is VALUE. */
export interface FieldChoice {
  readonly path: string;
  readonly choose: Choice;
  readonly value?: unknown;
}

/** A field of a conflict with what was chosen for it. */
export interface DecidedField extends ConflictField {
  readonly choice: Choice;
  readonly value?: unknown;
}

/** What is left of an edit once its conflict is decided. */
export interface Decided {
  readonly status: "PENDING" | "CANCELLED";
  /** Of an edit that is given up, what it was about. */
  readonly edits: Edits;
  readonly baseContent: Values | null;
}

/** The value that both sides will hold. */
export const chosenValue = ({ choice, platform, quickbooks, value }: DecidedField): unknown =>
  choice === "PLATFORM" ? platform : choice === "QUICKBOOKS" ? quickbooks : (value ?? null);

/**
 * What a decision makes of the edit: what QuickBooks holds is given up, everything else is sent over what QuickBooks holds now. Who
 * decided has seen the record as it is, so nothing that changed before counts any more.
 */
export function decide(
  plugin: EntityPlugin,
  change: WaitingChange,
  fields: readonly DecidedField[],
  now: RecordNow,
): Decided {
  const decided = new Set(fields.map(({ path }) => path));
  const others = Object.entries(change.edits).filter(([path]) => !decided.has(path));
  const sent = fields
    .filter((field) => field.choice !== "QUICKBOOKS")
    .map((field) => [field.path, { base: field.quickbooks, value: chosenValue(field) }] as const)
    // A removal is sent whatever the state: it is the rest of the record that has changed.
    .filter(([path, { base, value }]) => path === "state" || !sameValue(plugin, path, base, value));
  const edits = Object.fromEntries([...others, ...sent]);
  if (Object.keys(edits).length === 0)
    return { status: "CANCELLED", edits: change.edits, baseContent: change.baseContent };
  return { status: "PENDING", edits, baseContent: now.values };
}
