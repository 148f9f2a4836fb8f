import type { EntityPlugin } from "../../plugins/plugin.js";

/** The entities and the first transaction date that a connection wants mirrored. */
export interface Scope {
  readonly entities: readonly string[];
  /** `YYYY-MM-DD`; null: since ever. */
  readonly transactionsSince: string | null;
}

/** Whether what was read from `kept` on includes all from `wanted` on; null: since ever. */
export function reachesBack(kept: string | null, wanted: string | null): boolean {
  return kept === null || (wanted !== null && kept <= wanted);
}

/**
 * What must be read whole because it has come into the scope: entities that are new to it, and transactions where it now begins
 * earlier. What has left the scope stays mirrored as it is.
 */
export function addedToScope(before: Scope, after: Scope, plugins: readonly EntityPlugin[]): string[] {
  const isEarlier = !reachesBack(before.transactionsSince, after.transactionsSince);
  const transactions = plugins.filter(({ quickbooks }) => quickbooks.kind === "TRANSACTION").map(({ name }) => name);
  return after.entities.filter((name) => !before.entities.includes(name) || (isEarlier && transactions.includes(name)));
}
