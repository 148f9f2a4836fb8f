import { randomUUID } from "node:crypto";
import type { Prisma } from "../../src/generated/prisma/client.js";
import { lookForAlerts } from "../../src/sync/alerts/look.js";
import { newWorld as newScheduleWorld, type World as ScheduleWorld } from "../schedule/world.js";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const now = new Date("2026-11-16T12:00:00Z");
export const later = (ms: number): Date => new Date(now.getTime() + ms);
export const monthlyReads = 1000;

/** An alert as a test expects it. */
export interface Seen {
  readonly kind: string;
  readonly status: string;
}

/** Connections with a past that the test writes, and nobody who works on anything. */
export interface World extends ScheduleWorld {
  /** A connection that was connected a month ago and synced completely yesterday. */
  connected(given?: Partial<Prisma.ConnectionUncheckedCreateInput>): Promise<string>;
  /** A run that reads the whole scope; what is left out: an incremental one that ended when it was asked for. */
  run(connectionId: string, queuedAt: Date, given?: Partial<Prisma.SyncRunUncheckedCreateInput>): Promise<string>;
  progress(runId: string, given: Partial<Prisma.SyncRunEntityUncheckedCreateInput>): Promise<void>;
  notice(connectionId: string, receivedAt: Date, entity?: string): Promise<void>;
  edit(connectionId: string, given: Partial<Prisma.LocalChangeUncheckedCreateInput>): Promise<void>;
  /** One look; false where it was not this one's turn. */
  look(at?: Date, isTold?: boolean): Promise<boolean>;
  /** A connection whose authorization is lost, with an alert of it that is to be told. */
  alerted(): Promise<string>;
  /** The alerts of a connection (null: of the deployment), the oldest first. */
  alerts(connectionId: string | null): Promise<readonly Seen[]>;
  clear(): Promise<void>;
}

export async function newWorld(): Promise<World> {
  const world = await newScheduleWorld({ monthlyReads });
  const { prisma, pool } = world.database;
  const { streams, quota, database } = world;
  const run: World["run"] = async (connectionId, queuedAt, given = {}) => {
    const { entities } = await prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
    const { id } = await prisma.syncRun.create({
      data: {
        ...{ id: randomUUID(), connectionId, epoch: 1, mode: "INCREMENTAL", trigger: "SCHEDULE", status: "SUCCEEDED" },
        ...{ entities, queuedAt, startedAt: queuedAt, finishedAt: queuedAt },
        ...given,
      },
    });
    return id;
  };
  const connected: World["connected"] = async (given = {}) => {
    const id = await world.newConnection({ nextSyncAt: later(day) });
    await prisma.connection.update({ where: { id }, data: { connectedAt: later(-30 * day), ...given } });
    await run(id, later(-1.5 * day));
    return id;
  };
  const look: World["look"] = (at = now, isTold = false) =>
    lookForAlerts({ database, streams, quota, environment: "SIMULATOR", isTold }, at);
  return {
    ...world,
    run,
    connected,
    look,
    async alerted() {
      const organizationId = randomUUID();
      await prisma.organization.create({ data: { id: organizationId, name: "Firm", createdAt: now } });
      const id = await connected({ organizationId, companyName: "Hillside", status: "REAUTHORIZATION_REQUIRED" });
      await look(now, true);
      return id;
    },
    async progress(runId, given) {
      const data = { runId, entity: "Customer", position: 0, phase: "DONE" as const, complete: true, ...given };
      await prisma.syncRunEntity.create({ data });
    },
    async notice(connectionId, receivedAt, entity = "Customer") {
      await prisma.webhookEvent.create({
        data: {
          ...{ id: randomUUID(), environment: "SIMULATOR", connectionId, entity, type: entity, operation: "Update" },
          ...{ receivedAt, nextAttemptAt: receivedAt, status: "DONE", payload: "{}" },
        },
      });
    },
    async edit(connectionId, given) {
      await prisma.localChange.create({
        data: {
          ...{ id: randomUUID(), connectionId, epoch: 1, entity: "Customer", recordId: randomUUID() },
          ...{ operation: "UPDATE", status: "PENDING", edits: {}, requestedBy: {}, createdAt: now, updatedAt: now },
          ...given,
        },
      });
    },
    alerts: (connectionId) =>
      prisma.alert.findMany({
        where: { connectionId },
        select: { kind: true, status: true },
        orderBy: [{ openedAt: "asc" }, { kind: "asc" }],
      }),
    async clear() {
      await pool.query(`TRUNCATE alerts, connections, quickbooks_syncs, sync_run_entities, sync_pages, quickbooks_webhook_events,
        quickbooks_tokens, local_changes, api_usage, gateway_facts, event_streams, stream_events`);
    },
  };
}
