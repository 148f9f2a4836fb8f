import type { EntityPlugin } from "../../plugins/plugin.js";
import { begin, type Applying } from "../inbox/context.js";
import { inDependencyOrder } from "../order.js";
import { namedRecords, type NamedRecord } from "./records.js";
import { rereadRecords } from "./reread-records.js";

/** Reads the records that somebody named, alone: by their ids, or at the places where failures were met. */
export async function readNamed(applying: Applying): Promise<void> {
  const named = await namedRecords(applying);
  for (const plugin of inDependencyOrder(applying.plugins)) {
    const own = named.filter(({ entity }) => entity === plugin.name);
    if (own.length > 0) await readOf(applying, plugin, own);
  }
}

async function readOf(applying: Applying, plugin: EntityPlugin, named: readonly NamedRecord[]): Promise<void> {
  const ids = [...new Set(named.flatMap(({ quickbooksId }) => quickbooksId ?? []))];
  const placed = named.flatMap(({ failureId }) => failureId ?? []);
  await begin(applying, plugin, named.length);
  await rereadRecords(applying, plugin, { ids, placed });
  await applying.database.transaction((client) => applying.progress.advance(client, plugin.name, { phase: "DONE" }));
}
