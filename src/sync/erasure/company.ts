import type { PoolClient } from "pg";
import { z } from "zod";
import { emptyAudited } from "../../access/audit.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { changeNumbers, changeStream } from "../store/change-feed.js";

/** Removes one batch, in a transaction of its own, and gives how many rows that were: none, once nothing is left. */
export type Step = (client: PoolClient) => Promise<number>;

/** Rows of one batch: few enough that nobody waits long for it. */
const batchSize = 500;

const ids = z.array(z.object({ id: z.string() })).transform((rows) => rows.map(({ id }) => id));

const ofConnection = "t.connection_id = $1";
const ofItsRuns = "t.run_id IN (SELECT r.id FROM quickbooks_syncs r WHERE r.connection_id = $1)";

/** What hangs on a connection and is removed without more ado. */
const plainTables: readonly (readonly [table: string, isItsOwn: string])[] = [
  ["mirror_counts", ofConnection],
  ["mirror_status", ofConnection],
  ["mirror_drift", ofConnection],
  ["record_versions", ofConnection],
  ["conflicts", ofConnection],
  ["entity_changes", ofConnection],
  ["quickbooks_webhook_events", ofConnection],
  ["sync_pages", ofItsRuns],
  ["sync_ranges", ofItsRuns],
  ["sync_run_records", ofItsRuns],
];

/** Every table whose rows of a company go. `test/erasure` knows the others, and why they stay. */
export const erasedTables = (plugins: readonly EntityPlugin[]): readonly string[] => [
  ...plugins.flatMap(({ table, children }) => [table, ...Object.values(children).map((child) => child.table)]),
  ...["local_changes", "record_failures"],
  ...plainTables.map(([table]) => table),
];

/** All that is known of a company but the connection itself, what was done (the audit) and when it was read (its runs). */
export function companySteps(connectionId: string, plugins: readonly EntityPlugin[]): readonly Step[] {
  return [
    ...plugins.map(
      (plugin): Step =>
        (client) =>
          eraseRecords(client, plugin, connectionId),
    ),
    (client) => eraseChanges(client, ofConnection, connectionId),
    (client) => eraseFailures(client, connectionId),
    ...plainTables.map(
      ([table, isItsOwn]): Step =>
        (client) =>
          erasePlain(client, table, isItsOwn, connectionId),
    ),
    (client) => quietRuns(client, connectionId),
    (client) => raiseFloors(client, connectionId),
    (client) => eraseEvents(client, connectionId),
  ];
}

/** Records of every life of the company, with their children and versions. */
async function eraseRecords(
  client: PoolClient,
  { table, children }: EntityPlugin,
  connectionId: string,
): Promise<number> {
  const { rows } = await client.query(
    `SELECT t.id FROM "${table}" t WHERE ${ofConnection} LIMIT ${batchSize} FOR UPDATE`,
    [connectionId],
  );
  const recordIds = ids.parse(rows);
  for (const child of Object.values(children)) {
    await client.query(`DELETE FROM "${child.table}" WHERE record_id = ANY($1)`, [recordIds]);
  }
  await client.query("DELETE FROM record_versions WHERE record_id = ANY($1)", [recordIds]);
  await client.query(`DELETE FROM "${table}" WHERE id = ANY($1)`, [recordIds]);
  return recordIds.length;
}

const changeRows = z.array(z.object({ id: z.string(), recordId: z.string() }));

/** Edits with their conflicts, those that fit `which` ($1). The audit is emptied once they are gone, so that nobody can add to it any more. */
export async function eraseChanges(client: PoolClient, which: string, value: string): Promise<number> {
  const { rows } = await client.query(
    `SELECT t.id, t.record_id AS "recordId" FROM local_changes t WHERE ${which}
     ORDER BY t.number LIMIT ${batchSize} FOR UPDATE`,
    [value],
  );
  const changes = changeRows.parse(rows);
  const changeIds = changes.map(({ id }) => id);
  await client.query("DELETE FROM conflicts WHERE local_change_id = ANY($1)", [changeIds]);
  await client.query("DELETE FROM local_changes WHERE id = ANY($1)", [changeIds]);
  await client.query("DELETE FROM idempotency_keys WHERE subject_id = ANY($1::text[])", [changeIds]);
  await emptyAudited(
    client,
    changes.map(({ recordId }) => recordId),
  );
  return changeIds.length;
}

async function eraseFailures(client: PoolClient, connectionId: string): Promise<number> {
  const { rows } = await client.query(
    `DELETE FROM record_failures WHERE id = ANY(ARRAY(
       SELECT t.id FROM record_failures t WHERE ${ofConnection} LIMIT ${batchSize} FOR UPDATE)) RETURNING id`,
    [connectionId],
  );
  const failureIds = ids.parse(rows);
  await emptyAudited(client, failureIds);
  return failureIds.length;
}

async function erasePlain(client: PoolClient, table: string, isItsOwn: string, connectionId: string): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
       SELECT t.ctid FROM ${table} t WHERE ${isItsOwn} LIMIT ${batchSize} FOR UPDATE))`,
    [connectionId],
  );
  return rowCount ?? 0;
}

const quiet = "What went wrong was erased with the data of the company.";

/** Runs stay, with what they counted. What they met may quote a record. */
async function quietRuns(client: PoolClient, connectionId: string): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE quickbooks_syncs SET error_message = $2 WHERE id = ANY(ARRAY(
       SELECT t.id FROM quickbooks_syncs t WHERE ${ofConnection} AND t.error_message <> $2 LIMIT ${batchSize} FOR UPDATE))`,
    [connectionId, quiet],
  );
  return rowCount ?? 0;
}

/** The streams of its runs, of its change feed, and the numbers of that. Other streams hold ids alone. $2: the names of the latter two. */
const itsStreams = `(s.name = ANY($2) OR s.name IN (SELECT 'run:' || r.id FROM quickbooks_syncs r WHERE r.connection_id = $1))`;

const feedOf = (connectionId: string): readonly string[] => [changeStream(connectionId), changeNumbers(connectionId)];

/** Whoever comes with a cursor from before is told that what followed is no more (I12). */
async function raiseFloors(client: PoolClient, connectionId: string): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE event_streams SET floor = last_number WHERE name = ANY(ARRAY(
       SELECT s.name FROM event_streams s WHERE ${itsStreams} AND s.floor < s.last_number
       ORDER BY s.name LIMIT ${batchSize} FOR UPDATE))`,
    [connectionId, feedOf(connectionId)],
  );
  return rowCount ?? 0;
}

async function eraseEvents(client: PoolClient, connectionId: string): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM stream_events WHERE ctid = ANY(ARRAY(
       SELECT e.ctid FROM event_streams s JOIN stream_events e ON e.stream = s.name AND e.number <= s.floor
       WHERE ${itsStreams} LIMIT ${batchSize} FOR UPDATE OF e))`,
    [connectionId, feedOf(connectionId)],
  );
  return rowCount ?? 0;
}
