import type { PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import { againAfterDeadlock } from "../../foundation/database/deadlocks.js";
import type { Log } from "../../foundation/log.js";
import type { Streams } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { connectionStream } from "../run-view.js";
import { companySteps, type Step } from "./company.js";
import { fieldSteps } from "./fields.js";
import { waitForWriters } from "./gate.js";
import { personSteps } from "./person.js";
import { findPerson } from "./places.js";

interface EraserParts {
  readonly database: Database;
  readonly streams: Streams;
  readonly plugins: readonly EntityPlugin[];
  readonly log: Pick<Log, "info" | "error">;
}

const openErasure = z.object({
  id: z.string(),
  organizationId: z.string(),
  connectionId: z.string(),
  entity: z.string().nullable(),
  recordId: z.string().nullable(),
  fields: z.array(z.string()),
});
type OpenErasure = z.infer<typeof openErasure>;

/**
 * Removes what was asked to be erased, in batches. Rows are the work: after a death whoever looks next goes on, and of several processes one is
 * at it at a time.
 */
export class Eraser {
  readonly #parts: EraserParts;
  readonly #stopping = new AbortController();
  #looking: Promise<void> | undefined;
  #lookAgain = false;

  constructor(parts: EraserParts) {
    this.#parts = parts;
  }

  /** Looks for work. Called by jobs and by the sweep. */
  poke(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  /** Ends after the batch that it is at. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (this.#lookAgain && !this.#stopping.signal.aborted) {
      this.#lookAgain = false;
      try {
        for (const erasure of await this.#open()) await this.#erase(erasure);
      } catch (error) {
        this.#parts.log.error({ err: error }, "Data could not be erased yet; the next sweep goes on with it.");
      }
    }
  }

  async #open(): Promise<readonly OpenErasure[]> {
    const { rows } = await this.#parts.database.pool.query(
      `SELECT id, organization_id AS "organizationId", connection_id AS "connectionId", entity, record_id AS "recordId", fields FROM erasures
       WHERE finished_at IS NULL ORDER BY requested_at, id`,
    );
    return z.array(openErasure).parse(rows);
  }

  async #erase(erasure: OpenErasure): Promise<void> {
    const { database, streams, log } = this.#parts;
    await waitForWriters(database, erasure.connectionId);
    for (const step of await this.#stepsOf(erasure)) {
      for (let removed = 1; removed > 0;) {
        if (this.#stopping.signal.aborted) return;
        const done = await this.#underLock(erasure, step);
        if (done === undefined) return;
        removed = done;
      }
    }
    const finished = await this.#underLock(erasure, async (client) => {
      await client.query("UPDATE erasures SET finished_at = now() WHERE id = $1", [erasure.id]);
      const { organizationId, connectionId } = erasure;
      await streams.append(client, connectionStream(organizationId), "CHANGED", { connectionId });
      return 0;
    });
    if (finished !== undefined) log.info({ erasureId: erasure.id }, "What was to be erased is gone.");
  }

  /** A record that has been erased with all of its company since leaves nothing to be done. */
  async #stepsOf({ connectionId, entity, recordId, fields }: OpenErasure): Promise<readonly Step[]> {
    const { database, plugins } = this.#parts;
    if (entity === null) return companySteps(connectionId, plugins);
    const plugin = plugins.find(({ name }) => name === entity);
    if (plugin === undefined) return [];
    if (recordId === null) return fieldSteps({ connectionId, plugin, fields });
    const person = await findPerson(database.pool, plugin, { connectionId, recordId });
    return person === undefined ? [] : personSteps(database.pool, person, plugins);
  }

  /** One step in a transaction of its own; undefined where another process is at this erasure, or has finished it. */
  #underLock({ id }: OpenErasure, step: Step): Promise<number | undefined> {
    return againAfterDeadlock(() =>
      this.#parts.database.transaction(async (client: PoolClient) => {
        const { rows } = await client.query(
          "SELECT 1 FROM erasures WHERE id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED",
          [id],
        );
        if (rows.length === 0) return undefined;
        const removed = await step(client);
        await client.query("UPDATE erasures SET removed = removed + $2 WHERE id = $1", [id, removed]);
        return removed;
      }),
    );
  }
}
