import type { PoolClient } from "pg";
import type { Actor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import type { Clock } from "../../foundation/clock.js";
import type { Database } from "../../foundation/database/database.js";
import type { Streams } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { previewPolicies, type PolicyPreview } from "../conflicts/preview.js";
import type { Erasures } from "../erasure/erasures.js";
import { assertNoneWaits } from "../erasure/fields.js";
import { newlyExcluded } from "../excluded-fields.js";
import { UserProblem } from "../problems.js";
import { connectionStream } from "../run-view.js";
import type { Runs } from "../runs.js";
import { changedSettings, settingsOf, type SettingsChange, type SyncSettings } from "./changes.js";
import { lockOwn, saveSettings, type ScheduledConnection } from "./scheduled-connection.js";
import { addedToScope } from "./scope.js";
import { nextSyncTime } from "./times.js";

interface SettingsServices {
  readonly database: Database;
  readonly streams: Streams;
  readonly runs: Runs;
  readonly plugins: readonly EntityPlugin[];
  readonly clock: Clock;
  readonly erasures: Pick<Erasures, "excludeFields">;
}

interface SettingsRequest {
  readonly actor: Actor;
  readonly connectionId: string;
  readonly change: SettingsChange;
  /** Checks everything and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** What comes of a change of settings. */
export interface SettingsOutcome {
  /** Where policies are given: how the conflicts that are open would be decided by them. They are not decided by it. */
  readonly policies?: PolicyPreview;
  /** What removes the data of fields that are left out from now on. */
  readonly erasureIds: readonly string[];
}

/**
 * Changes what is synced of a connection, and when: audited, told in the connection's stream, with the backfill of what has come
 * into its scope, and the erasure of fields that have left it, in one transaction. A run that is going on finishes as it began. Throws UserProblem.
 */
export async function updateSyncSettings(
  services: SettingsServices,
  request: SettingsRequest,
): Promise<SettingsOutcome> {
  const { actor, connectionId: id, change, dryRun = false } = request;
  const { database, plugins } = services;
  const erasureIds = await database.transaction(async (client) => {
    const connection = await lockOwn(client, actor, id);
    if (connection === undefined) throw new UserProblem("NOT_FOUND", "connectionId", "There is no such connection.");
    const before = settingsOf(connection);
    const after = changedSettings(before, change, services.plugins);
    const excluded = { actor, connectionId: id, before: before.excludedFields, after: after.excludedFields };
    for (const added of newlyExcluded(excluded.before, excluded.after)) await assertNoneWaits(client, id, added);
    if (dryRun || JSON.stringify(before) === JSON.stringify(after)) return [];
    await saveSettings(client, {
      ...connection,
      ...after,
      nextSyncAt: nextSync(connection, after, services.clock.now()),
    });
    await tell(client, services.streams, request, { before, after });
    await backfill(client, services, connection, after, actor);
    return services.erasures.excludeFields(client, excluded);
  });
  if (!dryRun) await services.runs.wake();
  const { policies } = change;
  if (policies === undefined) return { erasureIds };
  return {
    erasureIds,
    policies: await previewPolicies(database.pool, plugins, { actor, connectionId: id, policies: policies ?? [] }),
  };
}

/** A time that has passed and was not served, because of a pause, stays: it is caught up once. */
function nextSync(connection: ScheduledConnection, after: SyncSettings, now: Date): Date {
  const { nextSyncAt } = connection;
  return nextSyncAt !== null && nextSyncAt <= now ? nextSyncAt : nextSyncTime({ ...connection, ...after }, now);
}

async function tell(
  client: PoolClient,
  streams: Streams,
  { actor, connectionId }: SettingsRequest,
  settings: { readonly before: SyncSettings; readonly after: SyncSettings },
): Promise<void> {
  const { organizationId } = actor;
  await writeAudit(client, {
    organizationId,
    actor,
    action: "connection.updateSyncSettings",
    subjectType: "ConnectedCompany",
    subjectId: connectionId,
    ...settings,
  });
  await streams.append(client, connectionStream(organizationId), "CHANGED", { connectionId });
}

/** A connection without authorization needs none: the whole of its scope is read when it is connected again. */
async function backfill(
  client: PoolClient,
  { runs, plugins }: SettingsServices,
  connection: ScheduledConnection,
  after: SyncSettings,
  actor: Actor,
): Promise<void> {
  const entities = addedToScope(connection, after, plugins);
  if (entities.length === 0 || connection.status !== "CONNECTED") return;
  const wanted = { mode: "FULL", entities, from: null, to: null } as const;
  await runs.enqueue(client, connection, { ...wanted, trigger: "MANUAL", actor, isBackfill: true });
}
