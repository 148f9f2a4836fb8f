import type { Database } from "../foundation/database/database.js";
import type { Log } from "../foundation/log.js";
import { LeaseLost, RunCancelled, type Progress } from "./progress.js";

/** Within every second of a run something is told of it, also on a machine that has much else to do. */
const longestSilenceMs = 400;
const lookMs = 100;

/**
 * Tells how a run stands whenever nothing else has for a while: a page can take longer, and QuickBooks can make a run
 * wait. Answers how to stop it.
 */
export function giveSignsOfLife(database: Database, progress: Progress, log: Log): () => Promise<void> {
  let telling: Promise<void> | undefined;
  const tell = async (): Promise<void> => {
    try {
      await database.transaction((client) => progress.tell(client));
    } catch (error) {
      // Whoever works on the run meets the same with the next page, and ends it.
      if (error instanceof LeaseLost || error instanceof RunCancelled) return;
      log.warn({ err: error }, "A sync run's progress could not be told; the next page tells it.");
    }
  };
  const timer = setInterval(() => {
    if (telling !== undefined || progress.silentMs < longestSilenceMs) return;
    telling = tell().finally(() => (telling = undefined));
  }, lookMs);
  return async () => {
    clearInterval(timer);
    await telling;
  };
}
