import { setTimeout as sleep } from "node:timers/promises";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { inDependencyOrder } from "../order.js";
import { claimEvents, settleEvents, type ClaimedEvent } from "./claim.js";
import { begin, type Applying } from "./context.js";
import { confirmMerges } from "./merges.js";
import { refresh } from "./refresh.js";
import { lookAt } from "./sight.js";
import { verdictOn, type Verdict } from "./verdict.js";

/**
 * A notice is a hint: what it names is read again, and the mirror decides by QuickBooks' own parts (I1, I3). All that waits is read
 * together, whatever its order, in one request per entity.
 */
export async function applyEvents(applying: Applying): Promise<void> {
  const { plugins, run, pace, signal } = applying;
  await sleep(pace.windowMs, undefined, { signal });
  const events = await claimEvents(applying);
  for (const plugin of inDependencyOrder(plugins)) {
    const own = events.filter(({ entity }) => entity === plugin.name);
    if (own.length === 0) continue;
    if (run.entities.includes(plugin.name)) await applyTo(applying, plugin, own);
    else await ignore(applying, own);
  }
}

async function applyTo(applying: Applying, plugin: EntityPlugin, events: readonly ClaimedEvent[]): Promise<void> {
  const merged = new Set(events.flatMap(({ deletedId }) => deletedId ?? []));
  const ids = [...new Set([...events.map(({ quickbooksId }) => quickbooksId), ...merged])];
  await begin(applying, plugin, ids.length);
  const refreshed = await refresh(applying, plugin, ids, merged);
  const unmerged = await confirmMerges(applying, plugin, [...merged]);
  const sightOf = await lookAt(applying, plugin, ids, { ...refreshed, unmerged });
  const settled = events.map((event) => ({ event, verdict: verdictOn(event, sightOf(event), applying.pace) }));
  await applying.database.transaction(async (client) => {
    await settleEvents(client, applying, settled);
    await applying.progress.advance(client, plugin.name, { phase: "DONE", failed: refreshed.problems.size });
  });
}

/** The scope was narrowed after the notice had been kept. */
async function ignore(applying: Applying, events: readonly ClaimedEvent[]): Promise<void> {
  const verdict: Verdict = { status: "IGNORED", reason: "The connection's scope does not include this entity." };
  const settled = events.map((event) => ({ event, verdict }));
  await applying.database.transaction(async (client) => {
    await settleEvents(client, applying, settled);
    await applying.progress.touch(client);
  });
}
