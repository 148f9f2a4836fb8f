import type { Database } from "../../foundation/database/database.js";
import type { Log } from "../../foundation/log.js";
import type { Runs } from "../runs.js";
import { claimDue, dueConnections, plan, type ScheduledConnection } from "./scheduled-connection.js";
import { nextSyncTime, nextVerificationTime } from "./times.js";

/** What a schedule starts. */
const scheduledModes = { sync: "INCREMENTAL", verification: "VERIFY" } as const;

interface DueServices {
  readonly database: Database;
  readonly runs: Pick<Runs, "enqueue">;
  readonly log: Log;
  readonly environment: string;
}

/**
 * Enqueues a run for every connection whose time has come, and plans its next after `now`: so a time that passed while nobody
 * looked is caught up once. Both in one transaction per connection, by its row: a crash neither starves nor doubles a schedule, two
 * that look at once enqueue one run, and one connection's trouble is not another's. Gives how many
 * runs it wanted.
 */
export async function enqueueDue(services: DueServices, now: Date): Promise<number> {
  const { database, log, environment } = services;
  let enqueued = 0;
  for (const id of await dueConnections(database.pool, { now, environment })) {
    try {
      enqueued += await enqueueOne(services, id, now);
    } catch (error) {
      log.error(
        { err: error, connectionId: id },
        "A scheduled sync could not be enqueued; the next sweep tries again.",
      );
    }
  }
  return enqueued;
}

function enqueueOne({ database, runs, environment }: DueServices, id: string, now: Date): Promise<number> {
  return database.transaction(async (client) => {
    const connection = await claimDue(client, id, { now, environment });
    if (connection === undefined) return 0;
    const isDue = (at: Date | null): boolean => at !== null && at <= now;
    const modes = [
      ...(isDue(connection.nextSyncAt) ? [scheduledModes.sync] : []),
      ...(isDue(connection.nextVerificationAt) ? [scheduledModes.verification] : []),
    ];
    for (const mode of modes) {
      const { entities } = connection;
      await runs.enqueue(client, connection, { mode, entities, from: null, to: null, trigger: "SCHEDULE" });
    }
    await plan(client, planned(connection, now));
    return modes.length;
  });
}

/** Times to come stay as they are. */
function planned(connection: ScheduledConnection, now: Date): ScheduledConnection {
  const { nextSyncAt, nextVerificationAt } = connection;
  const isToCome = (at: Date | null): at is Date => at !== null && at > now;
  return {
    ...connection,
    nextSyncAt: isToCome(nextSyncAt) ? nextSyncAt : nextSyncTime(connection, now),
    nextVerificationAt: isToCome(nextVerificationAt) ? nextVerificationAt : nextVerificationTime(connection, now),
  };
}
