import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { Streams } from "../../foundation/streams.js";
import { endedByReset } from "../new-life.js";
import { endRun, type RunError } from "../outcome.js";

/** Runs that end in one look; the next look ends more. */
const mostAtOnce = 100;

const strandedRow = z.object({ id: z.string(), organizationId: z.string(), isReset: z.boolean() });

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
    const { rows } = await client.query(
      `SELECT r.id, c.organization_id AS "organizationId", r.epoch <> c.epoch AS "isReset"
       FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id
       WHERE (r.status = 'QUEUED' OR (r.status = 'RUNNING' AND r.lease_until < now()))
         AND (c.status = 'DISCONNECTED' OR r.epoch <> c.epoch)
       ORDER BY c.organization_id, r.queued_at LIMIT ${mostAtOnce} FOR UPDATE OF r SKIP LOCKED`,
    );
    for (const { id: runId, organizationId, isReset } of z.array(strandedRow).parse(rows)) {
      const error = isReset ? endedByReset : disconnected;
      await endRun(client, streams, { runId, organizationId, status: "INTERRUPTED", error });
    }
  });
}
