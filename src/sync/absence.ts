import { z } from "zod";
import { UnreadableResult } from "../quickbooks/errors.js";
import { idsPerQuery } from "./company.js";
import { isPartOfCompany, type EntitySync } from "./full/context.js";
import { storeAnswer } from "./full/store-answer.js";

/** The number under which pages are kept that were read by ids, whatever the scope. */
export const idPages = -2;

/**
 * Marks what a complete reading of the scope did not show as gone. Where the scope is part of the company, or some record could not be
 * read or taken in, so that the reading may not have shown all, each is asked for first (I3).
 */
export async function removeMissing(sync: EntitySync, missing: readonly string[]): Promise<void> {
  if (missing.length === 0) return;
  const isEvidence = !isPartOfCompany(sync) && !(await hasFailures(sync));
  await remove(sync, isEvidence ? missing : await confirmedGone(sync, missing));
}

/** A stub of a deleted record is a hint: what still exists is stored, what does not is gone (I3). */
export async function removeHinted(sync: EntitySync, hinted: readonly string[]): Promise<void> {
  await remove(sync, await confirmedGone(sync, hinted));
}

/** Of this run, dismissed ones too; a dry run counts them alone. */
async function hasFailures({ database, run, plugin }: EntitySync): Promise<boolean> {
  const { rows } = await database.pool.query(
    `SELECT 1 FROM sync_run_entities WHERE run_id = $1 AND entity = $2 AND failed > 0
     UNION ALL SELECT 1 FROM record_failures WHERE run_id = $1 AND entity = $2 LIMIT 1`,
    [run.id, plugin.name],
  );
  return z.array(z.unknown()).parse(rows).length > 0;
}

/** Asked for by ids in one query, and each that it does not show once more by itself. */
async function confirmedGone(sync: EntitySync, ids: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (let at = 0; at < ids.length; at += idsPerQuery) {
    const asked = ids.slice(at, at + idsPerQuery);
    const shown = await shownOf(sync, asked);
    for (const id of asked) if (!shown.has(id) && (await isGone(sync, id))) gone.push(id);
  }
  return gone;
}

/** What one query shows of these; nothing, where a broken record among them fails it. */
async function shownOf(sync: EntitySync, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const shown = new Set<string>();
  try {
    for await (const answer of sync.company.readByIds(sync.plugin, ids, sync.signal)) {
      await storeAnswer(sync, answer, { range: idPages, isHistory: false });
      for (const { id } of answer.records) if (id !== undefined) shown.add(id);
    }
  } catch (error) {
    if (!(error instanceof UnreadableResult)) throw error;
  }
  return shown;
}

/** 610 is the evidence. What QuickBooks cannot give is there, and a failure (I4). */
async function isGone(sync: EntitySync, id: string): Promise<boolean> {
  const { company, plugin, signal, run } = sync;
  const byId = { range: idPages, isHistory: false };
  try {
    const answer = await company.read(plugin, id, signal);
    if (answer !== undefined) await storeAnswer(sync, answer, byId);
    return answer === undefined;
  } catch (error) {
    if (!(error instanceof UnreadableResult)) throw error;
    const unreadable = [{ id, position: 1, reason: error.message }];
    const request = `${plugin.name} ${id}`;
    await storeAnswer(sync, { records: [], answeredAt: run.startedAt, request, unreadable }, byId);
    return false;
  }
}

async function remove({ store, run, plugin, progress }: EntitySync, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await store.remove(run, plugin, ids, (client, removed) => progress.advance(client, plugin.name, removed));
}
