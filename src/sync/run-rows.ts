import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { isReached, reachParameter } from "../access/reach.js";
import { UserProblem } from "./problems.js";
import { runRow, type RunRow } from "./run-view.js";

const connectionRow = z.object({
  id: z.string(),
  status: z.enum(["CONNECTED", "REAUTHORIZATION_REQUIRED", "DISCONNECTED"]),
  epoch: z.number(),
  entities: z.array(z.string()),
  transactionsSince: z.string().nullable(),
});
export type ConnectionRow = z.infer<typeof connectionRow>;

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Locked, so that two requests at once cannot both find nothing active. A foreign connection and a missing one answer alike (I10). */
export async function lockConnection(client: PoolClient, connectionId: string, actor: Actor): Promise<ConnectionRow> {
  const { rows } = uuid.test(connectionId)
    ? await client.query(
        `SELECT id, status, epoch, entities, transactions_since::text AS "transactionsSince" FROM connections
         WHERE id = $1 AND ${isReached("connections", "$2")} FOR UPDATE`,
        [connectionId, reachParameter(actor)],
      )
    : { rows: [] };
  const connection = connectionRow.optional().parse(rows[0]);
  if (connection === undefined) throw new UserProblem("NOT_FOUND", "connectionId", "There is no such connection.");
  if (connection.status === "REAUTHORIZATION_REQUIRED") {
    throw new UserProblem(
      "REAUTHORIZATION_REQUIRED",
      "connectionId",
      "QuickBooks asks for a new authorization: connect this company again first.",
    );
  }
  if (connection.status === "DISCONNECTED") {
    throw new UserProblem("NOT_CONNECTED", "connectionId", "This company is disconnected: connect it again first.");
  }
  return connection;
}

/** Runs of the whole company, in its present life: what waits since before a reset ends by itself. */
export async function activeRuns(client: PoolClient, connectionId: string): Promise<RunRow[]> {
  const { rows } = await client.query(
    `SELECT r.* FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id AND c.epoch = r.epoch
     WHERE r.connection_id = $1 AND r.status IN ('QUEUED', 'RUNNING') AND r.mode <> 'RECORDS' ORDER BY r.queued_at`,
    [connectionId],
  );
  return z.array(runRow).parse(rows);
}

/** Locks runs that are to end in the order in which pages do (their progress, then the run), so that neither waits for the other. */
export async function lockRuns(client: PoolClient, ids: readonly string[]): Promise<void> {
  await client.query("SELECT 1 FROM sync_run_entities WHERE run_id = ANY($1) ORDER BY run_id, position FOR UPDATE", [
    ids,
  ]);
  await client.query("SELECT 1 FROM quickbooks_syncs WHERE id = ANY($1) ORDER BY id FOR UPDATE", [ids]);
}

/** Locks all runs of a company that have not ended; their ids. */
export async function lockOpenRuns(client: PoolClient, connectionId: string): Promise<string[]> {
  const { rows } = await client.query(
    "SELECT id FROM quickbooks_syncs WHERE connection_id = $1 AND status IN ('QUEUED', 'RUNNING') ORDER BY id",
    [connectionId],
  );
  const ids = z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
  await lockRuns(client, ids);
  return ids;
}

export async function lockRun(client: PoolClient, runId: string, actor: Actor): Promise<RunRow | undefined> {
  if (!uuid.test(runId)) return undefined;
  const { rows } = await client.query(
    `SELECT r.* FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id
     WHERE r.id = $1 AND ${isReached("c", "$2")} FOR UPDATE OF r`,
    [runId, reachParameter(actor)],
  );
  return runRow.optional().parse(rows[0]);
}

export async function readRun(client: PoolClient, runId: string): Promise<RunRow> {
  const { rows } = await client.query("SELECT * FROM quickbooks_syncs WHERE id = $1", [runId]);
  return runRow.parse(rows[0]);
}
