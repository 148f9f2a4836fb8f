import type { EntityPlugin } from "../../plugins/plugin.js";
import type { RunSync } from "../full/context.js";
import { refresh } from "../inbox/refresh.js";
import { resolveFailures } from "../store/ledger.js";
import { rereadPlaces } from "./places.js";

/** Records by their ids, and failures whose records have none that is known. */
interface Wanted {
  readonly ids: readonly string[];
  readonly placed: readonly string[];
}

/** Reads records again and keeps what still cannot be taken in as failures, with one more attempt. */
export async function rereadRecords(sync: RunSync, plugin: EntityPlugin, { ids, placed }: Wanted): Promise<void> {
  const { store, run, progress, database } = sync;
  const { problems, outside } = await refresh(sync, plugin, ids);
  if (problems.size > 0) {
    const unreadable = [...problems].map(([id, reason], index) => ({ id, reason, position: index + 1 }));
    const { id: runId, connectionId, epoch, startedAt: answeredAt } = run;
    const request = `${plugin.name} by id`;
    const page = { plugin, runId, connectionId, epoch, records: [], answeredAt, request, unreadable };
    await store.save(page, (client, { refused, failureIds }) =>
      progress.advance(client, plugin.name, { failed: refused, failureIds }),
    );
  }
  const failed = await rereadPlaces(sync, plugin, placed);
  await database.transaction(async (client) => {
    // What lies outside the connection's scope by now is not to be taken in.
    await resolveFailures(client, run, plugin.name, [...outside]);
    await progress.advance(client, plugin.name, { failed });
  });
}
