import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { writeAudit } from "../access/audit.js";
import type { Database } from "../foundation/database/database.js";
import { sha256, type Ids } from "../foundation/ids.js";
import type { Log } from "../foundation/log.js";
import type { Streams } from "../foundation/streams.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { inDependencyOrder } from "./order.js";
import { endRun } from "./outcome.js";
import { UserProblem } from "./problems.js";
import { connectionStream, runRow, type RunRow } from "./run-view.js";

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

export interface Runs {
  /** Starts a run, joins the one that already does the same, or queues behind another. Throws UserProblem. */
  start(input: StartInput): Promise<{ readonly run: RunRow; readonly outcome: StartOutcome }>;
  /** Ends a run that waits at once; one that is running ends with its next page. Throws UserProblem. */
  cancel(input: { readonly actor: Actor; readonly syncRunId: string }): Promise<RunRow>;
  /** The first run of a connection, in the transaction that makes it. */
  enqueueInitial(client: PoolClient, connection: { readonly id: string }, actor: Actor): Promise<RunRow>;
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

const connectionRow = z.object({
  id: z.string(),
  status: z.enum(["CONNECTED", "REAUTHORIZATION_REQUIRED", "DISCONNECTED"]),
  epoch: z.number(),
  entities: z.array(z.string()),
});
type ConnectionRow = z.infer<typeof connectionRow>;

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

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
      const known = await this.#answeredBefore(client, input);
      if (known !== undefined) return { run: known, outcome: "JOINED" as const };
      const wanted = this.#wanted(input, connection);
      const active = await activeRuns(client, connection.id);
      const same = active.find((run) => doesTheSame(run, wanted));
      const run = same ?? (await this.#insert(client, connection, wanted, "MANUAL", input.actor));
      await this.#remember(client, input, run);
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
      await audit(client, actor, "syncRun.cancel", before, { status: before.status });
      const ended =
        before.status === "QUEUED" ? await this.#endCancelled(client, syncRunId, actor.organizationId) : undefined;
      return ended ?? (await readRun(client, syncRunId));
    });
    await this.wake();
    return cancelled;
  }

  async enqueueInitial(client: PoolClient, { id }: { readonly id: string }, actor: Actor): Promise<RunRow> {
    const connection = await lockConnection(client, id, actor);
    const wanted = { mode: "FULL" as const, entities: connection.entities, from: null, to: null };
    const same = (await activeRuns(client, id)).find((run) => doesTheSame(run, wanted));
    await this.#options.streams.append(client, connectionStream(actor.organizationId), "CONNECTED", {
      connectionId: id,
    });
    return same ?? (await this.#insert(client, connection, wanted, "CONNECT", actor));
  }

  async endAll(client: PoolClient, connectionId: string, organizationId: string): Promise<void> {
    for (const { id } of await activeRuns(client, connectionId)) await this.#endCancelled(client, id, organizationId);
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

  #wanted(input: StartInput, connection: ConnectionRow): Wanted {
    const { plugins } = this.#options;
    if (input.mode !== "FULL") throw new UserProblem("INVALID", "mode", "Only FULL can be started by hand so far.");
    if (input.dryRun) throw new UserProblem("INVALID", "dryRun", "A full sync cannot be tried without writing so far.");
    const [from = null, to = null] = [input.transactionsFrom, input.transactionsTo];
    if (from !== null && to !== null && from > to) {
      throw new UserProblem("INVALID", "transactionsTo", "The last day must not lie before the first.");
    }
    const entities = input.entities ?? connection.entities;
    const unknown = entities.filter((name) => !plugins.some((plugin) => plugin.name === name));
    if (unknown.length > 0 || entities.length === 0) {
      throw new UserProblem(
        "INVALID",
        "entities",
        `Name entities that are mirrored; these are not: ${unknown.join(", ") || "none given"}.`,
      );
    }
    const outside = entities.filter((name) => !connection.entities.includes(name));
    if (outside.length > 0) {
      throw new UserProblem("INVALID", "entities", `The connection's scope does not include ${outside.join(", ")}.`);
    }
    return { mode: input.mode, entities, from, to };
  }

  async #insert(
    client: PoolClient,
    connection: ConnectionRow,
    { mode, entities, from, to }: Wanted,
    trigger: RunRow["trigger"],
    actor: Actor,
  ): Promise<RunRow> {
    const ordered = inDependencyOrder(this.#options.plugins).filter(({ name }) => entities.includes(name));
    const requestedBy = { kind: actor.kind, id: actor.memberId, name: actor.name };
    const { rows } = await client.query(
      `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, requested_by, entities, transactions_from,
         transactions_to, queued_at)
       VALUES ($1, $2, $3, $4, $5, 'QUEUED', $6, $7, $8, $9, now()) RETURNING *`,
      [
        this.#options.ids.newId(),
        connection.id,
        connection.epoch,
        mode,
        trigger,
        requestedBy,
        ordered.map(({ name }) => name),
        from,
        to,
      ],
    );
    const run = runRow.parse(rows[0]);
    await client.query(
      `INSERT INTO sync_run_entities (run_id, entity, position, phase)
       SELECT $1, entity, position, 'WAITING' FROM unnest($2::text[]) WITH ORDINALITY AS e(entity, position)`,
      [run.id, run.entities],
    );
    await audit(client, actor, "syncRun.start", run, { mode, trigger, entities: run.entities });
    return run;
  }

  async #answeredBefore(client: PoolClient, input: StartInput): Promise<RunRow | undefined> {
    if (input.idempotencyKey === undefined) return undefined;
    const { rows } = await client.query(
      `SELECT request_hash, subject_id FROM idempotency_keys
       WHERE organization_id = $1 AND operation = 'startSync' AND key = $2 AND created_at > now() - interval '24 hours'`,
      [input.actor.organizationId, input.idempotencyKey],
    );
    const known = z.object({ request_hash: z.string(), subject_id: z.string() }).optional().parse(rows[0]);
    if (known === undefined) return undefined;
    if (known.request_hash !== requestHash(input)) {
      throw new UserProblem(
        "IDEMPOTENCY_KEY_REUSED",
        "idempotencyKey",
        "This key was used for another request within 24 hours.",
      );
    }
    return readRun(client, known.subject_id);
  }

  async #remember(client: PoolClient, input: StartInput, run: RunRow): Promise<void> {
    if (input.idempotencyKey === undefined) return;
    await client.query(
      `INSERT INTO idempotency_keys (organization_id, operation, key, request_hash, subject_id, created_at)
       VALUES ($1, 'startSync', $2, $3, $4, now())
       ON CONFLICT (organization_id, operation, key) DO UPDATE SET request_hash = excluded.request_hash,
         subject_id = excluded.subject_id, created_at = excluded.created_at`,
      [input.actor.organizationId, input.idempotencyKey, requestHash(input), run.id],
    );
  }
}

