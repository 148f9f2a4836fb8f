import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Edits } from "../local-changes/local-change.js";
import { sameValue } from "../local-changes/values.js";
import { compare, withEdits, type Comparison, type Decision, type RecordNow, type WaitingChange } from "./compare.js";
import type { PolicyOf } from "./policy.js";

/**
 * Compares all that waits of one record, in order of age: each with the record as it will be once those before it have landed, and over
 * what is left of them.
 */
export function compareAll<Change extends WaitingChange>(
  plugin: EntityPlugin,
  now: RecordNow,
  changes: readonly Change[],
  policyOf: PolicyOf,
): { readonly change: Change; readonly comparison: Comparison }[] {
  let ahead: Edits = {};
  let givenUp: readonly Decision[] = [];
  return changes.map((change) => {
    const edits = rebased(plugin, change.edits, givenUp);
    const comparison = compare(plugin, { ...change, edits }, withEdits(now, ahead), policyOf);
    givenUp = [...givenUp, ...comparison.decided.filter(({ policy }) => policy === "QUICKBOOKS_WINS")];
    if (comparison.status === "PENDING" || comparison.status === "CONFLICT") ahead = { ...ahead, ...comparison.edits };
    return { change, comparison };
  });
}

/** What was edited over a value that was given up is now over what that one was edited over. */
export function rebased(
  plugin: EntityPlugin,
  edits: Edits,
  givenUp: readonly Pick<Decision, "path" | "base" | "platform">[],
): Edits {
  const entries = Object.entries(edits).map(([path, edit]) => {
    const before = givenUp.findLast(
      (field) => field.path === path && sameValue(plugin, path, field.platform, edit.base),
    );
    return [path, before === undefined ? edit : { ...edit, base: before.base }] as const;
  });
  return Object.fromEntries(entries);
}
