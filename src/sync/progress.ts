import type { PoolClient } from "pg";
import { z } from "zod";
import type { Streams } from "../foundation/streams.js";
import { progressRow, runRow, runStream, type ProgressRow, type RunView } from "./run-view.js";

/** Counters grow by these; everything else is set. */
export interface Advance {
  readonly read?: number;
  readonly created?: number;
  readonly updated?: number;
  readonly unchanged?: number;
  readonly removed?: number;
  readonly failed?: number;
  /** Conflicts that were opened. */
  readonly conflicted?: number;
  /** The failures that `failed` counts. */
  readonly failureIds?: readonly string[];
  readonly expected?: number;
  readonly phase?: ProgressRow["phase"];
  readonly complete?: boolean;
  readonly proof?: ProgressRow["proof"];
}

/** Somebody else holds the run now, it is not running any more, or its company has begun another life: what was about to be written must not be. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** A person cancelled the run. */
export class RunCancelled extends Error {
  override readonly name = "RunCancelled";
}

/** The calls to QuickBooks that a run has made since its row was last written. */
export interface CallTally {
  calls: number;
  throttledMs: number;
}

const counters = ["read", "created", "updated", "unchanged", "removed", "failed", "conflicted"] as const;
/** Events of one page that tell of a failure each. */
const failuresTold = 20;
/** Requests that wait for the same 429 hear of its end with some milliseconds between them. */
const sameWaitMs = 1_000;
const finished = ["DONE", "FAILED", "SKIPPED"];

/** The bookkeeping of a claimed run. Every change is checked against the fence of its lease and told in the run's stream. */
export class Progress {
  readonly tally: CallTally = { calls: 0, throttledMs: 0 };
  readonly #streams: Streams;
  readonly #runId: string;
  readonly #fence: number;
  #toldAtMs = performance.now();
  /** By this process's clock, in milliseconds; 0: QuickBooks has not asked to wait. */
  #throttledUntilMs = 0;
  #toldThrottleMs = 0;

  constructor(streams: Streams, runId: string, fence: number) {
    this.#streams = streams;
    this.#runId = runId;
    this.#fence = fence;
  }

  /** Moves an entity's progress on, in the caller's transaction. Throws LeaseLost or RunCancelled, which undoes all of it. */
  async advance(client: PoolClient, entity: string, advance: Advance): Promise<void> {
    const { phase = null, expected = null, complete = null, proof = null } = advance;
    await client.query(
      `UPDATE sync_run_entities SET ${counters.map((name, index) => `${name} = ${name} + $${index + 3}`).join(", ")},
         phase = coalesce($10::"EntityPhase", phase), expected = coalesce($11, expected), complete = coalesce($12, complete),
         proof = coalesce($13::"CompletenessProof", proof),
         started_at = CASE WHEN $10 IS NULL THEN started_at ELSE coalesce(started_at, now()) END,
         finished_at = CASE WHEN $10 = ANY($14) THEN now() ELSE finished_at END
       WHERE run_id = $1 AND entity = $2`,
      [this.#runId, entity, ...counters.map((name) => advance[name] ?? 0), phase, expected, complete, proof, finished],
    );
    const run = await this.touch(client);
    // One event for each, up to as many as somebody reads; the list of failures has them all.
    for (const failureId of advance.failureIds?.slice(0, failuresTold) ?? []) {
      await this.#streams.append(client, runStream(this.#runId), "FAILURE", { run, entity, failureId });
    }
    await this.#append(client, "PROGRESS", { run, entity });
  }

  /** QuickBooks asks for nothing before `until`: no process sends a request of this company. */
  waitUntil(until: Date): void {
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, until.getTime());
  }

  /** Milliseconds since something was told; without end where the run began or ceased to wait for QuickBooks since. */
  get silentMs(): number {
    const isToldOfWait = Math.abs(this.#waitsUntilMs - this.#toldThrottleMs) < sameWaitMs;
    return isToldOfWait ? performance.now() - this.#toldAtMs : Infinity;
  }

  /** Tells how the run stands, though no entity has come further. Throws LeaseLost or RunCancelled. */
  async tell(client: PoolClient): Promise<void> {
    const untilMs = this.#waitsUntilMs;
    const isNew = untilMs > this.#toldThrottleMs + sameWaitMs;
    this.#toldThrottleMs = untilMs;
    await this.#append(client, isNew ? "THROTTLED" : "PROGRESS", { run: await this.touch(client) });
  }

  async #append(
    client: PoolClient,
    kind: "PROGRESS" | "THROTTLED",
    data: { readonly run: RunView; readonly entity?: string },
  ): Promise<void> {
    await this.#streams.append(client, runStream(this.#runId), kind, data);
    this.#toldAtMs = performance.now();
  }

  get #waitsUntilMs(): number {
    return this.#throttledUntilMs > Date.now() ? this.#throttledUntilMs : 0;
  }

  /** Proves that the run is still ours, adds the calls made since, and says until when it waits for QuickBooks. Locks the run's row until the transaction ends. */
  async touch(client: PoolClient): Promise<RunView> {
    const { calls, throttledMs } = this.tally;
    const untilMs = this.#waitsUntilMs;
    // Taken before the wait for the row, or two transactions at once would both add them.
    Object.assign(this.tally, { calls: 0, throttledMs: 0 });
    const { rows } = await client.query(
      `UPDATE quickbooks_syncs SET api_calls = api_calls + $3, throttled_ms = throttled_ms + $4, throttled_until = $5
       WHERE id = $1 AND fence = $2 AND status = 'RUNNING'
         AND epoch = (SELECT c.epoch FROM connections c WHERE c.id = connection_id) RETURNING *`,
      [this.#runId, this.#fence, calls, Math.round(throttledMs), untilMs === 0 ? null : new Date(untilMs)],
    );
    const row = runRow.optional().parse(rows[0]);
    if (row === undefined) throw new LeaseLost(`The run ${this.#runId} is held by another worker, or has ended.`);
    if (row.cancelledAt !== null) throw new RunCancelled(`The run ${this.#runId} was cancelled.`);
    return { ...row, progress: await readProgress(client, this.#runId) };
  }
}

export async function readProgress(client: Pick<PoolClient, "query">, runId: string): Promise<ProgressRow[]> {
  const { rows } = await client.query("SELECT * FROM sync_run_entities WHERE run_id = $1 ORDER BY position", [runId]);
  return z.array(progressRow).parse(rows);
}

/** A run with its progress, as its events tell it. */
export async function readRunView(client: Pick<PoolClient, "query">, runId: string): Promise<RunView> {
  const { rows } = await client.query("SELECT * FROM quickbooks_syncs WHERE id = $1", [runId]);
  return { ...runRow.parse(rows[0]), progress: await readProgress(client, runId) };
}
