import type { PoolClient } from "pg";
import { z } from "zod";
import { writeAudit } from "../access/audit.js";
import type { Ids } from "../foundation/ids.js";
import type { Streams } from "../foundation/streams.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { lifeBegun } from "./lives.js";
import { lockOfLife, supersede } from "./conflicts/conflict.js";
import type { ClaimedRun } from "./full/context.js";
import { endRun, type RunError } from "./outcome.js";
import { connectionStream } from "./run-view.js";
import { insertRun } from "./insert-run.js";
import { lockOpenRuns } from "./run-rows.js";
import { lockFeed, tellAllRemoved } from "./store/change-feed.js";

export interface BeginningServices {
  readonly streams: Streams;
  readonly plugins: readonly EntityPlugin[];
  readonly ids: Ids;
}

/** How runs of a company's earlier life end. */
export const endedByReset: RunError = {
  code: "COMPANY_RESET",
  message: "The company's books were begun anew in QuickBooks, so its records are others now. A FULL sync reads them.",
};

/** $1 connection, $2 the beginning of the new life: notices of what was before it. */
const ignoreNotices = `
  UPDATE quickbooks_webhook_events SET status = 'IGNORED', reason = 'The company was reset in QuickBooks after this change.'
  WHERE connection_id = $1 AND status IN ('PENDING', 'CLAIMED', 'FAILED', 'PARKED') AND event_time < $2`;

/** $1 connection, $2 the epoch that ends. */
const dismissFailures = `
  UPDATE record_failures SET status = 'DISMISSED', note = 'The company was reset in QuickBooks: this record is gone.'
  WHERE connection_id = $1 AND epoch = $2 AND status = 'OPEN'`;

/**
 * The company was reset: ids begin anew, so nothing that is mirrored of it counts any more. Begins the next epoch with a FULL run, in
 * the caller's transaction, which holds the connection's row: a death here leaves all of it or nothing (I6). What is mirrored stays
 * where it is, under its own epoch; the change feed tells that it is gone.
 *
 * Rows are locked in the order in which pages lock them (conflicts, the feed, notices, failures, progress, the run), so that neither waits for the
 * other in a circle; `prove` therefore shows that the run is ours once all are locked.
 */
export async function beginLife(
  client: PoolClient,
  services: BeginningServices,
  { connectionId, organizationId, epoch }: Pick<ClaimedRun, "connectionId" | "organizationId" | "epoch">,
  { createdAt, prove }: { readonly createdAt: Date; readonly prove: () => Promise<unknown> },
): Promise<void> {
  const { streams, plugins } = services;
  const conflicts = await lockOfLife(client, { connectionId, epoch });
  await lockFeed(client, connectionId);
  await tellAllRemoved(client, { connectionId, epoch }, plugins);
  await client.query(ignoreNotices, [connectionId, createdAt]);
  await client.query(dismissFailures, [connectionId, epoch]);
  const open = await lockOpenRuns(client, connectionId);
  await prove();
  for (const runId of open) {
    await endRun(client, streams, { runId, organizationId, status: "INTERRUPTED", error: endedByReset });
  }
  const { rows } = await client.query(
    "UPDATE connections SET epoch = epoch + 1, company_created_at = $2 WHERE id = $1 RETURNING id, epoch, entities",
    [connectionId, createdAt],
  );
  const { entities, ...connection } = z
    .object({ id: z.string(), epoch: z.number(), entities: z.array(z.string()) })
    .parse(rows[0]);
  const wanted = { mode: "FULL", entities, from: null, to: null } as const;
  await insertRun(services, client, connection, wanted, "RECOVERY");
  await supersede({ client, streams, organizationId }, conflicts);
  await auditLife(client, { connectionId, organizationId, epoch }, { epoch: connection.epoch, createdAt });
  await streams.append(client, connectionStream(organizationId), "COMPANY_RESET", { connectionId });
}

/** Nobody of the organization did it, and the connection has changed all the same (I15). */
function auditLife(
  client: PoolClient,
  { connectionId, organizationId, epoch }: Pick<ClaimedRun, "connectionId" | "organizationId" | "epoch">,
  after: { readonly epoch: number; readonly createdAt: Date },
): Promise<void> {
  return writeAudit(client, {
    organizationId,
    actor: { kind: "SYSTEM", name: "QuickBooks" },
    action: lifeBegun,
    subjectType: "ConnectedCompany",
    subjectId: connectionId,
    before: { epoch },
    after,
  });
}

const lifeRow = z.object({ epoch: z.number(), companyCreatedAt: z.date().nullable() });

/** Whether the creation time of a company tells of a later life than the one that is known. */
export const isLaterLife = (createdAt: Date | null, known: Date | null): createdAt is Date =>
  createdAt !== null && known !== null && createdAt > known;

/**
 * Consent was given anew. After a reset QuickBooks takes no writes without it; with it, ids of the earlier life would name other records.
 * So the next life begins in the transaction that stores the new tokens, and whoever sends by these finds all that was to be pushed ended.
 */
export async function beginLifeWhereReset(
  client: PoolClient,
  services: BeginningServices,
  { connectionId, organizationId }: Pick<ClaimedRun, "connectionId" | "organizationId">,
  createdAt: Date | null,
): Promise<void> {
  const { rows } = await client.query(
    'SELECT epoch, company_created_at AS "companyCreatedAt" FROM connections WHERE id = $1 FOR UPDATE',
    [connectionId],
  );
  const { epoch, companyCreatedAt } = lifeRow.parse(rows[0]);
  if (!isLaterLife(createdAt, companyCreatedAt)) return;
  const prove = (): Promise<void> => Promise.resolve();
  await beginLife(client, services, { connectionId, organizationId, epoch }, { createdAt, prove });
}
