import type { Database } from "../foundation/database/database.js";
import { randomIds, type Ids } from "../foundation/ids.js";
import type { Log } from "../foundation/log.js";
import type { Streams } from "../foundation/streams.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { RequestRejected, RunStopped, UnreadableResult } from "../quickbooks/errors.js";
import type { QuickBooksClient } from "../quickbooks/client.js";
import { CompanyCare } from "./company-care.js";
import { Company } from "./company.js";
import { entitiesAtOnce, forEachLimited, Gate } from "./concurrency.js";
import type { RunSync } from "./full/context.js";
import { syncEntity } from "./full/sync-entity.js";
import { followMerges } from "./incremental/follow-merges.js";
import { planChanges, type EntityWork } from "./incremental/sync-changes.js";
import { applyEvents } from "./inbox/apply.js";
import { defaultPace, type Pace } from "./inbox/pace.js";
import { keepBound, type LeasedRun } from "./leases.js";
import { inDependencyOrder } from "./order.js";
import { statusOf } from "./outcome.js";
import { Progress, readProgress } from "./progress.js";
import { comparingStore } from "./recovery/comparing-store.js";
import { readNamed } from "./recovery/read-named.js";
import { verifyEntity } from "./recovery/verify-entity.js";
import type { ProgressRow } from "./run-view.js";
import { giveSignsOfLife } from "./signs-of-life.js";
import { OtherLife } from "./store/other-life.js";
import type { Store } from "./store/store.js";

/** Pages that this process stores at once, over all runs: one is prepared while PostgreSQL writes the other. More only fill its memory. */
const pagesAtOnce = 2;

export interface EngineServices {
  readonly database: Database;
  readonly streams: Streams;
  readonly store: Store;
  readonly quickbooks: QuickBooksClient;
  readonly plugins: readonly EntityPlugin[];
  readonly log: Log;
  readonly ids?: Ids;
  /** How patiently webhook notices are applied. */
  readonly pace?: Pace;
}

/** Executes claimed runs. Knows plugins by their contract alone. */
export class Engine {
  readonly #services: EngineServices;
  readonly #storing = new Gate(pagesAtOnce);

  constructor(services: EngineServices) {
    this.#services = services;
  }

  /**
   * Reads every entity of the run that is not done yet. Throws what stops the run as a whole; LeaseLost where it has ended because
   * its company was reset.
   */
  async execute(run: LeasedRun, signal: AbortSignal): Promise<"SUCCEEDED" | "PARTIAL" | "FAILED"> {
    const { database, streams, quickbooks, log, ids = randomIds } = this.#services;
    const store = run.isDryRun ? comparingStore(database, run) : this.#services.store;
    const progress = new Progress(streams, run.id, run.fence);
    const client = await quickbooks.for(run.connectionId, {
      onCall({ throttledMs }) {
        progress.tally.calls += 1;
        progress.tally.throttledMs += throttledMs;
      },
      onThrottled: (until) => progress.waitUntil(until),
    });
    const care = new CompanyCare({ ...this.#services, ids }, run, client, progress);
    const company = new Company(client, care);
    const stopTelling = giveSignsOfLife(database, progress, log);
    try {
      if (!freezesBound(run)) await care.lookDaily(signal);
      return await this.#inOneLife(run, { run, company, database, store, progress, storing: this.#storing, signal });
    } finally {
      await stopTelling();
    }
  }

  /**
   * What only shows that the company may have been reset is made certain by its CompanyInfo. A false alarm costs one more look: the
   * run goes on, and takes records in whatever creation time they name.
   */
  async #inOneLife(run: LeasedRun, runSync: RunSync): Promise<"SUCCEEDED" | "PARTIAL" | "FAILED"> {
    try {
      return await this.#work(run, runSync);
    } catch (error) {
      const isStopped = error instanceof RunStopped && error.reason === "COMPANY_RESET";
      if (!isStopped && !(error instanceof OtherLife)) throw error;
      await runSync.company.now(runSync.signal);
      if (isStopped) throw error;
      this.#services.log.warn(
        { err: error, runId: run.id },
        "A record's creation time has changed; the company is the same.",
      );
      return this.#work(run, { ...runSync, store: sureOfLife(runSync.store) });
    }
  }

  async #work(run: LeasedRun, runSync: RunSync): Promise<"SUCCEEDED" | "PARTIAL" | "FAILED"> {
    const { database, plugins } = this.#services;
    const { signal } = runSync;
    if (run.mode === "RECORDS") {
      const applying = { ...runSync, plugins, pace: this.#services.pace ?? defaultPace };
      await (run.trigger === "WEBHOOK" ? applyEvents(applying) : readNamed(applying));
      return statusOf(await readProgress(database.pool, run.id));
    }
    const ended = (await readProgress(database.pool, run.id)).filter(({ phase }) => isEnded(phase));
    const pending = inDependencyOrder(plugins).filter(
      ({ name }) => run.entities.includes(name) && !ended.some(({ entity }) => entity === name),
    );
    const work = await (run.mode === "INCREMENTAL"
      ? planChanges(runSync, pending)
      : this.#planWhole(runSync, run, pending));
    await forEachLimited(work, entitiesAtOnce, signal, (each, inner) =>
      this.#syncOne({ ...runSync, signal: inner }, each),
    );
    if (run.mode === "INCREMENTAL") await followMerges(runSync, plugins);
    const progress = await readProgress(database.pool, run.id);
    if (progress.some(isProvedWithLoss)) await runSync.company.now(signal);
    return statusOf(progress);
  }

  /** Everything, up to a bound that is frozen before anything is read. */
  async #planWhole(runSync: RunSync, run: LeasedRun, plugins: readonly EntityPlugin[]): Promise<EntityWork[]> {
    const bound = run.bound ?? (await this.#freezeBound(runSync));
    return plugins.map((plugin) => ({ plugin, bound, execute: run.mode === "VERIFY" ? verifyEntity : syncEntity }));
  }

  /** What QuickBooks refuses for one entity does not cost the others; anything else stops the run. */
  async #syncOne(runSync: RunSync, { plugin, bound, execute }: EntityWork): Promise<void> {
    try {
      await execute({ ...runSync, plugin, bound });
    } catch (error) {
      if (!(error instanceof RequestRejected || error instanceof UnreadableResult)) throw error;
      const { database, progress, run } = runSync;
      this.#services.log.warn({ err: error, runId: run.id, entity: plugin.name }, "An entity could not be read.");
      await database.transaction((client) => progress.advance(client, plugin.name, { phase: "FAILED" }));
    }
  }

  /** QuickBooks' own present: nothing newer belongs to this run. */
  async #freezeBound({ run, company, signal }: RunSync): Promise<Date> {
    const bound = await company.now(signal);
    await this.#services.database.transaction((client) => keepBound(client, run, bound));
    return bound;
  }
}

/** Whether the run asks CompanyInfo for QuickBooks' present in any case. */
const freezesBound = ({ mode, bound }: LeasedRun): boolean => bound === null && (mode === "FULL" || mode === "VERIFY");

/** What a complete reading did not show may have gone with all of the company's data. */
const isProvedWithLoss = ({ removed, proof }: ProgressRow): boolean => removed > 0 && proof === "IDS_AND_COUNT";

/** The store for a run of whose company it is certain that it is in the life the mirror is of. */
const sureOfLife = (store: Store): Store => ({
  save: (page, alongside) => store.save({ ...page, isLifeCertain: true }, alongside),
  remove: (...removal) => store.remove(...removal),
});

const isEnded = (phase: ProgressRow["phase"]): boolean => phase === "DONE" || phase === "FAILED";
