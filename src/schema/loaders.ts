import DataLoader from "dataloader";
import { z } from "zod";
import type { ShownApiKey } from "../access/api-keys.js";
import { type Reach, reachedConnections } from "../access/reach.js";
import type {
  Alert,
  ApiUsage,
  AuditEntry,
  Connection,
  EntityChange,
  Erasure,
  MirrorDrift,
  Member,
  MirrorStatus,
  QuickBooksToken,
  RecordFailure,
  SyncRun,
  SyncRunEntity,
  WebhookEvent,
} from "../generated/prisma/client.js";
import { type MonthlyReads, monthOf } from "../quickbooks/quota.js";
import type { Services } from "./context.js";
import { type ConflictLoaders, conflictLoaders } from "./conflicts/loaders.js";
import { type DriftFound, readDrifts } from "./drift.js";
import { type EditLoaders, editLoaders } from "./edits/loaders.js";
import { many, one } from "./keyed.js";
import { type VersionLoaders, versionLoaders } from "./versions/versions.js";
import { pastReading, type PastReading } from "./run-state.js";

/** When the tokens of a connection end; never the tokens. */
export type Authorization = Omit<QuickBooksToken, "accessToken" | "refreshToken">;

/** How many of something an entity of a connection has, in one life of the company. */
export interface EntityCount {
  readonly connectionId: string;
  readonly epoch: number;
  readonly entity: string;
  readonly count: number;
}

/** Batched reads of what is not mirrored. Nothing that the caller does not reach is ever found. */
export interface Loaders extends ConflictLoaders, EditLoaders, VersionLoaders {
  /** Every connection that the caller reaches, by id: the wall that everything below a connection stands behind. */
  ownConnectionIds(): Promise<readonly string[]>;
  readonly connection: DataLoader<string, Connection | undefined>;
  readonly run: DataLoader<string, SyncRun | undefined>;
  readonly failure: DataLoader<string, RecordFailure | undefined>;
  readonly entityChange: DataLoader<string, EntityChange | undefined>;
  readonly webhookEvent: DataLoader<string, WebhookEvent | undefined>;
  readonly drift: DataLoader<string, MirrorDrift | undefined>;
  /** Of a reached connection, or of the whole deployment. */
  readonly alert: DataLoader<string, Alert | undefined>;
  readonly erasure: DataLoader<string, Erasure | undefined>;
  readonly auditEntry: DataLoader<string, AuditEntry | undefined>;
  readonly apiKey: DataLoader<string, ShownApiKey | undefined>;
  readonly member: DataLoader<string, Member | undefined>;
  /** By the id of a run, or of a connection, that was found above. */
  readonly progress: DataLoader<string, readonly SyncRunEntity[]>;
  /** What the last run of the same kind took for each entity of a run. */
  readonly pastReadings: DataLoader<string, readonly PastReading[]>;
  readonly currentRun: DataLoader<string, SyncRun | undefined>;
  readonly lastSyncAt: DataLoader<string, Date | null>;
  readonly authorization: DataLoader<string, Authorization | undefined>;
  readonly mirrorStatuses: DataLoader<string, readonly MirrorStatus[]>;
  readonly drifts: DataLoader<string, readonly DriftFound[]>;
  readonly recordCounts: DataLoader<string, readonly EntityCount[]>;
  readonly failureCounts: DataLoader<string, readonly EntityCount[]>;
  readonly apiUsage: DataLoader<string, ApiUsage | undefined>;
  /** How the deployment stands with this month's reads. */
  monthlyReads(): Promise<MonthlyReads>;
}

export function createLoaders(services: Services, caller: Reach | undefined): Loaders {
  const { prisma } = services.database;
  // Nobody's organization: no row has this id.
  const reach = caller ?? { organizationId: "00000000-0000-0000-0000-000000000000" };
  const reached = reachedConnections(reach);
  const own = { organizationId: reach.organizationId };
  const ids = new DataLoader(async (keys: readonly string[]) => {
    const rows = await prisma.connection.findMany({ where: reached, select: { id: true } });
    return keys.map(() => rows.map(({ id }) => id));
  });
  const ownConnectionIds = () => ids.load("all");
  const below = async () => ({ connectionId: { in: [...(await ownConnectionIds())] } });
  return {
    ownConnectionIds,
    connection: one("id", (keys) => prisma.connection.findMany({ where: { AND: [{ id: { in: keys } }, reached] } })),
    run: one("id", async (keys) => prisma.syncRun.findMany({ where: { id: { in: keys }, ...(await below()) } })),
    failure: one("id", async (keys) =>
      prisma.recordFailure.findMany({ where: { id: { in: keys }, ...(await below()) } }),
    ),
    webhookEvent: one("id", async (keys) =>
      prisma.webhookEvent.findMany({ where: { id: { in: keys }, ...(await below()) } }),
    ),
    drift: one("id", async (keys) => prisma.mirrorDrift.findMany({ where: { id: { in: keys }, ...(await below()) } })),
    entityChange: one("id", async (keys) =>
      prisma.entityChange.findMany({ where: { id: { in: keys }, ...(await below()) } }),
    ),
    alert: one("id", async (keys) =>
      prisma.alert.findMany({
        where: { id: { in: keys }, ...reachedAlerts(reach.organizationId, await ownConnectionIds()) },
      }),
    ),
    erasure: one("id", async (keys) => prisma.erasure.findMany({ where: { id: { in: keys }, ...(await below()) } })),
    auditEntry: one("id", (keys) => prisma.auditEntry.findMany({ where: { id: { in: keys }, ...own } })),
    apiKey: one("id", (keys) =>
      prisma.apiKey.findMany({ where: { id: { in: keys }, ...own }, omit: { keyHash: true } }),
    ),
    member: one("id", (keys) => prisma.member.findMany({ where: { id: { in: keys }, ...own } })),
    ...conflictLoaders(services.database, below),
    ...editLoaders(services, reach),
    ...versionLoaders(services.database.pool, reach),
    ...runLoaders(services),
    ...connectionLoaders(services),
  };
}

