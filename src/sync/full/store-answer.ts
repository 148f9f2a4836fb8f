import type { PoolClient } from "pg";
import type { RecordsRead } from "../company.js";
import { readAgain } from "../reread.js";
import type { EntitySync } from "./context.js";

/** Rows, checkpoint, counters and events of one answer in one transaction; then what its age could not be told of. */
export async function storeAnswer(
  sync: EntitySync,
  page: RecordsRead,
  range: number,
  checkpoint: (client: PoolClient) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { run, plugin, progress } = sync;
  const ids = page.records.flatMap(({ id }) => id ?? []);
  const saved = await sync.storing.enter(() =>
    sync.store.save(
      { ...page, plugin, runId: run.id, connectionId: run.connectionId, epoch: run.epoch },
      async (client, outcome) => {
        await client.query(
          "INSERT INTO sync_pages (run_id, entity, range, statement, ids, committed_at) VALUES ($1, $2, $3, $4, $5, clock_timestamp())",
          [run.id, plugin.name, range, page.request, ids],
        );
        await checkpoint(client);
        await progress.advance(client, plugin.name, { ...outcome, failed: outcome.refused.length });
      },
    ),
  );
  await readAgain(sync, saved);
}
