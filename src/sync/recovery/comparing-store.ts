import type { Database } from "../../foundation/database/database.js";
import type { EventSink } from "../../foundation/streams.js";
import type { ClaimedRun } from "../full/context.js";
import type { Alongside, Page, Saved, Store } from "../store/store.js";
import { comparePage, presentIds } from "./compare.js";
import { forgetDrift, keepDrift } from "./drift.js";

/**
 * Stands in the store's place for a run that writes nothing: notes what a sync would create, update, remove and refuse, once per
 * record, and touches neither the mirror nor its versions, failures or change feed.
 */
export function comparingStore(database: Database, run: Pick<ClaimedRun, "id" | "connectionId">): Store {
  return {
    async save(page: Page, alongside: Alongside<Saved>): Promise<Saved> {
      const { drift, nameless, reread } = await comparePage(database, page);
      return database.transaction(async (client) => {
        const found = await keepDrift(client, run, page.plugin.name, drift);
        const read = page.records.length;
        const saved = {
          read,
          created: found.MISSING,
          updated: found.DIFFERENT,
          unchanged: Math.max(0, read - drift.length - reread.length),
          refused: found.REFUSED + nameless,
          conflicted: 0,
          failureIds: [],
          reread,
          entails: [],
        };
        await alongside(client, saved, silence);
        return saved;
      });
    },
    async remove(mirror, plugin, ids, alongside) {
      const present = new Set(await presentIds(database, mirror, plugin, ids));
      const others = ids.filter((id) => !present.has(id));
      return database.transaction(async (client) => {
        const { EXTRA: found } = await keepDrift(client, run, plugin.name, [...present].map(extra));
        const removed = found + (await forgetDrift(client, run, plugin.name, others));
        const outcome = { removed, conflicted: 0 };
        await alongside(client, outcome, silence);
        return outcome;
      });
    },
  };
}

/** The mirror alone has it. */
export const extra = (quickbooksId: string) => ({ quickbooksId, kind: "EXTRA" as const });

/** What is only compared is told to nobody. */
const silence: EventSink = { append: () => Promise.resolve() };
