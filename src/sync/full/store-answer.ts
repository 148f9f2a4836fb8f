import type { PoolClient } from "pg";
import { z } from "zod";
import { inBulk } from "../../foundation/database/bulk.js";
import type { RecordsRead } from "../company.js";
import { readAgain } from "../reread.js";
import type { Page, Saved } from "../store/store.js";
import type { EntitySync } from "./context.js";

/** Where an answer belongs: a range of the history, read for the first time, or what is read over again. */
export interface Reading {
  readonly range: number;
  readonly isHistory: boolean;
}

/** Rows, checkpoint, counters and events of one answer in one transaction; then what its age could not be told of. */
export async function storeAnswer(
  sync: EntitySync,
  page: RecordsRead & Pick<Page, "unreadable">,
  reading: Reading,
  checkpoint: (client: PoolClient) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { run, plugin, progress } = sync;
  const ids = page.records.flatMap(({ id }) => id ?? []);
  const saved = await sync.storing.enter(() =>
    sync.store.save(
      { ...page, plugin, runId: run.id, connectionId: run.connectionId, epoch: run.epoch },
      async (client, outcome) => {
        const counted = reading.isHistory ? outcome : await newToRun(client, sync, outcome, ids);
        await client.query(
          "INSERT INTO sync_pages (run_id, entity, range, statement, ids, committed_at) VALUES ($1, $2, $3, $4, $5, clock_timestamp())",
          [run.id, plugin.name, reading.range, page.request, ids],
        );
        await checkpoint(client);
        await progress.advance(client, plugin.name, {
          ...counted,
          failed: outcome.refused,
          failureIds: outcome.failureIds,
        });
      },
    ),
  );
  await readAgain(sync, saved);
}

/** A record that the run has read before is not counted as read again, so that the totals are those of the mirror. */
async function newToRun(client: PoolClient, { run, plugin }: EntitySync, saved: Saved, ids: string[]): Promise<Saved> {
  const rows = await inBulk(
    client,
    `SELECT count(*)::integer AS fresh FROM unnest($3::text[]) AS i(id) WHERE NOT EXISTS (
       SELECT 1 FROM (SELECT unnest(p.ids) AS id FROM sync_pages p WHERE p.run_id = $1 AND p.entity = $2) seen WHERE seen.id = i.id)`,
    [run.id, plugin.name, ids],
  );
  const { fresh } = z.object({ fresh: z.number() }).parse(rows[0]);
  return { ...saved, read: fresh, unchanged: Math.min(saved.unchanged, fresh) };
}
