import { z } from "zod";
import type { EntitySync } from "../full/context.js";
import { rereadRecords } from "./reread-records.js";

/** Records that one run tries again; the next goes on with the others. */
const mostAtOnce = 5_000;
/** To look again for a broken record whose id is not known, a page is read by halves, with some twenty calls: once a day. */
const placesAgainAfter = "20 hours";

const failureRow = z.object({ id: z.string(), quickbooksId: z.string().nullable() });
type OpenFailure = z.infer<typeof failureRow>;

/** What could not be taken in, and what this run has not met itself. */
async function openFailures({ database, run, plugin }: EntitySync): Promise<readonly OpenFailure[]> {
  const { rows } = await database.pool.query(
    `SELECT id, quickbooks_id AS "quickbooksId" FROM record_failures
     WHERE connection_id = $1 AND epoch = $2 AND entity = $3 AND status = 'OPEN' AND run_id <> $4
       AND (quickbooks_id IS NOT NULL OR last_seen_at < now() - interval '${placesAgainAfter}')
     ORDER BY last_seen_at LIMIT ${mostAtOnce.toString()}`,
    [run.connectionId, run.epoch, plugin.name, run.id],
  );
  return z.array(failureRow).parse(rows);
}

/** Every run tries again what could not be taken in (I4): a sync of changes would not meet it, since it has not changed. */
export async function retryOpenFailures(sync: EntitySync): Promise<void> {
  if (sync.run.isDryRun) return;
  const failures = await openFailures(sync);
  if (failures.length === 0) return;
  await rereadRecords(sync, sync.plugin, {
    ids: failures.flatMap(({ quickbooksId }) => quickbooksId ?? []),
    placed: failures.flatMap(({ id, quickbooksId }) => (quickbooksId === null ? id : [])),
  });
}
