import type { EntityPlugin } from "../../plugins/plugin.js";
import { RequestRejected, UnreadableResult } from "../../quickbooks/errors.js";
import type { RecordsRead } from "../company.js";
import type { RunSync } from "../full/context.js";
import { wanted } from "../incremental/apply-changes.js";
import { readAgain } from "../reread.js";

/** What came of reading records by their ids, beside what is in the mirror now. */
export interface Refreshed {
  /** Why records could not be read, by id. */
  readonly problems: ReadonlyMap<string, string>;
  /** Records dated before the connection's scope that are not mirrored, and are not to be. */
  readonly outside: ReadonlySet<string>;
}

/**
 * Reads records by their ids, all in one request, and stores them. What the answer lacks is read singly: QuickBooks says of each
 * whether it is gone (I3). So are all where one record fails the whole answer; those that fail alone are given back.
 */
export async function refresh(
  sync: RunSync,
  plugin: EntityPlugin,
  ids: readonly string[],
  merged: ReadonlySet<string> = new Set(),
): Promise<Refreshed> {
  const left = new Set(ids);
  const problems = new Map<string, string>();
  const outside = new Set<string>();
  await refusalOf(async () => {
    for await (const answer of sync.company.readByIds(plugin, ids, sync.signal)) {
      const records = await wanted({ ...sync, plugin }, answer.records);
      await storeAnswer(sync, plugin, { ...answer, records });
      for (const record of answer.records) {
        if (record.id === undefined) continue;
        left.delete(record.id);
        if (!records.includes(record)) outside.add(record.id);
      }
    }
  });
  for (const id of left) {
    const removedAs = merged.has(id) ? "MERGED" : "DELETED";
    const refusal = await refusalOf(() => readAgain({ ...sync, plugin }, { reread: [id] }, removedAs));
    if (refusal !== undefined) problems.set(id, refusal);
  }
  return { problems, outside };
}

/** Stores what was read by ids, then reads again what its age cannot be told of. */
export async function storeAnswer(sync: RunSync, plugin: EntityPlugin, answer: RecordsRead): Promise<void> {
  const { run, store, progress } = sync;
  const page = { ...answer, plugin, runId: run.id, connectionId: run.connectionId, epoch: run.epoch };
  const saved = await store.save(page, (client, { refused: failed, ...counts }) =>
    progress.advance(client, plugin.name, { ...counts, failed }),
  );
  await readAgain({ ...sync, plugin }, saved);
}

/** What QuickBooks refuses of these records costs the others nothing; anything else stops the run. */
async function refusalOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof RequestRejected || error instanceof UnreadableResult) return error.message;
    throw error;
  }
}
