import type { PoolClient } from "pg";
import { z } from "zod";
import { sha256 } from "../foundation/ids.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { UserProblem } from "./problems.js";
import { readRun, type ConnectionRow } from "./run-rows.js";
import type { RunRow } from "./run-view.js";
import type { StartInput } from "./runs.js";
import { reachesBack } from "./schedule/scope.js";

/** What a run is to do. */
export interface Wanted {
  readonly mode: RunRow["mode"];
  readonly entities: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
  /** Whether it only compares, and writes nothing to the mirror. */
  readonly isDryRun?: boolean;
}

/** What a request comes to, within the scope of the connection. Throws UserProblem. */
export function wantedBy(input: StartInput, connection: ConnectionRow, plugins: readonly EntityPlugin[]): Wanted {
  if (input.mode === "RECORDS") {
    throw new UserProblem(
      "INVALID",
      "mode",
      "Ask for FULL, INCREMENTAL or VERIFY; single records are named by resyncRecord.",
    );
  }
  const [from = null, to = null] = [input.transactionsFrom, input.transactionsTo];
  if (input.mode !== "FULL" && (from !== null || to !== null)) {
    throw new UserProblem("INVALID", "transactionsFrom", "Only a FULL sync can be narrowed to dates.");
  }
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
  return { mode: input.mode, entities, from, to, isDryRun: input.dryRun };
}

/** The first of these runs that somebody who wants this may join. */
export function joinable(
  active: readonly RunRow[],
  wanted: Wanted,
  { transactionsSince }: Pick<ConnectionRow, "transactionsSince">,
): RunRow | undefined {
  // What is going on reads the scope as it was when it began; what waits will read it as it is.
  const readsEnough = (run: RunRow): boolean =>
    run.status === "QUEUED" || reachesBack(run.transactionsSince, transactionsSince);
  return active.find((run) => doesTheSame(run, wanted) && readsEnough(run));
}

/** Whether somebody who wants this can join the run. A cancelled run ends soon and does not count. */
export function doesTheSame(run: RunRow, { mode, entities, from, to, isDryRun = false }: Wanted): boolean {
  return (
    run.mode === mode &&
    run.isDryRun === isDryRun &&
    run.cancelledAt === null &&
    run.transactionsFrom === from &&
    run.transactionsTo === to &&
    entities.every((name) => run.entities.includes(name))
  );
}

/** The run that the same request started within 24 hours. Throws UserProblem where the key was used for another. */
export async function answeredBefore(client: PoolClient, input: StartInput): Promise<RunRow | undefined> {
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

/** Keeps what a request was answered with, under the key its client chose. */
export async function rememberAnswer(client: PoolClient, input: StartInput, run: RunRow): Promise<void> {
  if (input.idempotencyKey === undefined) return;
  await client.query(
    `INSERT INTO idempotency_keys (organization_id, operation, key, request_hash, subject_id, created_at)
       VALUES ($1, 'startSync', $2, $3, $4, now())
       ON CONFLICT (organization_id, operation, key) DO UPDATE SET request_hash = excluded.request_hash,
         subject_id = excluded.subject_id, created_at = excluded.created_at`,
    [input.actor.organizationId, input.idempotencyKey, requestHash(input), run.id],
  );
}

function requestHash({ connectionId, mode, entities, transactionsFrom, transactionsTo, dryRun }: StartInput): string {
  return sha256(JSON.stringify([connectionId, mode, entities, transactionsFrom, transactionsTo, dryRun]));
}
