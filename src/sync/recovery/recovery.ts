import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import { isReached, reachParameter } from "../../access/reach.js";
import type { Database } from "../../foundation/database/database.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { UserProblem } from "../problems.js";
import { lockConnection } from "../run-rows.js";
import type { RunRow } from "../run-view.js";
import type { Runs } from "../runs.js";
import { nameRecords, type NamedRecord } from "./records.js";
import { isLocalId } from "../local-changes/local-change.js";

export interface RecoveryServices {
  readonly database: Database;
  readonly runs: Pick<Runs, "enqueue" | "wake">;
}

/** Failures by our own ids, or those that a run left. */
export type WhichFailures = { readonly failureIds: readonly string[] } | { readonly syncRunId: string };

const failureRow = z.object({
  id: z.string(),
  connectionId: z.string(),
  entity: z.string(),
  quickbooksId: z.string().nullable(),
  status: z.enum(["OPEN", "RESOLVED", "DISMISSED"]),
});
type FailureRow = z.infer<typeof failureRow>;

/**
 * Enqueues a run that reads the records of these failures again, and nothing else. What somebody had dismissed is open again. Throws
 * UserProblem where they are missing or foreign (alike, I10), of several connections, or all resolved.
 */
export async function retryFailures(
  services: RecoveryServices,
  { actor, ...which }: { readonly actor: Actor } & WhichFailures,
): Promise<RunRow> {
  const failures = await findFailures(services.database, actor, which);
  const connectionId = onlyConnection(failures);
  const run = await services.database.transaction(async (client) => {
    const connection = await lockConnection(client, connectionId, actor);
    const { rows } = await client.query(
      `UPDATE record_failures SET status = 'OPEN' WHERE id = ANY($1) AND status <> 'RESOLVED' AND epoch = $2
       RETURNING id, connection_id AS "connectionId", entity, quickbooks_id AS "quickbooksId", status`,
      [failures.map(({ id }) => id), connection.epoch],
    );
    const open = z.array(failureRow).parse(rows);
    if (open.length === 0) {
      throw new UserProblem("ALREADY_FINISHED", fieldOf(which), "None of these failures is left to be tried again.");
    }
    const records = open.map(({ id, entity, quickbooksId }) => ({
      entity,
      quickbooksId,
      failureId: quickbooksId === null ? id : null,
    }));
    return enqueue(services, client, connection, { trigger: "RECOVERY", actor, records });
  });
  await services.runs.wake();
  return run;
}

/** Says that these records need not be taken in, and why. What is resolved or dismissed already stays so. Throws UserProblem. */
export async function dismissFailures(
  { database }: Pick<RecoveryServices, "database">,
  {
    actor,
    failureIds,
    note,
  }: { readonly actor: Actor; readonly failureIds: readonly string[]; readonly note?: string },
): Promise<void> {
  const failures = await findFailures(database, actor, { failureIds });
  const open = failures.filter(({ status }) => status === "OPEN").map(({ id }) => id);
  await database.transaction(async (client) => {
    const { rows } = await client.query(
      "UPDATE record_failures SET status = 'DISMISSED', note = $2 WHERE id = ANY($1) AND status = 'OPEN' RETURNING id",
      [open, note],
    );
    for (const { id: subjectId } of z.array(z.object({ id: z.string() })).parse(rows)) {
      await writeAudit(client, {
        organizationId: actor.organizationId,
        actor,
        action: "failure.dismiss",
        subjectType: "RecordFailure",
        subjectId,
        before: { status: "OPEN" },
        after: { status: "DISMISSED", note },
      });
    }
  });
}

