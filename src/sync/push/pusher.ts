import type { EntityPlugin } from "../../plugins/plugin.js";
import { Presence } from "../../foundation/database/presence.js";
import { LeaseLost } from "../progress.js";
import { claimChanges, type ClaimedChange, databaseTime, nextDueInMs, renewLeases } from "./claim.js";
import type { Claimed, PushServices } from "./context.js";
import { rejectEarlierLives } from "./lives.js";
import { defaultPace } from "./pace.js";
import { giveBack, pushChange, putOff } from "./push-change.js";

type Defaulted = "pace" | "random" | "onStep";

export interface PusherOptions extends Omit<PushServices, Defaulted>, Partial<Pick<PushServices, Defaulted>> {
  /** Transactions of one company at once, over all processes; one record never twice, and name lists one after another. */
  readonly lanes?: number;
  /** Changes of all companies at once in this process. */
  readonly atOnce?: number;
  readonly heartbeatMs?: number;
  /** The deployment's: companies of another one are not called, and what waits of them goes on waiting. */
  readonly environment: string;
}

class PusherStopped extends Error {
  override readonly name = "PusherStopped";
}

interface Running {
  readonly change: ClaimedChange;
  readonly abort: AbortController;
  readonly work: Promise<void>;
}

/** Longest pause before it looks again by itself where something waits for its time. */
const longestPauseMs = 15_000;

/** Brings local changes to QuickBooks. Its session holds an advisory lock, by which others see at once when it is gone. */
export class Pusher {
  readonly #services: PushServices;
  readonly #options: Required<Pick<PusherOptions, "lanes" | "atOnce" | "heartbeatMs" | "environment">>;
  readonly #presence: Presence;
  readonly #nameLists: readonly string[];
  readonly #running = new Map<string, Running>();
  readonly #stopping = new AbortController();
  #heartbeat: NodeJS.Timeout | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;

  constructor({ lanes = 8, atOnce = 32, heartbeatMs = 5_000, environment, ...services }: PusherOptions) {
    this.#services = { pace: defaultPace, random: Math.random, onStep: () => Promise.resolve(), ...services };
    this.#options = { lanes, atOnce, heartbeatMs, environment };
    this.#presence = new Presence(services.database.url);
    this.#nameLists = services.plugins
      .filter(({ quickbooks }) => quickbooks.kind === "NAME_LIST")
      .map(({ name }) => name);
  }

  async start(): Promise<void> {
    await this.#presence.hold();
    this.#heartbeat = setInterval(() => void this.#renew(), this.#options.heartbeatMs);
    this.poke();
  }

  /** Looks for changes that wait. Called by jobs, by the sweep, and when one has gone as far as it could. */
  poke(): void {
    if (this.#stopping.signal.aborted) return;
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain && !this.#stopping.signal.aborted) this.poke();
    });
  }

  /** Once it has looked, and has nothing under way. */
  async idle(): Promise<void> {
    while (this.#looking !== undefined || this.#running.size > 0) {
      await this.#looking;
      await Promise.all([...this.#running.values()].map(({ work }) => work));
    }
  }

  /** Gives its changes back, so that another process, or the next start, goes on with them at once. */
  async stop(): Promise<void> {
    this.#stopping.abort(new PusherStopped("The pusher stops."));
    clearTimeout(this.#alarm);
    await this.#looking;
    await Promise.all([...this.#running.values()].map(({ work }) => work));
    clearInterval(this.#heartbeat);
    await this.#presence.end();
  }

  async #look(): Promise<void> {
    const { database, log } = this.#services;
    try {
      let lookedAt: string | undefined;
      while (this.#lookAgain && !this.#stopping.signal.aborted) {
        // First of all: where the database is away, whoever asked is answered by a line in the log, and not by asking again at once.
        this.#lookAgain = false;
        lookedAt = await databaseTime(database);
        await this.#presence.hold();
        await rejectEarlierLives(this.#services);
        await this.#claim();
      }
      // What has come due since it was looked for is due at once.
      if (lookedAt === undefined) return;
      const ms = await nextDueInMs(database, this.#options, lookedAt);
      if (ms !== undefined) this.#pokeIn(ms);
    } catch (error) {
      log.error({ err: error }, "Local changes could not be looked for; the next sweep looks again.");
    }
  }

  async #claim(): Promise<void> {
    const { atOnce } = this.#options;
    const most = atOnce - this.#running.size;
    if (most <= 0 || this.#stopping.signal.aborted) return;
    const { owner } = this.#presence;
    const claimed = await claimChanges(this.#services.database, {
      ...this.#options,
      owner,
      nameLists: this.#nameLists,
      most,
    });
    for (const change of claimed) {
      const abort = new AbortController();
      const work = this.#work(change, AbortSignal.any([abort.signal, this.#stopping.signal])).finally(() => {
        this.#running.delete(change.id);
        this.poke();
      });
      this.#running.set(change.id, { change, abort, work });
    }
  }

  async #work(change: ClaimedChange, signal: AbortSignal): Promise<void> {
    const { quickbooks, log } = this.#services;
    const about = { localChangeId: change.id, connectionId: change.connectionId };
    try {
      const claimed = { services: this.#services, change, ...this.#pluginOf(change), signal };
      await quickbooks
        .for(change.connectionId)
        .then((company) => pushChange({ ...claimed, company }))
        .catch((error: unknown) => this.#afterFailure(claimed, signal.aborted ? signal.reason : error));
    } catch (error) {
      if (error instanceof LeaseLost) {
        log.info(about, "A local change was taken over, or ended.");
        return;
      }
      log.error(
        { err: error, ...about },
        "A local change could not be pushed; its lease runs out and it is tried again.",
      );
    }
  }

  async #afterFailure(claimed: Claimed, error: unknown): Promise<void> {
    const { id: localChangeId } = claimed.change;
    if (error instanceof LeaseLost) throw error;
    if (error instanceof PusherStopped) return giveBack(claimed);
    this.#services.log.warn({ err: error, localChangeId }, "A local change waits after a failure.");
    await putOff(claimed, error);
  }

  /** Throws where nothing writes the entity (any more). */
  #pluginOf({ entity }: ClaimedChange): Pick<Claimed, "plugin" | "writes"> {
    const plugin: EntityPlugin | undefined = this.#services.plugins.find(({ name }) => name === entity);
    if (plugin?.writes === undefined) throw new Error(`${entity} cannot be written.`);
    return { plugin, writes: plugin.writes };
  }

  async #renew(): Promise<void> {
    const running = [...this.#running.values()];
    if (running.length === 0) return;
    try {
      const ours = await renewLeases(this.#services.database, this.#presence.owner, [...this.#running.keys()]);
      for (const { change, abort } of running) {
        if (!ours.has(change.id) && this.#running.has(change.id))
          abort.abort(new LeaseLost(`The local change ${change.id} was taken over, or ended.`));
      }
    } catch (error) {
      this.#services.log.warn({ err: error }, "The leases of local changes could not be renewed.");
    }
  }

  #pokeIn(ms: number): void {
    clearTimeout(this.#alarm);
    if (this.#stopping.signal.aborted) return;
    this.#alarm = setTimeout(
      () => {
        this.poke();
      },
      Math.min(Math.max(ms, 1), longestPauseMs),
    ).unref();
  }
}
