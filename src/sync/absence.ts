import { isPartOfCompany, type EntitySync } from "./full/context.js";
import { storeAnswer } from "./full/store-answer.js";

/** The number under which pages are kept that were read by ids, whatever the scope. */
export const idPages = -2;

/** Marks what a complete reading of the scope did not show as gone; where the scope is part of the company, after asking for each (I3). */
export async function removeMissing(sync: EntitySync, missing: readonly string[]): Promise<void> {
  await remove(sync, isPartOfCompany(sync) ? await confirmedGone(sync, missing) : missing);
}

/** A stub of a deleted record is a hint: what still exists is stored, what does not is gone (I3). */
export async function removeHinted(sync: EntitySync, hinted: readonly string[]): Promise<void> {
  await remove(sync, await confirmedGone(sync, hinted));
}

/** Asked for by ids in one query, and each that is missing once more by itself: 610 is the evidence. */
async function confirmedGone(sync: EntitySync, ids: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for await (const answer of sync.company.readByIds(sync.plugin, ids, sync.signal)) {
    await storeAnswer(sync, answer, { range: idPages, isHistory: false });
    const found = new Set(answer.records.map(({ id }) => id));
    for (const id of answer.asked) {
      if (!found.has(id) && (await sync.company.read(sync.plugin, id, sync.signal)) === undefined) gone.push(id);
    }
  }
  return gone;
}

async function remove({ store, run, plugin, progress }: EntitySync, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await store.remove(run, plugin, ids, (client, removed) => progress.advance(client, plugin.name, { removed }));
}