/** The alerts that somebody sees who reaches these connections of the organization. */
export function reachedAlerts(organizationId: string, connectionIds: readonly string[]) {
  return { organizationId, OR: [{ connectionId: null }, { connectionId: { in: [...connectionIds] } }] };
}

/** A run narrowed to dates tells nothing of one that is not. */
const pastReadings = `
  SELECT e.run_id AS "runId", e.entity, past.records, past.seconds
  FROM sync_run_entities e JOIN quickbooks_syncs r ON r.id = e.run_id CROSS JOIN LATERAL (
    SELECT p.read AS records, extract(epoch FROM p.finished_at - p.started_at)::float8 AS seconds
    FROM quickbooks_syncs q JOIN sync_run_entities p ON p.run_id = q.id AND p.entity = e.entity AND p.phase = 'DONE'
    WHERE q.connection_id = r.connection_id AND q.epoch = r.epoch AND q.mode = r.mode AND q.status IN ('SUCCEEDED', 'PARTIAL') AND NOT q.is_dry_run
      AND q.transactions_from IS NULL AND q.transactions_to IS NULL
    ORDER BY q.queued_at DESC LIMIT 1) past
  WHERE e.run_id = ANY($1)`;

const lastEnd = z.object({ connectionId: z.string(), finishedAt: z.date() });

/** In the present life of each company. */
const lastEnds = `
  SELECT r.connection_id AS "connectionId", max(r.finished_at) AS "finishedAt"
  FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id AND c.epoch = r.epoch
  WHERE c.id = ANY($1) AND r.status IN ('SUCCEEDED', 'PARTIAL') AND NOT r.is_dry_run GROUP BY 1`;

function runLoaders({ database: { prisma, pool } }: Services) {
  return {
    pastReadings: many("runId", async (keys) =>
      z.array(pastReading).parse((await pool.query(pastReadings, [keys])).rows),
    ),
    progress: many("runId", (keys) =>
      prisma.syncRunEntity.findMany({ where: { runId: { in: keys } }, orderBy: { position: "asc" } }),
    ),
    // The last one read is the one that runs, where one does.
    currentRun: one("connectionId", (keys) =>
      prisma.syncRun.findMany({
        where: { connectionId: { in: keys }, status: { in: ["QUEUED", "RUNNING"] } },
        orderBy: [{ startedAt: { sort: "desc", nulls: "first" } }, { queuedAt: "desc" }],
      }),
    ),
    lastSyncAt: new DataLoader(async (keys: readonly string[]) => {
      const ends = z.array(lastEnd).parse((await pool.query(lastEnds, [keys])).rows);
      const found = new Map(ends.map(({ connectionId, finishedAt }) => [connectionId, finishedAt]));
      return keys.map((key) => found.get(key) ?? null);
    }),
  };
}

function connectionLoaders({ database, clock, quota }: Services) {
  const { prisma } = database;
  const monthlyReads = new DataLoader(async (keys: readonly string[]) => {
    const month = await quota.at(clock.now());
    return keys.map(() => month);
  });
  return {
    monthlyReads: () => monthlyReads.load("this month"),
    drifts: many("connectionId", (keys) => readDrifts(database, keys)),
    authorization: one("connectionId", (keys) =>
      prisma.quickBooksToken.findMany({
        where: { connectionId: { in: keys } },
        omit: { accessToken: true, refreshToken: true },
      }),
    ),
    mirrorStatuses: many("connectionId", (keys) =>
      prisma.mirrorStatus.findMany({ where: { connectionId: { in: keys } } }),
    ),
    recordCounts: many("connectionId", async (keys) => {
      const rows = await prisma.mirrorCount.groupBy({
        by: ["connectionId", "epoch", "entity"],
        where: { connectionId: { in: keys }, state: { notIn: ["DELETED", "MERGED"] } },
        _sum: { records: true },
      });
      return rows.map(({ _sum, ...row }) => ({ ...row, count: _sum.records ?? 0 }));
    }),
    failureCounts: many("connectionId", async (keys) => {
      const rows = await prisma.recordFailure.groupBy({
        by: ["connectionId", "epoch", "entity"],
        where: { connectionId: { in: keys }, status: "OPEN" },
        _count: true,
      });
      return rows.map(({ _count, ...row }) => ({ ...row, count: _count }));
    }),
    apiUsage: one("connectionId", (keys) =>
      prisma.apiUsage.findMany({ where: { connectionId: { in: keys }, month: new Date(monthOf(clock.now())) } }),
    ),
  };
}
