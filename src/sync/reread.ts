import { z } from "zod";
import type { EntitySync } from "./full/context.js";
import type { Alongside, Removed, Saved } from "./store/store.js";

const nowRow = z.object({ now: z.date() });

/**
 * Reads by id the records whose age an answer could not tell (I1). A read begun after the stored row was saved settles it; one that
 * finds nothing (610) shows that the record is gone (I3).
 */
export async function readAgain(
  sync: Omit<EntitySync, "bound">,
  { reread }: Pick<Saved, "reread">,
  removedAs: "DELETED" | "MERGED" = "DELETED",
): Promise<void> {
  const { run, plugin, progress } = sync;
  for (const id of reread) {
    const { rows } = await sync.database.pool.query("SELECT clock_timestamp() AS now");
    const settlesFrom = nowRow.parse(rows[0]).now;
    const answer = await sync.company.read(plugin, id, sync.signal);
    if (answer === undefined) {
      const count: Alongside<Removed> = (client, removed) => progress.advance(client, plugin.name, removed);
      await sync.store.remove(run, plugin, [id], count, removedAs);
    } else {
      await sync.store.save(
        { ...answer, ...mirrorOf(sync), plugin, runId: run.id, settlesFrom },
        (client, { created, updated, conflicted, refused: failed, failureIds }) =>
          progress.advance(client, plugin.name, { created, updated, conflicted, failed, failureIds }),
      );
    }
  }
}

const mirrorOf = ({
  run: { connectionId, epoch },
}: Pick<EntitySync, "run">): { connectionId: string; epoch: number } => ({
  connectionId,
  epoch,
});
