import type { PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { Streams } from "../../foundation/streams.js";
import { endedByReset } from "../new-life.js";
import { endRun, type RunError } from "../outcome.js";
import { lockRuns } from "../run-rows.js";

/** Runs that end in one look; the next look ends more. */
const mostAtOnce = 100;

const strandedRow = z.object({ id: z.string(), organizationId: z.string(), isReset: z.boolean() });
type StrandedRow = z.infer<typeof strandedRow>;

const disconnected: RunError = {
  code: "NOT_CONNECTED",
  message:
    "The company was disconnected while this run waited. Connect it again: its first sync reads what this run did not.",
};

/**
 * Ends the runs that nobody will ever work on again: the company was disconnected, or reset, while they waited. Called at every look
 * for work; those that a worker holds are left to it.
 */
export async function endStrandedRuns(database: Database, streams: Streams): Promise<void> {
  await database.transaction(async (client) => {
    const found = await strandedRuns(client, null);
    if (found.length === 0) return;
    const ids = found.map(({ id }) => id);
    await lockRuns(client, ids);
    for (const { id: runId, organizationId, isReset } of await strandedRuns(client, ids)) {
      const error = isReset ? endedByReset : disconnected;
      await endRun(client, streams, { runId, organizationId, status: "INTERRUPTED", error });
    }
  });
}

/** Asked twice: once to know what to lock, and among those (`ids`) once they are locked, as a worker may have come first. */
async function strandedRuns(client: PoolClient, ids: readonly string[] | null): Promise<readonly StrandedRow[]> {
  const { rows } = await client.query(
    `SELECT r.id, c.organization_id AS "organizationId", r.epoch <> c.epoch AS "isReset"
     FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id
     WHERE (r.status = 'QUEUED' OR (r.status = 'RUNNING' AND r.lease_until < now()))
       AND (c.status = 'DISCONNECTED' OR r.epoch <> c.epoch) AND ($1::uuid[] IS NULL OR r.id = ANY($1))
     ORDER BY c.organization_id, r.queued_at LIMIT ${mostAtOnce}`,
    [ids],
  );
  return z.array(strandedRow).parse(rows);
}
