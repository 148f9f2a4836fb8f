import type { PoolClient } from "pg";
import { isNarrowed, type EntitySync } from "./full/context.js";
import { hasDrift, replaceDrift } from "./recovery/drift.js";
import { noteVerified, resolveUnmet } from "./recovery/verified.js";
import type { ProgressRow } from "./run-view.js";

/**
 * An entity is complete up to the bound of the run: its watermark moves in the transaction of its last rows, for the scope that was
 * read, and never backwards (I2). A narrowed run moves nothing and proves nothing; one that only compares moves nothing.
 */
export async function finishEntity(
  client: PoolClient,
  sync: EntitySync,
  proof: NonNullable<ProgressRow["proof"]>,
): Promise<void> {
  const { progress, plugin, run } = sync;
  const isComparing = run.isDryRun || run.mode === "VERIFY";
  if (isComparing) await replaceDrift(client, sync);
  if (isNarrowed(sync)) return progress.advance(client, plugin.name, { phase: "DONE" });
  if (!run.isDryRun) {
    await moveWatermark(client, sync, proof === "IDS_AND_COUNT");
    if (proof === "IDS_AND_COUNT") await resolveUnmet(client, sync);
  }
  if (run.mode === "VERIFY") await noteVerified(client, sync);
  const complete = !run.isDryRun || !(await hasDrift(client, sync));
  await progress.advance(client, plugin.name, { phase: "DONE", complete, proof });
}

async function moveWatermark(client: PoolClient, { plugin, run, bound }: EntitySync, isWhole: boolean): Promise<void> {
  await client.query(
    `INSERT INTO mirror_status AS m (connection_id, entity, epoch, watermark, transactions_since, last_verified_at)
     VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END)
     ON CONFLICT (connection_id, entity) DO UPDATE SET epoch = excluded.epoch, transactions_since = excluded.transactions_since,
       last_verified_at = coalesce(excluded.last_verified_at, m.last_verified_at), verified_by = CASE WHEN $6 THEN NULL ELSE m.verified_by END,
       watermark = CASE WHEN m.epoch = excluded.epoch
         AND m.transactions_since IS NOT DISTINCT FROM excluded.transactions_since
         THEN greatest(m.watermark, excluded.watermark) ELSE excluded.watermark END`,
    [run.connectionId, plugin.name, run.epoch, bound, run.transactionsSince, isWhole],
  );
}
