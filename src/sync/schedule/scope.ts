import type { EntityPlugin } from "../../plugins/plugin.js";

/** The entities and the first transaction date that a connection wants mirrored. */
export interface Scope {
  readonly entities: readonly string[];
  /** `YYYY-MM-DD`; null: since ever. */
  readonly transactionsSince: string | null;
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
 * What must be read whole because it has come into the scope: entities that are new to it, and transactions where it now begins
 * earlier. What has left the scope stays mirrored as it is.
 */
export function addedToScope(before: Scope, after: Scope, plugins: readonly EntityPlugin[]): string[] {
  const isEarlier = !reachesBack(before.transactionsSince, after.transactionsSince);
  const transactions = transactionEntities(plugins);
  return after.entities.filter((name) => !before.entities.includes(name) || (isEarlier && transactions.includes(name)));
}
