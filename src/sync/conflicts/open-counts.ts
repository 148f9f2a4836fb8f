import type { Pool } from "pg";
import { z } from "zod";

/** How many conflicts are open, by our id of the connection; one that has none is not named. */
export type OpenCounts = ReadonlyMap<string, number>;

interface Counted {
  readonly position: bigint;
  readonly counts: Promise<OpenCounts>;
}

const countRow = z.object({ connectionId: z.string(), count: z.number() });

/**
 * How many conflicts organizations have open, for all who follow them in this process. Whatever opens or closes one is told by an event in
 * the same transaction, so a count made when an event was known holds until the next: each is counted for once, however many hear of it.
 */
export class OpenConflicts {
  readonly #pool: Pick<Pool, "query">;
  readonly #latest = new Map<string, Counted>();

  constructor(pool: Pick<Pool, "query">) {
    this.#pool = pool;
  }

  /** As it is at this event of the organization's stream of conflicts, or after. */
  at(organizationId: string, position: bigint): Promise<OpenCounts> {
    const latest = this.#latest.get(organizationId);
    if (latest !== undefined && latest.position >= position) return latest.counts;
    const counts = this.#count(organizationId);
    const counted = { position, counts };
    this.#latest.set(organizationId, counted);
    // Whoever waits for it hears of the failure; whoever comes next counts again.
    counts.catch(() => {
      if (this.#latest.get(organizationId) === counted) this.#latest.delete(organizationId);
    });
    return counts;
  }

  async #count(organizationId: string): Promise<OpenCounts> {
    const { rows } = await this.#pool.query(
      `SELECT x.connection_id AS "connectionId", count(*)::integer AS count
       FROM conflicts x JOIN connections c ON c.id = x.connection_id
       WHERE c.organization_id = $1 AND x.status = 'OPEN' GROUP BY 1`,
      [organizationId],
    );
    return new Map(
      z
        .array(countRow)
        .parse(rows)
        .map(({ connectionId, count }) => [connectionId, count]),
    );
  }
}
