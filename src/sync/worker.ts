import type { Database } from "../foundation/database/database.js";
import type { Log } from "../foundation/log.js";
import type { Streams } from "../foundation/streams.js";
import { ReconnectNeeded, RetryLater, RunStopped } from "../quickbooks/errors.js";
import type { Engine } from "./engine.js";
import { claimRun, giveBack, putOff, renewLease, type LeasedRun } from "./leases.js";
import { endRun, runError, type RunError } from "./outcome.js";
import { Presence } from "../foundation/database/presence.js";
import { LeaseLost, RunCancelled } from "./progress.js";
import { endStrandedRuns } from "./recovery/stranded.js";

interface WorkerOptions {
  readonly database: Database;
  readonly streams: Streams;
  readonly engine: Engine;
  readonly log: Log;
  /** Makes runs of other work that waits; called before every look for runs. */
  readonly queueRuns?: () => Promise<void>;
  /** Runs at once in this process. */
  readonly runsAtOnce?: number;
  /** Runs of a few records that go on beside them, so that none waits behind whole companies. */
  readonly recordRunsAtOnce?: number;
  readonly heartbeatMs?: number;
}

/** A run whose failures pass is tried again this often before it counts as failed. */
const mostAttempts = 10;
const longestDelayMs = 15 * 60_000;

class WorkerStopped extends Error {
  override readonly name = "WorkerStopped";
}

/** Works off the runs that wait. Its session holds an advisory lock, by which others see at once when it is gone. */
export class Worker {
  readonly #options: Required<WorkerOptions>;
  readonly #presence: Presence;
  readonly #stopping = new AbortController();
  readonly #running = new Map<Promise<void>, LeasedRun["mode"]>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;

  constructor(options: WorkerOptions) {
    this.#options = {
      queueRuns: () => Promise.resolve(),
      runsAtOnce: 4,
      recordRunsAtOnce: 4,
      heartbeatMs: 5_000,
      ...options,
    };
    this.#presence = new Presence(options.database.url);
  }

  async start(): Promise<void> {
    await this.#presence.hold();
    this.poke();
  }

  /** Looks for work. Called by jobs, by the sweep, and when a run has ended. */
  poke(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  /** Gives its runs back, so that another worker, or the next start, goes on with them at once. */
  async stop(): Promise<void> {
    this.#stopping.abort(new WorkerStopped("The worker stops."));
    await this.#looking;
    await Promise.all(this.#running.keys());
    await this.#presence.end();
  }

  async #look(): Promise<void> {
    try {
      while (this.#lookAgain && !this.#stopping.signal.aborted) {
        this.#lookAgain = false;
        await this.#presence.hold();
        await endStrandedRuns(this.#options.database, this.#options.streams);
        await this.#options.queueRuns();
        for (let run = await this.#claim(); run !== undefined; run = await this.#claim()) {
          const work = this.#work(run).finally(() => {
            this.#running.delete(work);
            this.poke();
          });
          this.#running.set(work, run.mode);
        }
      }
    } catch (error) {
      this.#options.log.error({ err: error }, "The worker could not look for work; the next sweep looks again.");
    }
  }

  /** undefined where there is nothing to do, or no hand free. */
  async #claim(): Promise<LeasedRun | undefined> {
    const { database, streams, runsAtOnce, recordRunsAtOnce } = this.#options;
    if (this.#running.size >= runsAtOnce + recordRunsAtOnce || this.#stopping.signal.aborted) return undefined;
    const whole = [...this.#running.values()].filter((mode) => mode !== "RECORDS").length;
    return claimRun(database, streams, { owner: this.#presence.owner, isWholeTaken: whole < runsAtOnce });
  }

  async #work(run: LeasedRun): Promise<void> {
    const { database, engine, log, heartbeatMs } = this.#options;
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.#stopping.signal]);
    const heartbeat = setInterval(() => {
      renewLease(database, run).then(
        (isOurs) => {
          if (!isOurs) abort.abort(new LeaseLost(`The run ${run.id} was cancelled or taken over.`));
        },
        (error: unknown) => {
          log.warn({ err: error, runId: run.id }, "A lease could not be renewed.");
        },
      );
    }, heartbeatMs);
    log.info({ runId: run.id, mode: run.mode, fence: run.fence }, "A sync run begins or goes on.");
    try {
      await this.#end(run, await engine.execute(run, signal));
    } catch (error) {
      await this.#afterFailure(run, signal.aborted ? signal.reason : error).catch((failure: unknown) => {
        log.error(
          { err: failure, runId: run.id },
          "A run's end could not be written; its lease runs out and it is tried again.",
        );
      });
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #afterFailure(run: LeasedRun, error: unknown): Promise<void> {
    const { database, streams, log } = this.#options;
    if (error instanceof WorkerStopped) return giveBack(database, run);
    // A cancelled run shows by the same sign as one that was taken over: whoever may end it does.
    if (error instanceof RunCancelled || error instanceof LeaseLost) return this.#leave(run);
    log.warn({ err: error, runId: run.id, attempts: run.attempts }, "A sync run met a failure.");
    if (error instanceof ReconnectNeeded || error instanceof RunStopped || run.attempts + 1 >= mostAttempts) {
      return this.#end(run, "FAILED", runError(error));
    }
    const delayMs = Math.min(longestDelayMs, 5_000 * 2 ** run.attempts);
    const retryAt = (error instanceof RetryLater ? error.retryAt : undefined) ?? new Date(Date.now() + delayMs);
    return putOff(database, streams, run, retryAt);
  }

  /** A run that is of an earlier life of its company is still ours: given back, it is ended by whoever looks next. */
  async #leave(run: LeasedRun): Promise<void> {
    const { rows } = await this.#options.database.pool.query(
      "SELECT 1 FROM quickbooks_syncs WHERE id = $1 AND fence = $2 AND cancelled_at IS NOT NULL",
      [run.id, run.fence],
    );
    this.#options.log.info({ runId: run.id, fence: run.fence }, "A sync run was taken over, or cancelled.");
    if (rows.length > 0) return this.#end(run, "CANCELLED");
    return giveBack(this.#options.database, run);
  }

  async #end(
    run: LeasedRun,
    status: "SUCCEEDED" | "PARTIAL" | "FAILED" | "CANCELLED",
    error?: RunError,
  ): Promise<void> {
    const { database, streams, log } = this.#options;
    const { id: runId, fence, organizationId } = run;
    await database.transaction((client) =>
      endRun(client, streams, { runId, fence, organizationId, status, ...(error && { error }) }),
    );
    log.info({ runId, status }, "A sync run has ended.");
  }
}
