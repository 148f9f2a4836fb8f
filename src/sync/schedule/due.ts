import type { Database } from "../../foundation/database/database.js";
import type { Log } from "../../foundation/log.js";
import type { Quota } from "../../quickbooks/quota.js";
import type { Runs } from "../runs.js";
import { claimDue, dueConnections, type Moment, plan, type ScheduledConnection } from "./scheduled-connection.js";
import { type Stretch, stretchOf } from "./stretch.js";
import { nextSyncTime, nextVerificationTime, stretchedTime } from "./times.js";

/** What a schedule starts. */
const scheduledModes = { sync: "INCREMENTAL", verification: "VERIFY" } as const;

interface DueServices {
  readonly database: Database;
  readonly runs: Pick<Runs, "enqueue">;
  readonly quota: Quota;
  readonly log: Log;
  readonly environment: string;
}

/**
 * Enqueues a run for every connection whose time has come, and plans its next after `now`: so a time that passed while nobody
 * looked is caught up once. Both in one transaction per connection, by its row: a crash neither starves nor doubles a schedule, two
 * that look at once enqueue one run, and one connection's trouble is not another's. Where the month's reads run out, times are left
 * out; where they are spent, a run could only fail, so all wait for the next month (I13). Gives how many runs it wanted.
 */
export async function enqueueDue(services: DueServices, now: Date): Promise<number> {
  const { database, log, environment, quota } = services;
  const ids = await dueConnections(database.pool, { now, environment });
  if (ids.length === 0) return 0;
  const stretch = stretchOf(await quota.at(now));
  let enqueued = 0;
  for (const id of ids) {
    try {
      enqueued += await enqueueOne(services, id, { now, environment, stretch });
    } catch (error) {
      log.error(
        { err: error, connectionId: id },
        "A scheduled sync could not be enqueued; the next sweep tries again.",
      );
    }
  }
  return enqueued;
}

function enqueueOne(
  { database, runs }: DueServices,
  id: string,
  { now, environment, stretch }: Moment & { readonly stretch: Stretch },
): Promise<number> {
  return database.transaction(async (client) => {
    const connection = await claimDue(client, id, { now, environment });
    if (connection === undefined) return 0;
    const isServed = stretch.others !== Infinity;
    const isDue = (at: Date | null): boolean => at !== null && at <= now && isServed;
    const modes = [
      ...(isDue(connection.nextSyncAt) ? [scheduledModes.sync] : []),
      ...(isDue(connection.nextVerificationAt) ? [scheduledModes.verification] : []),
    ];
    for (const mode of modes) {
      const { entities } = connection;
      await runs.enqueue(client, connection, { mode, entities, from: null, to: null, trigger: "SCHEDULE" });
    }
    await plan(client, planned(connection, now, stretch));
    return modes.length;
  });
}

/** Times to come stay as they are. */
function planned(connection: ScheduledConnection, now: Date, stretch: Stretch): ScheduledConnection {
  const { nextSyncAt, nextVerificationAt } = connection;
  const isToCome = (at: Date | null): at is Date => at !== null && at > now;
  return {
    ...connection,
    nextSyncAt: isToCome(nextSyncAt) ? nextSyncAt : stretchedTime(nextSyncTime, connection, now, stretch),
    nextVerificationAt: isToCome(nextVerificationAt)
      ? nextVerificationAt
      : stretchedTime(nextVerificationTime, connection, now, stretch),
  };
}
