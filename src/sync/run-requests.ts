import type { EntityPlugin } from "../plugins/plugin.js";
import type { KeyedRequest } from "./idempotency.js";
import { UserProblem } from "./problems.js";
import type { ConnectionRow } from "./run-rows.js";
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

/** A request for a run, by the key its client chose. */
export function keyed(input: StartInput): KeyedRequest {
  const { actor, idempotencyKey, connectionId, mode, entities, transactionsFrom, transactionsTo, dryRun } = input;
  const content = [connectionId, mode, entities, transactionsFrom, transactionsTo, dryRun];
  return { actor, operation: "startSync", idempotencyKey, content };
}