/** Enqueues a run that reads one mirrored record again. Throws UserProblem where it is missing or foreign, or not in QuickBooks. */
export async function resyncRecord(
  services: RecoveryServices,
  { actor, plugin, recordId }: { readonly actor: Actor; readonly plugin: EntityPlugin; readonly recordId: string },
): Promise<RunRow> {
  const run = await services.database.transaction(async (client) => {
    const { rows } = await client.query(
      `SELECT t.connection_id AS "connectionId", t.epoch, t.quickbooks_id AS "quickbooksId"
       FROM "${plugin.table}" t JOIN connections c ON c.id = t.connection_id WHERE t.id = $1 AND ${isReached("c", "$2")}`,
      [recordId, reachParameter(actor)],
    );
    const record = z
      .object({ connectionId: z.string(), epoch: z.number(), quickbooksId: z.string().nullable() })
      .optional()
      .parse(rows[0]);
    if (record === undefined)
      throw new UserProblem("NOT_FOUND", "recordId", "Nothing in your organization has this id.");
    const { quickbooksId } = record;
    if (quickbooksId !== null && isLocalId(quickbooksId)) {
      throw new UserProblem(
        "INVALID",
        "recordId",
        "This record is not in QuickBooks yet: its local change says what it waits for.",
      );
    }
    const connection = await lockConnection(client, record.connectionId, actor);
    if (quickbooksId === null || record.epoch !== connection.epoch) {
      throw new UserProblem(
        "INVALID",
        "recordId",
        "QuickBooks does not have this record now, so it cannot be read again.",
      );
    }
    const records = [{ entity: plugin.name, quickbooksId, failureId: null }];
    return enqueue(services, client, connection, { trigger: "MANUAL", actor, records });
  });
  await services.runs.wake();
  return run;
}

interface Order {
  readonly trigger: "RECOVERY" | "MANUAL";
  readonly actor: Actor;
  readonly records: readonly NamedRecord[];
}

async function enqueue(
  { runs }: RecoveryServices,
  client: PoolClient,
  connection: { readonly id: string; readonly epoch: number },
  { trigger, actor, records }: Order,
): Promise<RunRow> {
  const entities = [...new Set(records.map(({ entity }) => entity))];
  const run = await runs.enqueue(client, connection, {
    mode: "RECORDS",
    trigger,
    actor,
    entities,
    from: null,
    to: null,
  });
  await nameRecords(client, run.id, records);
  // The run may be another's, which these records join.
  await writeAudit(client, {
    organizationId: actor.organizationId,
    actor,
    action: trigger === "MANUAL" ? "record.resync" : "failure.retry",
    subjectType: "SyncRun",
    subjectId: run.id,
    after: { records },
  });
  return run;
}

/** Throws NOT_FOUND unless all of them are the organization's. */
async function findFailures({ pool }: Database, actor: Actor, which: WhichFailures): Promise<readonly FailureRow[]> {
  const [condition, value] =
    "failureIds" in which ? ["f.id = ANY($2)", which.failureIds] : ["f.run_id = $2", which.syncRunId];
  const { rows } = await pool.query(
    `SELECT f.id, f.connection_id AS "connectionId", f.entity, f.quickbooks_id AS "quickbooksId", f.status
     FROM record_failures f JOIN connections c ON c.id = f.connection_id WHERE ${isReached("c", "$1")} AND ${condition}`,
    [reachParameter(actor), value],
  );
  const found = z.array(failureRow).parse(rows);
  if ("failureIds" in which && found.length < new Set(which.failureIds).size) {
    throw new UserProblem("NOT_FOUND", "failureIds", "Not all of these ids are failures of your organization.");
  }
  return found;
}

function onlyConnection(failures: readonly FailureRow[]): string {
  const [connectionId, ...others] = new Set(failures.map((failure) => failure.connectionId));
  if (connectionId === undefined) {
    throw new UserProblem(
      "INVALID",
      "syncRunId",
      "This run left no failures; name a run that did, or failures by their ids.",
    );
  }
  if (others.length === 0) return connectionId;
  throw new UserProblem("INVALID", "failureIds", "Name failures of one connection at a time.");
}

const fieldOf = (which: WhichFailures): string => ("failureIds" in which ? "failureIds" : "syncRunId");
