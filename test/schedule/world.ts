import { randomUUID } from "node:crypto";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog, type Log } from "../../src/foundation/log.js";
import { createStreams, type Streams } from "../../src/foundation/streams.js";
import * as registry from "../../src/plugins/index.js";
import { createQuota, type Quota } from "../../src/quickbooks/quota.js";
import { createRuns, type Runs } from "../../src/sync/runs.js";
import { enqueueDue } from "../../src/sync/schedule/due.js";
import { freshDatabase } from "../support/database.js";

/** A connection as a test begins with it. */
export interface Given {
  readonly status?: string;
  readonly environment?: string;
  readonly isPaused?: boolean;
  readonly isPriority?: boolean;
  readonly organizationId?: string;
  readonly cron?: string | null;
  readonly nextSyncAt?: Date | null;
  readonly nextVerificationAt?: Date | null;
}

/** Schedules on a real database, by a clock that the test moves, with nobody who works on the runs. */
export interface World {
  readonly database: Database;
  readonly streams: Streams;
  readonly quota: Quota;
  readonly runs: Runs;
  readonly log: Log;
  newConnection(given?: Given): Promise<string>;
  /** One look at the schedules; gives how many runs were wanted. */
  sweep(now: Date, runs?: Pick<Runs, "enqueue">): Promise<number>;
  stop(): Promise<void>;
}

const far = new Date("2099-01-01T00:00:00Z");

export async function newWorld({ monthlyReads = 500_000 } = {}): Promise<World> {
  const log = createLog({ level: "silent" });
  const fresh = await freshDatabase();
  const database = openDatabase(fresh.url, { log });
  const streams = createStreams({ database, log });
  const plugins = Object.values(registry);
  const quota = createQuota(database, { monthlyReads });
  const runs = createRuns({ database, streams, plugins, ids: randomIds, log, wakeWorkers: () => Promise.resolve() });
  return {
    database,
    streams,
    quota,
    runs,
    log,
    async newConnection(given = {}) {
      const { id } = await database.prisma.connection.create({
        data: {
          id: randomUUID(),
          organizationId: randomUUID(),
          realmId: "sealed",
          realmLookup: randomUUID(),
          entities: plugins.map(({ name }) => name),
          connectedAt: new Date(),
          createdAt: new Date(),
          nextVerificationAt: far,
          ...given,
          environment: given.environment === "PRODUCTION" ? "PRODUCTION" : "SIMULATOR",
          status: given.status === "DISCONNECTED" ? "DISCONNECTED" : "CONNECTED",
        },
      });
      return id;
    },
    sweep: (now, through = runs) => enqueueDue({ database, runs: through, quota, log, environment: "SIMULATOR" }, now),
    async stop() {
      await database.close();
      await fresh.drop();
    },
  };
}
