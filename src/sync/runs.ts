import type { PoolClient } from "pg";
import type { Actor } from "../access/actor.js";
import type { Database } from "../foundation/database/database.js";
import type { Ids } from "../foundation/ids.js";
import type { Log } from "../foundation/log.js";
import type { Streams } from "../foundation/streams.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { answeredBefore, rememberAnswer } from "./idempotency.js";
import { auditRun, insertRun } from "./insert-run.js";
import { beginLifeWhereReset } from "./new-life.js";
import { endRun } from "./outcome.js";
import { UserProblem } from "./problems.js";
import { doesTheSame, joinable, keyed, wantedBy, type Wanted } from "./run-requests.js";
import { activeRuns, lockConnection, lockOpenRuns, lockRun, readRun, type ConnectionRow } from "./run-rows.js";
import { connectionStream, type RunRow } from "./run-view.js";

export type StartOutcome = "STARTED" | "JOINED" | "QUEUED";

export interface StartInput {
  readonly actor: Actor;
  readonly connectionId: string;
  readonly mode: RunRow["mode"];
  /** Names of entities; the connection's whole scope if left out. */
  readonly entities?: readonly string[] | undefined;
  /** `YYYY-MM-DD`, inclusive. */
  readonly transactionsFrom?: string | undefined;
  readonly transactionsTo?: string | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

/** What the gateway wants of a connection: by itself, or for an actor. */
export interface RunOrder extends Wanted {
  readonly trigger: RunRow["trigger"];
  readonly actor?: Actor;
  /** Whether it reads what has just come into the scope. */
  readonly isBackfill?: boolean;
}

/** A connection that somebody has just consented to, and its company's creation time, where QuickBooks named one. */
export interface Consented {
  readonly id: string;
  readonly companyCreatedAt: Date | null;
}

export interface Runs {
  /** Starts a run, joins the one that already does the same, or queues behind another. Throws UserProblem. */
  start(input: StartInput): Promise<{ readonly run: RunRow; readonly outcome: StartOutcome }>;
  /** Ends a run that waits at once; one that is running ends with its next page. Throws UserProblem. */
  cancel(input: { readonly actor: Actor; readonly syncRunId: string }): Promise<RunRow>;
  /** The first run of a connection, or of the next life of a company that was reset meanwhile, in the transaction that stores the consent. */
  enqueueInitial(client: PoolClient, connection: Consented, actor: Actor): Promise<RunRow>;
  /**
   * A run that nobody asks for by hand, in the transaction of whoever holds the connection's lock: one that does the same is
   * joined, except by a backfill where it is running, for that has begun with the scope as it was.
   */
  enqueue(client: PoolClient, connection: Pick<ConnectionRow, "id" | "epoch">, order: RunOrder): Promise<RunRow>;
  /** No run outlives the connection's authorization: ends all, in the transaction that disconnects, and tells of it. */
  endAll(client: PoolClient, connectionId: string, organizationId: string): Promise<void>;
  /** To be called after the commit of a transaction that enqueued. A lost wake costs a sweep's interval. */
  wake(): Promise<void>;
}

interface RunsOptions {
  readonly database: Database;
  readonly streams: Streams;
  readonly plugins: readonly EntityPlugin[];
  readonly ids: Ids;
  readonly log: Log;
  /** Tells workers, in whatever process, that there is work. */
  readonly wakeWorkers: () => Promise<void>;
}

export function createRuns(options: RunsOptions): Runs {
  return new PostgresRuns(options);
}

class PostgresRuns implements Runs {
  readonly #options: RunsOptions;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  async start(input: StartInput): Promise<{ run: RunRow; outcome: StartOutcome }> {
    const started = await this.#options.database.transaction(async (client) => {
      const connection = await lockConnection(client, input.connectionId, input.actor);
      const known = await answeredBefore(client, keyed(input));
      if (known !== undefined) return { run: await readRun(client, known), outcome: "JOINED" as const };
      const wanted = wantedBy(input, connection, this.#options.plugins);
      const active = await activeRuns(client, connection.id);
      const same = joinable(active, wanted, connection);
      const run = same ?? (await insertRun(this.#options, client, connection, wanted, "MANUAL", input.actor));
      await rememberAnswer(client, keyed(input), run.id);
      if (same !== undefined) return { run, outcome: "JOINED" as const };
      return { run, outcome: active.length > 0 ? ("QUEUED" as const) : ("STARTED" as const) };
    });
    await this.wake();
    return started;
  }

  async cancel({ actor, syncRunId }: { actor: Actor; syncRunId: string }): Promise<RunRow> {
    const cancelled = await this.#options.database.transaction(async (client) => {
      const before = await lockRun(client, syncRunId, actor);
      if (before === undefined) throw new UserProblem("NOT_FOUND", "syncRunId", "There is no such sync run.");
      if (before.status !== "QUEUED" && before.status !== "RUNNING") {
        throw new UserProblem("ALREADY_FINISHED", "syncRunId", `This sync run has ended already (${before.status}).`);
      }
      await client.query("UPDATE quickbooks_syncs SET cancelled_at = coalesce(cancelled_at, now()) WHERE id = $1", [
        syncRunId,
      ]);
      await auditRun(client, actor, "syncRun.cancel", before, { wasRunning: before.status === "RUNNING" });
      const ended =
        before.status === "QUEUED" ? await this.#endCancelled(client, syncRunId, actor.organizationId) : undefined;
      return ended ?? (await readRun(client, syncRunId));
    });
    await this.wake();
    return cancelled;
  }

  async enqueueInitial(client: PoolClient, { id, companyCreatedAt }: Consented, actor: Actor): Promise<RunRow> {
    const { organizationId } = actor;
    await beginLifeWhereReset(client, this.#options, { connectionId: id, organizationId }, companyCreatedAt);
    const connection = await lockConnection(client, id, actor);
    const wanted = { mode: "FULL" as const, entities: connection.entities, from: null, to: null };
    const same = joinable(await activeRuns(client, id), wanted, connection);
    await this.#options.streams.append(client, connectionStream(organizationId), "CONNECTED", {
      connectionId: id,
    });
    return same ?? (await insertRun(this.#options, client, connection, wanted, "CONNECT", actor));
  }

  async enqueue(
    client: PoolClient,
    connection: Pick<ConnectionRow, "id" | "epoch">,
    { trigger, actor, isBackfill = false, ...wanted }: RunOrder,
  ): Promise<RunRow> {
    const active = await activeRuns(client, connection.id);
    const same = active.find((run) => doesTheSame(run, wanted) && !(isBackfill && run.status === "RUNNING"));
    return same ?? insertRun(this.#options, client, connection, wanted, trigger, actor);
  }

  async endAll(client: PoolClient, connectionId: string, organizationId: string): Promise<void> {
    for (const id of await lockOpenRuns(client, connectionId)) await this.#endCancelled(client, id, organizationId);
    await this.#options.streams.append(client, connectionStream(organizationId), "DISCONNECTED", { connectionId });
  }

  async wake(): Promise<void> {
    try {
      await this.#options.wakeWorkers();
    } catch (error) {
      this.#options.log.warn({ err: error }, "The workers could not be woken; the sweep finds the work.");
    }
  }

  async #endCancelled(client: PoolClient, runId: string, organizationId: string): Promise<RunRow | undefined> {
    return endRun(client, this.#options.streams, { runId, organizationId, status: "CANCELLED" });
  }
}
