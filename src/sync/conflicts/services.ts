import type { Clock } from "../../foundation/clock.js";
import type { Database } from "../../foundation/database/database.js";
import type { Ids } from "../../foundation/ids.js";
import type { Log } from "../../foundation/log.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";

export interface ConflictServices {
  readonly database: Pick<Database, "transaction" | "pool" | "prisma">;
  readonly streams: EventSink;
  readonly plugins: readonly EntityPlugin[];
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells workers, in whatever process, that there is something to send. */
  readonly wakeWorkers: () => Promise<void>;
}
