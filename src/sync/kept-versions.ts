import { z } from "zod";
import type { Database } from "../foundation/database/database.js";

/**
 * How far back the past of a company reaches: `connections.versions_from`, the end of the last version that a sweep may have removed. It is
 * written before anything is removed, and never sinks, whatever is set later.
 */

/** SQL of whether a row of `record_versions`, `t`, ended before what is kept. */
export const endedBeforeKept = `EXISTS (SELECT 1 FROM connections c
  WHERE c.id = t.connection_id AND t.valid_to <= c.versions_from)`;

/**
 * SQL of the instant from which on the past of a row of `connections` is kept, where it is later than `at`; else NULL. Before the company was
 * connected there was nothing, and that is known for ever.
 */
export function keptAfter(connection: string, at: string): string {
  return `CASE WHEN ${connection}.created_at <= ${at} AND ${connection}.versions_from > ${at} THEN ${connection}.versions_from END`;
}

const reached = z.array(z.object({ id: z.string(), last: z.date() }));

/** Says of each connection that limits its versions how far they are removed now. One row at a time, because others write there. */
export async function raiseVersionsFrom({ pool }: Pick<Database, "pool">, now: Date): Promise<void> {
  const { rows } = await pool.query(
    `SELECT c.id, old.last FROM connections c CROSS JOIN LATERAL (
       SELECT max(v.valid_to) AS last FROM record_versions v WHERE v.connection_id = c.id
         AND v.valid_to < $1::timestamptz - make_interval(days => (c.retention->>'versionDays')::integer)) old
     WHERE c.retention->>'versionDays' IS NOT NULL AND old.last IS NOT NULL`,
    [now],
  );
  for (const { id, last } of reached.parse(rows)) {
    await pool.query("UPDATE connections SET versions_from = greatest(versions_from, $2) WHERE id = $1", [id, last]);
  }
}
