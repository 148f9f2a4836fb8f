import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import type { Stops } from "../../src/foundation/stops.js";
import { createStreams, type Streams } from "../../src/foundation/streams.js";
import type { Clock } from "../../src/foundation/clock.js";
import { createConflicts, type Conflicts } from "../../src/sync/conflicts/resolve.js";
import { createErasures, type Erasures } from "../../src/sync/erasure/erasures.js";
import { createLocalChanges, type LocalChanges } from "../../src/sync/local-changes/edits.js";
import { createRuns, type Runs } from "../../src/sync/runs.js";
import { plugins } from "./process.js";

/** What a process that only serves has for itself: no worker's death touches it. */
export interface Web {
  readonly database: Database;
  readonly streams: Streams;
  readonly runs: Runs;
  readonly localChanges: LocalChanges;
  readonly conflicts: Conflicts;
  readonly erasures: Erasures;
}

interface WebOptions {
  readonly databaseUrl: string;
  readonly clock: Clock;
  /** Jobs get lost: then nobody is woken, and the work is found by whoever looks. */
  readonly wakeWorkers: () => Promise<void>;
}

export async function openWeb({ databaseUrl, clock, wakeWorkers }: WebOptions, stops: Stops): Promise<Web> {
  const log = createLog({ level: "silent" });
  const database = openDatabase(databaseUrl, { log, poolSize: 4 });
  stops.add(() => database.close());
  const streams = createStreams({ database, log });
  await streams.start();
  stops.add(() => streams.stop());
  const own = { database, streams, plugins, ids: randomIds, clock, log, wakeWorkers };
  const runs = createRuns(own);
  // Nobody disconnects here.
  const connectFlow = { disconnect: () => Promise.reject(new Error("A history has no connect flow.")) };
  return {
    ...{ database, streams, runs, erasures: createErasures({ ...own, runs, connectFlow }) },
    ...{ localChanges: createLocalChanges(own), conflicts: createConflicts(own) },
  };
}
