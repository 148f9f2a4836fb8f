import type { PoolClient } from "pg";
import type { Actor } from "../access/actor.js";
import { writeAudit } from "../access/audit.js";
import type { Ids } from "../foundation/ids.js";
import type { EntityPlugin } from "../plugins/plugin.js";
import { inDependencyOrder } from "./order.js";
import type { Wanted } from "./run-requests.js";
import type { ConnectionRow } from "./run-rows.js";
import { runRow, type RunRow } from "./run-view.js";

/** Tells the audit what somebody did with a run (I15). */
export function auditRun(
  client: PoolClient,
  actor: Actor,
  action: string,
  run: RunRow,
  after: object,
): Promise<unknown> {
  const { organizationId } = actor;
  return writeAudit(client, { organizationId, actor, action, subjectType: "SyncRun", subjectId: run.id, after });
}

/** Lets a run wait in its row, with what it is to read. Without an actor, the gateway wants it by itself. */
export async function insertRun(
  { plugins, ids }: { readonly plugins: readonly EntityPlugin[]; readonly ids: Ids },
  client: PoolClient,
  connection: Pick<ConnectionRow, "id" | "epoch">,
  { mode, entities, from, to, isDryRun = false }: Wanted,
  trigger: RunRow["trigger"],
  actor?: Actor,
): Promise<RunRow> {
  const ordered = inDependencyOrder(plugins).filter(({ name }) => entities.includes(name));
  const requestedBy = actor && { kind: actor.kind, id: actor.id, name: actor.name };
  const { rows } = await client.query(
    `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, requested_by, entities, transactions_from,
         transactions_to, is_dry_run, queued_at)
       VALUES ($1, $2, $3, $4, $5, 'QUEUED', $6, $7, $8, $9, $10, now()) RETURNING *`,
    [
      ids.newId(),
      connection.id,
      connection.epoch,
      mode,
      trigger,
      requestedBy,
      ordered.map(({ name }) => name),
      from,
      to,
      isDryRun,
    ],
  );
  const run = runRow.parse(rows[0]);
  await client.query(
    `INSERT INTO sync_run_entities (run_id, entity, position, phase)
       SELECT $1, entity, position, 'WAITING' FROM unnest($2::text[]) WITH ORDINALITY AS e(entity, position)`,
    [run.id, run.entities],
  );
  if (actor !== undefined) {
    await auditRun(client, actor, "syncRun.start", run, { mode, trigger, isDryRun, entities: run.entities });
  }
  return run;
}
