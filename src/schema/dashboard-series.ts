import { Field, Int, ObjectType } from "type-graphql";
import { z } from "zod";
import type { Database } from "../foundation/database/database.js";
import { DateTime } from "../foundation/scalars.js";

const dayMs = 86_400_000;
/** Since no longer ago than this, a point is an hour. */
const hourlyDays = 2;
/** More than a chart can show. Sync runs are kept for as many days. */
export const mostPoints = 400;

const point = z.object({
  at: z.date(),
  runs: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  recordsRead: z.number(),
  recordsChanged: z.number(),
  apiCalls: z.number(),
});

/** $1 connections, $2 from when, $3 now, $4 what a point is. A run belongs to the point in which it was asked for. */
const statement = `
  WITH counted AS (
    SELECT date_trunc($4, r.queued_at, 'UTC') AS at, count(*) AS runs, count(*) FILTER (WHERE r.status = 'SUCCEEDED') AS succeeded,
      count(*) FILTER (WHERE r.status IN ('FAILED', 'INTERRUPTED')) AS failed, sum(e.read) AS read,
      sum(e.changed) FILTER (WHERE NOT r.is_dry_run) AS changed, sum(r.api_calls) AS calls
    FROM quickbooks_syncs r CROSS JOIN LATERAL (
      SELECT coalesce(sum(read), 0) AS read, coalesce(sum(created + updated + removed), 0) AS changed
      FROM sync_run_entities WHERE run_id = r.id) e
    WHERE r.connection_id = ANY($1) AND r.queued_at >= $2 AND r.queued_at <= $3 GROUP BY 1)
  SELECT at, coalesce(runs, 0)::integer AS runs, coalesce(succeeded, 0)::integer AS succeeded, coalesce(failed, 0)::integer AS failed,
    coalesce(read, 0)::integer AS "recordsRead", coalesce(changed, 0)::integer AS "recordsChanged", coalesce(calls, 0)::integer AS "apiCalls"
  FROM generate_series(date_trunc($4, $2::timestamptz, 'UTC'), $3::timestamptz, ('1 ' || $4)::interval) AS points(at)
  LEFT JOIN counted USING (at) ORDER BY at`;

@ObjectType({ simpleResolvers: true, description: "What the sync runs of an hour, or of a day, came to." })
export class DashboardPoint {
  @Field(() => DateTime, { description: "When the hour or day (UTC) begins." })
  readonly at!: Date;

  @Field(() => Int, { description: "Sync runs asked for in it." })
  readonly runs!: number;

  @Field(() => Int, { description: "Those of them that took everything in." })
  readonly succeeded!: number;

  @Field(() => Int, { description: "Those of them that failed or were interrupted." })
  readonly failed!: number;

  @Field(() => Int, { description: "Records that they read." })
  readonly recordsRead!: number;

  @Field(() => Int, { description: "Records that they created, updated or removed in the mirror." })
  readonly recordsChanged!: number;

  @Field(() => Int, { description: "Requests that they made to QuickBooks." })
  readonly apiCalls!: number;
}

/** Every hour or day from `since` until `now`, also those in which nothing ran; the last 400 days at most. */
export async function readSeries(
  { pool }: Database,
  connectionIds: readonly string[],
  { since, now }: { readonly since: Date; readonly now: Date },
): Promise<readonly DashboardPoint[]> {
  const isHourly = now.getTime() - since.getTime() <= hourlyDays * dayMs;
  const earliest = Math.floor(now.getTime() / dayMs - mostPoints + 1) * dayMs;
  const from = new Date(Math.max(since.getTime(), earliest));
  const { rows } = await pool.query(statement, [connectionIds, from, now, isHourly ? "hour" : "day"]);
  return z.array(point).parse(rows);
}
