import type { PoolClient } from "pg";
import type { EntityPlugin } from "../../plugins/plugin.js";

/** A change of one record's content, as the change feed tells it. */
export interface RecordChange {
  readonly recordId: string;
  readonly kind: "CREATED" | "UPDATED" | "REMOVED";
  /** The version that the change made. */
  readonly version: number;
}

/** The stream that wakes the followers of a connection's change feed. */
export const changeStream = (connectionId: string): string => `changes:${connectionId}`;

/** The stream whose last number is the feed's; its floor is the last number that the feed has lost. */
export const changeNumbers = (connectionId: string): string => `change-numbers:${connectionId}`;

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

/** Changes that one event tells of. */
const toldAtOnce = 1_000;

/** Whoever would change a record waits at the feed's numbers until the transaction ends; pages lock them before their run. */
export async function lockFeed(client: PoolClient, connectionId: string): Promise<void> {
  await client.query(
    `INSERT INTO event_streams (name, last_number) VALUES ($1, 0)
     ON CONFLICT (name) DO UPDATE SET last_number = event_streams.last_number`,
    [changeNumbers(connectionId)],
  );
}

/** Tells that everything of one life of a company is gone. With the feed locked, so that nothing comes behind. */
export async function tellAllRemoved(
  client: PoolClient,
  { connectionId, epoch }: { readonly connectionId: string; readonly epoch: number },
  plugins: readonly EntityPlugin[],
): Promise<void> {
  for (const { name, table } of plugins) {
    await client.query(
      `SELECT append_changes($1, $3, p.changes) FROM (
         SELECT jsonb_agg(jsonb_build_object('recordId', r.id, 'kind', 'REMOVED', 'version', r.version + 1) ORDER BY r.place) AS changes
         FROM (SELECT id, version, row_number() OVER (ORDER BY quickbooks_id) - 1 AS place FROM "${table}"
           WHERE connection_id = $1 AND epoch = $2 AND state NOT IN ('DELETED', 'MERGED')) r
         GROUP BY r.place / ${toldAtOnce}) p`,
      [connectionId, epoch, name],
    );
  }
}
