import type { PoolClient } from "pg";
import { z } from "zod";
import type { RunSync } from "../full/context.js";

/** What a run of a few records reads again: a record by its id, or the place of a failure whose record has none that is known. */
export interface NamedRecord {
  readonly entity: string;
  readonly quickbooksId: string | null;
  readonly failureId: string | null;
}

const namedRow = z.object({
  entity: z.string(),
  quickbooksId: z.string().nullable(),
  failureId: z.string().nullable(),
});

/** Names what a run is to read, in the transaction that enqueues it. */
export async function nameRecords(client: PoolClient, runId: string, records: readonly NamedRecord[]): Promise<void> {
  await client.query(
    `INSERT INTO sync_run_records (run_id, entity, quickbooks_id, failure_id)
     SELECT $1, r.entity, r."quickbooksId", r."failureId"
     FROM jsonb_to_recordset($2::jsonb) AS r(entity text, "quickbooksId" text, "failureId" uuid)`,
    [runId, JSON.stringify(records)],
  );
}

/** What a run is still to read: nothing of an entity that it was done with before an interruption. */
export async function namedRecords({ database, run }: RunSync): Promise<readonly NamedRecord[]> {
  const { rows } = await database.pool.query(
    `SELECT n.entity, n.quickbooks_id AS "quickbooksId", n.failure_id AS "failureId"
     FROM sync_run_records n JOIN sync_run_entities e ON e.run_id = n.run_id AND e.entity = n.entity
     WHERE n.run_id = $1 AND e.phase <> 'DONE' ORDER BY n.id`,
    [run.id],
  );
  return z.array(namedRow).parse(rows);
}