interface Wanted {
  readonly mode: RunRow["mode"];
  readonly entities: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
}

function requestHash({ connectionId, mode, entities, transactionsFrom, transactionsTo, dryRun }: StartInput): string {
  return sha256(JSON.stringify([connectionId, mode, entities, transactionsFrom, transactionsTo, dryRun]));
}

/** Locked, so that two requests at once cannot both find nothing active. A foreign connection and a missing one answer alike (I10). */
async function lockConnection(client: PoolClient, connectionId: string, actor: Actor): Promise<ConnectionRow> {
  const { rows } = uuid.test(connectionId)
    ? await client.query(
        "SELECT id, status, epoch, entities FROM connections WHERE id = $1 AND organization_id = $2 FOR UPDATE",
        [connectionId, actor.organizationId],
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

async function activeRuns(client: PoolClient, connectionId: string): Promise<RunRow[]> {
  const { rows } = await client.query(
    `SELECT * FROM quickbooks_syncs
     WHERE connection_id = $1 AND status IN ('QUEUED', 'RUNNING') AND mode <> 'RECORDS' ORDER BY queued_at`,
    [connectionId],
  );
  return z.array(runRow).parse(rows);
}

async function lockRun(client: PoolClient, runId: string, actor: Actor): Promise<RunRow | undefined> {
  if (!uuid.test(runId)) return undefined;
  const { rows } = await client.query(
    `SELECT r.* FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id
     WHERE r.id = $1 AND c.organization_id = $2 FOR UPDATE OF r`,
    [runId, actor.organizationId],
  );
  return runRow.optional().parse(rows[0]);
}

async function readRun(client: PoolClient, runId: string): Promise<RunRow> {
  const { rows } = await client.query("SELECT * FROM quickbooks_syncs WHERE id = $1", [runId]);
  return runRow.parse(rows[0]);
}

/** Whether somebody who wants this can join the run. A cancelled run ends soon and does not count. */
function doesTheSame(run: RunRow, { mode, entities, from, to }: Wanted): boolean {
  return (
    run.mode === mode &&
    run.cancelledAt === null &&
    run.transactionsFrom === from &&
    run.transactionsTo === to &&
    entities.every((name) => run.entities.includes(name))
  );
}

function audit(client: PoolClient, actor: Actor, action: string, run: RunRow, after: object): Promise<unknown> {
  const { organizationId } = actor;
  return writeAudit(client, { organizationId, actor, action, subjectType: "SyncRun", subjectId: run.id, after });
}
