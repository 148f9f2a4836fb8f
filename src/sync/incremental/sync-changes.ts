import type { EntityPlugin } from "../../plugins/plugin.js";
import { RequestRejected, UnreadableResult } from "../../quickbooks/errors.js";
import { overlapMs, type EntitySync, type RunSync } from "../full/context.js";
import { syncEntity } from "../full/sync-entity.js";
import { applyChanges } from "./apply-changes.js";
import { readChanges, type ChangesRead } from "./changes.js";
import { syncWindows } from "./sync-windows.js";
import { watermarks } from "./watermarks.js";

/** What is to be done for one entity of a run. */
export interface EntityWork {
  readonly plugin: EntityPlugin;
  /** QuickBooks' present when the run began: nothing newer belongs to it. */
  readonly bound: Date;
  execute(sync: EntitySync): Promise<void>;
}

/**
 * One call tells what changed in all entities, and where nothing did, nothing else is asked. Where the answer was cut, each entity
 * is asked for by itself. An entity that was never read whole for this scope, or too long ago, is read whole.
 */
export async function planChanges(run: RunSync, plugins: readonly EntityPlugin[]): Promise<EntityWork[]> {
  const known = await watermarks(run, plugins);
  const sinceOf = ({ name }: EntityPlugin): Date | undefined => {
    const watermark = known.get(name);
    return watermark && new Date(watermark.getTime() - overlapMs);
  };
  const since = plugins.flatMap((plugin) => sinceOf(plugin)?.getTime() ?? []);
  const followed = plugins.filter((plugin) => sinceOf(plugin) !== undefined);
  const told = followed.length === 0 ? undefined : await toldTogether(run, followed, new Date(Math.min(...since)));
  const bound = told?.answeredAt ?? (await run.company.now(run.signal));
  return plugins.map((plugin) => {
    const from = sinceOf(plugin);
    if (from === undefined) return { plugin, bound, execute: syncEntity };
    const changes = told?.of?.(plugin);
    if (changes !== undefined) return { plugin, bound, execute: (sync) => applyChanges(sync, changes) };
    return { plugin, bound, execute: (sync) => syncAlone(sync, from) };
  });
}

async function syncAlone(sync: EntitySync, since: Date): Promise<void> {
  const told = await toldTogether(sync, [sync.plugin], since);
  const changes = told?.of?.(sync.plugin);
  return changes === undefined ? syncWindows(sync, since) : applyChanges(sync, changes);
}

/** undefined where the call fails as a whole, for one broken record or because QuickBooks refuses it: then by smaller reads. */
async function toldTogether(
  run: RunSync,
  plugins: readonly EntityPlugin[],
  since: Date,
): Promise<ChangesRead | undefined> {
  try {
    return await readChanges(run.company, plugins, since, run.signal);
  } catch (error) {
    if (error instanceof UnreadableResult || error instanceof RequestRejected) return undefined;
    throw error;
  }
}
