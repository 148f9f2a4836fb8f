import { z } from "zod";
import { finishEntity } from "../finish.js";
import { scopeConditions, type EntitySync } from "../full/context.js";
import { pagesOf } from "../full/pages.js";
import { firstChangeRange, type Range } from "../full/ranges.js";
import { storeAnswer } from "../full/store-answer.js";
import { syncEntity } from "../full/sync-entity.js";

/**
 * More changed than QuickBooks tells at once: the changed records are read page by page, by the time of their change. Deletions do
 * not show there; whether there were any, the COUNT says, and then the entity is read whole.
 */
export async function syncWindows(sync: EntitySync, since: Date): Promise<void> {
  const { database, progress, plugin } = sync;
  await database.transaction((client) => progress.advance(client, plugin.name, { phase: "READING" }));
  const range: Range = {
    number: firstChangeRange,
    property: "LAST_UPDATED_TIME",
    from: since,
    to: null,
    cursor: null,
    done: false,
  };
  for await (const page of pagesOf(sync, range))
    await storeAnswer(sync, page, { range: range.number, isHistory: false });
  const source = await sync.company.count(plugin, scopeConditions(sync), sync.signal);
  if (source !== (await countMirrored(sync))) return syncEntity(sync);
  await database.transaction((client) => finishEntity(client, sync, "WINDOWS"));
}

/** What the mirror holds of the scope; a record that was refused and has no row counts as missing, so that it is looked for. */
async function countMirrored({ database, run, plugin }: EntitySync): Promise<number> {
  const since = plugin.quickbooks.kind === "TRANSACTION" ? run.transactionsSince : null;
  const { rows } = await database.pool.query(
    `SELECT count(*)::integer AS records FROM "${plugin.table}"
     WHERE connection_id = $1 AND epoch = $2 AND state NOT IN ('DELETED', 'MERGED') AND quickbooks_id IS NOT NULL
       AND ($3::text IS NULL OR raw->>'TxnDate' >= $3)`,
    [run.connectionId, run.epoch, since],
  );
  return z.object({ records: z.number() }).parse(rows[0]).records;
}
