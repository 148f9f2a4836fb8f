import type { EntityPlugin } from "../../plugins/plugin.js";
import { begin, type Applying } from "../inbox/context.js";
import { refresh } from "../inbox/refresh.js";
import { inDependencyOrder } from "../order.js";
import { resolveFailures } from "../store/ledger.js";
import { rereadPlaces } from "./places.js";
import { namedRecords, type NamedRecord } from "./records.js";

/** Reads the records that somebody named, alone: by their ids, or at the places where failures were met. */
export async function readNamed(applying: Applying): Promise<void> {
  const named = await namedRecords(applying);
  for (const plugin of inDependencyOrder(applying.plugins)) {
    const own = named.filter(({ entity }) => entity === plugin.name);
    if (own.length > 0) await readOf(applying, plugin, own);
  }
}

async function readOf(applying: Applying, plugin: EntityPlugin, named: readonly NamedRecord[]): Promise<void> {
  const { store, run, progress, database } = applying;
  const ids = [...new Set(named.flatMap(({ quickbooksId }) => quickbooksId ?? []))];
  const placed = named.flatMap(({ failureId }) => failureId ?? []);
  await begin(applying, plugin, named.length);
  const { problems, outside } = await refresh(applying, plugin, ids);
  if (problems.size > 0) {
    const unreadable = [...problems].map(([id, reason], index) => ({ id, reason, position: index + 1 }));
    const { id: runId, connectionId, epoch, startedAt: answeredAt } = run;
    const page = {
      plugin,
      runId,
      connectionId,
      epoch,
      records: [],
      answeredAt,
      request: `${plugin.name} by id`,
      unreadable,
    };
    await store.save(page, (client, { refused, failureIds }) =>
      progress.advance(client, plugin.name, { failed: refused, failureIds }),
    );
  }
  const failed = await rereadPlaces(applying, plugin, placed);
  await database.transaction(async (client) => {
    // What lies outside the connection's scope by now is not to be taken in.
    await resolveFailures(client, run, plugin.name, [...outside]);
    await progress.advance(client, plugin.name, { phase: "DONE", failed });
  });
}
