import { Arg, Authorized, Ctx, Field, Float, ID, Int, ObjectType, Query, Resolver } from "type-graphql";
import { z } from "zod";
import { DateTime } from "../foundation/scalars.js";
import { ApiHealth, apiHealth } from "./api-health.js";
import { ApiUsage } from "./api-usage.js";
import { connectionScope } from "./connection-scope.js";
import type { GatewayContext } from "./context.js";
import { DashboardPoint, mostPoints, readSeries } from "./dashboard-series.js";
import { EntityFreshness, readFreshness } from "./dashboard-freshness.js";
import { RecordFailure } from "./failures.js";
import { SyncRun } from "./sync-run.js";

/** Runs and failures that are shown. */
const mostShown = 10;

const figures = z.object({
  activeConnections: z.number(),
  runs: z.number(),
  ended: z.number(),
  succeeded: z.number(),
  averageRunSeconds: z.number().nullable(),
  reads: z.number(),
  writes: z.number(),
  throttledSeconds: z.number(),
  openConflicts: z.number(),
});
type Figures = z.infer<typeof figures>;

/** $1 connections, $2 since, $3 month. A cancelled run tells nothing of success. */
const figuresStatement = `
  SELECT c.*, r.*, u.*, x.* FROM
    (SELECT count(*)::integer AS "activeConnections" FROM connections
      WHERE id = ANY($1) AND status = 'CONNECTED' AND NOT is_paused) c,
    (SELECT count(*)::integer AS runs,
        count(*) FILTER (WHERE status IN ('SUCCEEDED', 'PARTIAL', 'FAILED', 'INTERRUPTED'))::integer AS ended,
        count(*) FILTER (WHERE status = 'SUCCEEDED')::integer AS succeeded,
        (avg(extract(epoch FROM finished_at - started_at)) FILTER (WHERE status IN ('SUCCEEDED', 'PARTIAL')))::float8 AS "averageRunSeconds"
      FROM quickbooks_syncs WHERE connection_id = ANY($1) AND queued_at >= $2) r,
    (SELECT coalesce(sum(reads), 0)::integer AS reads, coalesce(sum(writes), 0)::integer AS writes,
        coalesce(round(sum(throttled_ms) / 1000), 0)::integer AS "throttledSeconds"
      FROM api_usage WHERE connection_id = ANY($1) AND month = $3::date) u,
    (SELECT count(*)::integer AS "openConflicts" FROM conflicts WHERE connection_id = ANY($1) AND status = 'OPEN') x`;

@ObjectType({ simpleResolvers: true, description: "How the gateway is doing, at a glance." })
class Dashboard {
  constructor(
    private readonly connectionIds: readonly string[],
    private readonly figures: Figures,
    private readonly span: { readonly since: Date; readonly now: Date },
  ) {}

  @Field(() => Int, { description: "Companies that are connected, and whose syncs are not paused." })
  get activeConnections() {
    return this.figures.activeConnections;
  }

  @Field(() => Int, { description: "Sync runs asked for since then." })
  get runsToday() {
    return this.figures.runs;
  }

  @Field(() => Float, {
    nullable: true,
    description:
      "The part of them, 0 to 1, that took everything in, of those that ended uncancelled; null while none has.",
  })
  get successRate() {
    return this.figures.ended === 0 ? null : this.figures.succeeded / this.figures.ended;
  }

  @Field(() => Float, {
    nullable: true,
    description: "How long those took that read what they should; null while none has.",
  })
  get averageRunSeconds() {
    return this.figures.averageRunSeconds;
  }

  @Field(() => Int, { description: "Conflicts that wait for somebody to decide." })
  get openConflicts() {
    return this.figures.openConflicts;
  }

  @Field(() => ApiUsage, { description: "What syncs have asked of QuickBooks this month (UTC)." })
  get apiUsage(): ApiUsage {
    return new ApiUsage(this.figures);
  }

  @Field(() => ApiHealth, {
    description: "Whether QuickBooks answers: by the last five minutes' requests, and without any by a free one.",
  })
  apiHealth(@Ctx() { services }: GatewayContext): Promise<ApiHealth> {
    return apiHealth(services, this.connectionIds);
  }

  @Field(() => [SyncRun], { description: `The latest ${mostShown} sync runs.` })
  async recentRuns(@Ctx() { services }: GatewayContext): Promise<readonly SyncRun[]> {
    const rows = await services.database.prisma.syncRun.findMany({
      where: { connectionId: { in: [...this.connectionIds] } },
      orderBy: [{ queuedAt: "desc" }, { id: "desc" }],
      take: mostShown,
    });
    return rows.map((row) => new SyncRun(row));
  }

  @Field(() => [RecordFailure], {
    description: `The latest ${mostShown} records that could not be taken in and still wait.`,
  })
  async recentFailures(@Ctx() { services }: GatewayContext): Promise<readonly RecordFailure[]> {
    const rows = await services.database.prisma.recordFailure.findMany({
      where: { connectionId: { in: [...this.connectionIds] }, status: "OPEN" },
      orderBy: [{ lastSeenAt: "desc" }, { id: "desc" }],
      take: mostShown,
    });
    return rows.map((row) => new RecordFailure(row));
  }

  @Field(() => [DashboardPoint], {
    description: `For charts: every hour since then where that is two days ago at most, else every day of the last ${mostPoints}; without gaps.`,
  })
  series(@Ctx() { services }: GatewayContext): Promise<readonly DashboardPoint[]> {
    return readSeries(services.database, this.connectionIds, this.span);
  }

  @Field(() => [EntityFreshness], { description: "How far back the mirrors lie, for each entity that was read whole." })
  freshness(@Ctx() { services }: GatewayContext): Promise<readonly EntityFreshness[]> {
    return readFreshness(services, this.connectionIds);
  }
}

@Resolver()
export class DashboardResolver {
  @Authorized()
  @Query(() => Dashboard, {
    nullable: true,
    description: "How the gateway is doing, at a glance; read with a constant number of statements.",
  })
  async dashboard(
    @Arg("connectionId", () => ID, { nullable: true, description: "Of this connection only." })
    connectionId: string | null,
    @Arg("since", () => DateTime, { nullable: true, description: "From when on runs count; without it, today (UTC)." })
    since: Date | null,
    @Ctx() context: GatewayContext,
  ): Promise<Dashboard | null> {
    const scope = await connectionScope(connectionId, context);
    if (scope === null) return null;
    const ids = scope.connectionId === undefined ? await context.loaders.ownConnectionIds() : [scope.connectionId];
    const { clock, database } = context.services;
    const now = clock.now();
    const today = now.toISOString().slice(0, 10);
    const span = { since: since ?? new Date(`${today}T00:00:00Z`), now };
    const values = [ids, span.since, `${today.slice(0, 7)}-01`];
    const { rows } = await database.pool.query(figuresStatement, values);
    return new Dashboard(ids, figures.parse(rows[0]), span);
  }
}
