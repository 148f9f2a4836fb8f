import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Alongside, Removed } from "../store/store.js";
import { begin, type Applying } from "./context.js";
import { referrersOf } from "./references.js";
import { refresh } from "./refresh.js";
import { mirroredRecords } from "./sight.js";

/** Why a merging does not show yet, by the id of what was merged into another. */
export type Unmerged = ReadonlyMap<string, string>;

/**
 * A record that a notice says was merged away, and that QuickBooks shows as deactivated or not at all, is MERGED. Whatever the
 * mirror knows to refer to it moved to the survivor without a change of its own time, so it is read again.
 */
export async function confirmMerges(
  applying: Applying,
  plugin: EntityPlugin,
  merged: readonly string[],
): Promise<Unmerged> {
  if (merged.length === 0) return new Map();
  const { store, run, progress } = applying;
  const records = await mirroredRecords(applying, plugin, merged);
  const stateOf = (id: string): string | undefined => records.get(id)?.state;
  const deactivated = merged.filter((id) => stateOf(id) === "INACTIVE");
  if (deactivated.length > 0) {
    const count: Alongside<Removed> = (client, removed) => progress.advance(client, plugin.name, removed);
    await store.remove(run, plugin, deactivated, count, "MERGED");
  }
  const still = merged.filter((id) => stateOf(id) === "ACTIVE");
  const gone = merged.filter((id) => stateOf(id) !== "ACTIVE");
  const isMoved = await rereadReferrers(applying, plugin, gone);
  return new Map([
    ...still.map((id): [string, string] => [id, "QuickBooks still shows what was merged; it is read again."]),
    ...(isMoved ? [] : gone).map((id): [string, string] => [
      id,
      "What refers to the merged record has not moved to the other yet, or may still be read from before; it is read again.",
    ]),
  ]);
}

/** false where something may still refer to these records, or be stored by a sync of the whole company that read it before. */
async function rereadReferrers(applying: Applying, target: EntityPlugin, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0) return true;
  let isMoved = !(await isWholeCompanyRead(applying));
  const inScope = applying.plugins.filter(({ name }) => applying.run.entities.includes(name));
  for (const plugin of inScope) {
    const moved = await referrersOf(applying, plugin, { entity: target.name, ids });
    if (moved.length === 0) continue;
    await begin(applying, plugin, moved.length);
    const { problems } = await refresh(applying, plugin, moved);
    const left = await referrersOf(applying, plugin, { entity: target.name, ids });
    isMoved &&= left.length === 0;
    await applying.database.transaction((client) =>
      applying.progress.advance(client, plugin.name, { phase: "DONE", failed: problems.size }),
    );
  }
  return isMoved;
}

async function isWholeCompanyRead({ database, run }: Applying): Promise<boolean> {
  const { rows } = await database.pool.query(
    "SELECT 1 FROM quickbooks_syncs WHERE connection_id = $1 AND status = 'RUNNING' AND mode <> 'RECORDS'",
    [run.connectionId],
  );
  return rows.length > 0;
}
