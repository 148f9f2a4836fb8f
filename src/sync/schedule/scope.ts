import type { EntityPlugin } from "../../plugins/plugin.js";
import { type ExcludedFields, newlyExcluded } from "../excluded-fields.js";

/** The entities and the first transaction date that a connection wants mirrored. */
export interface Scope {
  readonly entities: readonly string[];
  /** `YYYY-MM-DD`; null: since ever. */
  readonly transactionsSince: string | null;
  /** What is left out of its records. */
  readonly excludedFields: ExcludedFields;
}

/** Whether what was read from `kept` on includes all from `wanted` on; null: since ever. */
export function reachesBack<Day extends string | Date>(kept: Day | null, wanted: Day | null): boolean {
  return kept === null || (wanted !== null && kept <= wanted);
}

/** The entities that a first transaction date concerns. */
export function transactionEntities(plugins: readonly EntityPlugin[]): string[] {
  return plugins.filter(({ quickbooks }) => quickbooks.kind === "TRANSACTION").map(({ name }) => name);
}

/**
 * What must be read whole because it has come into the scope: entities that are new to it, transactions where it now begins
 * earlier, and records of which less is left out. Entities and transactions that have left the scope stay mirrored as they are.
 */
export function addedToScope(before: Scope, after: Scope, plugins: readonly EntityPlugin[]): string[] {
  const isEarlier = !reachesBack(before.transactionsSince, after.transactionsSince);
  const transactions = transactionEntities(plugins);
  const fuller = newlyExcluded(after.excludedFields, before.excludedFields).map(({ entity }) => entity);
  return after.entities.filter(
    (name) => !before.entities.includes(name) || fuller.includes(name) || (isEarlier && transactions.includes(name)),
  );
}
