import type { PoolClient } from "pg";
import type { Streams } from "../foundation/streams.js";
import { QuickBooksError, RunStopped } from "../quickbooks/errors.js";
import { readProgress } from "./progress.js";
import { lockRuns } from "./run-rows.js";
import { connectionStream, runRow, runStream, type ProgressRow, type RunRow } from "./run-view.js";

/** How a run ended: `code` names the class of the error, or why nothing can be read; for people and programs alike. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly intuitTid?: string | undefined;
}

export function runError(error: unknown): RunError {
  if (error instanceof RunStopped) return { code: error.reason, message: error.message, intuitTid: error.intuitTid };
  if (error instanceof QuickBooksError) return { code: error.name, message: error.message, intuitTid: error.intuitTid };
  return { code: "INTERNAL_ERROR", message: "The gateway failed while it worked on this run; its log says how." };
}

/** Every entity complete and no record refused: SUCCEEDED; nothing read at all: FAILED; anything between: PARTIAL (I4). */
export function statusOf(progress: readonly ProgressRow[]): "SUCCEEDED" | "PARTIAL" | "FAILED" {
  if (progress.every(({ phase, failed }) => phase === "DONE" && failed === 0)) return "SUCCEEDED";
  return progress.some(({ phase }) => phase === "DONE") ? "PARTIAL" : "FAILED";
}

interface Ending {
  readonly runId: string;
  /** Absent where no worker holds the run. */
  readonly fence?: number;
  readonly organizationId: string;
  readonly status: RunRow["status"];
  readonly error?: RunError;
}

/** Ends a run: its last event, and one in the connection's stream. Does nothing where the run is not ours to end. */
export async function endRun(client: PoolClient, streams: Streams, ending: Ending): Promise<RunRow | undefined> {
  const { runId, fence = null, status, error } = ending;
  await lockRuns(client, [runId]);
  const { rows } = await client.query(
    `UPDATE quickbooks_syncs SET status = $3, finished_at = now(), lease_owner = NULL, lease_until = NULL, throttled_until = NULL,
       error_code = $4, error_message = $5, error_intuit_tid = $6
     WHERE id = $1 AND ($2::integer IS NULL OR fence = $2) AND status IN ('QUEUED', 'RUNNING') RETURNING *`,
    [runId, fence, status, error?.code, error?.message, error?.intuitTid],
  );
  const run = runRow.optional().parse(rows[0]);
  if (run === undefined) return undefined;
  await client.query(
    `UPDATE sync_run_entities SET phase = 'SKIPPED', finished_at = now() WHERE run_id = $1 AND phase NOT IN ('DONE', 'FAILED')`,
    [runId],
  );
  const progress = await readProgress(client, runId);
  await streams.append(client, runStream(runId), "FINISHED", { run: { ...run, progress } });
  await streams.append(client, connectionStream(ending.organizationId), "SYNC_FINISHED", {
    connectionId: run.connectionId,
    syncRunId: runId,
    status,
  });
  return run;
}
