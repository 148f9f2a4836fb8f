import type { Alongside, Page, Saved, Store } from "../store/store.js";
import type { EntitySync } from "../full/context.js";
import { syncEntity } from "../full/sync-entity.js";
import { comparePage, presentIds } from "./compare.js";
import { keepDrift } from "./drift.js";

/** The same complete reading as a FULL run, before a store that compares with the mirror, and writes only where it is to mend. */
export function verifyEntity(sync: EntitySync): Promise<void> {
  return syncEntity({ ...sync, store: sync.run.isDryRun ? comparingStore(sync) : mendingStore(sync) });
}

/** Notes every difference and writes nothing to the mirror. Counts what a sync would create, update and remove. */
function comparingStore({ database, run, plugin }: EntitySync): Store {
  return {
    async save(page: Page, alongside: Alongside<Saved>): Promise<Saved> {
      const { drift, refused } = await comparePage(database, page);
      return database.transaction(async (client) => {
        const { MISSING: created, DIFFERENT: updated } = await keepDrift(client, run, plugin.name, drift);
        const read = page.records.length;
        const unchanged = Math.max(0, read - drift.length - refused);
        const saved = { read, created, updated, unchanged, refused, failureIds: [], reread: [], entails: [] };
        await alongside(client, saved);
        return saved;
      });
    },
    async remove(mirror, _plugin, ids, alongside) {
      const present = await presentIds(database, mirror, plugin, ids);
      return database.transaction(async (client) => {
        const { EXTRA: found } = await keepDrift(client, run, plugin.name, present.map(extra));
        await alongside(client, found);
        return found;
      });
    },
  };
}

/** Notes every difference in the transaction that mends it. */
function mendingStore({ database, run, plugin, store }: EntitySync): Store {
  return {
    async save(page, alongside) {
      const { drift } = await comparePage(database, page);
      return store.save(page, async (client, saved) => {
        await keepDrift(client, run, plugin.name, drift);
        await alongside(client, saved);
      });
    },
    async remove(mirror, _plugin, ids, alongside, state) {
      const present = await presentIds(database, mirror, plugin, ids);
      return store.remove(
        mirror,
        plugin,
        ids,
        async (client, removed) => {
          await keepDrift(client, run, plugin.name, present.map(extra));
          await alongside(client, removed);
        },
        state,
      );
    },
  };
}

const extra = (quickbooksId: string) => ({ quickbooksId, kind: "EXTRA" as const });
