import type { Store } from "../store/store.js";
import type { EntitySync } from "../full/context.js";
import { syncEntity } from "../full/sync-entity.js";
import { comparePage, presentIds } from "./compare.js";
import { extra } from "./comparing-store.js";
import { keepDrift } from "./drift.js";

/** The same complete reading as a FULL run; where it is to mend, what it mends is noted. */
export function verifyEntity(sync: EntitySync): Promise<void> {
  return syncEntity(sync.run.isDryRun ? sync : { ...sync, store: mendingStore(sync) });
}

/** Notes every difference in the transaction that mends it. */
function mendingStore({ database, run, plugin, store }: EntitySync): Store {
  return {
    async save(page, alongside) {
      const { drift } = await comparePage(database, page);
      // What is refused is kept as a failure, with its payload.
      const mended = drift.filter(({ kind }) => kind !== "REFUSED");
      return store.save(page, async (client, saved, events) => {
        await keepDrift(client, run, plugin.name, mended);
        await alongside(client, saved, events);
      });
    },
    async remove(mirror, _plugin, ids, alongside, state) {
      const present = await presentIds(database, mirror, plugin, ids);
      return store.remove(
        mirror,
        plugin,
        ids,
        async (client, removed, events) => {
          await keepDrift(client, run, plugin.name, present.map(extra));
          await alongside(client, removed, events);
        },
        state,
      );
    },
  };
}
