import type { PoolClient } from "pg";

/** A change of one record's content, as the change feed tells it. */
export interface RecordChange {
  readonly recordId: string;
  readonly kind: "CREATED" | "UPDATED" | "REMOVED";
  /** The version that the change made. */
  readonly version: number;
}

/** The stream that wakes the followers of a connection's change feed. */
export const changeStream = (connectionId: string): string => `changes:${connectionId}`;

/** Adds changes to the feed, in the transaction that made them: numbered in the order of commits (I12). */
export async function tellChanges(
  client: PoolClient,
  connectionId: string,
  entity: string,
  changes: readonly RecordChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await client.query("SELECT append_changes($1, $2, $3)", [connectionId, entity, JSON.stringify(changes)]);
}
