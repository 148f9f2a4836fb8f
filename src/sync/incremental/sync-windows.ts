import { finishEntity } from "../finish.js";
import type { EntitySync } from "../full/context.js";
import { pagesOf } from "../full/pages.js";
import { firstChangeRange, type Range } from "../full/ranges.js";
import { storeAnswer } from "../full/store-answer.js";
import { syncEntity } from "../full/sync-entity.js";
import { retryOpenFailures } from "../recovery/open-failures.js";
import { findLost, isWholeCheaper } from "./lost-records.js";
import { mirrorsAll } from "./mirrors-all.js";

/**
 * More changed than QuickBooks tells at once: the changed records are read page by page, by the time of their change. Deletions do
 * not show there; whether there were any, the COUNT says. Few are searched for; with many, the entity is read whole, and at once.
 */
export async function syncWindows(sync: EntitySync, since: Date): Promise<void> {
  const { database, progress, plugin } = sync;
  await database.transaction((client) => progress.advance(client, plugin.name, { phase: "READING" }));
  if (await isWholeCheaper(sync, since)) return syncEntity(sync);
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
  await retryOpenFailures(sync);
  if (!(await mirrorsAll(sync)) && !(await findLost(sync))) return syncEntity(sync);
  await database.transaction((client) => finishEntity(client, sync, "WINDOWS"));
}
