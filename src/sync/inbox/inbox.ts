import type { Log } from "../../foundation/log.js";
import { readNotices } from "../../quickbooks/webhooks.js";
import { keepNotices, type KeepingServices } from "./keep.js";
import { replay, type Replay } from "./replay.js";

export interface Inbox {
  /** Commits the notices of a signed body, then wakes workers. Once it has resolved the body may be acknowledged (I7). */
  keep(body: Uint8Array): Promise<void>;
  /** Has notices applied again, whatever became of them. Returns how many. Throws UserProblem. */
  replay(wanted: Replay): Promise<number>;
  stop(): Promise<void>;
}

interface InboxOptions extends KeepingServices {
  readonly log: Log;
  /** Tells workers, in whatever process, that there is work. */
  readonly wakeWorkers: () => Promise<void>;
}

export function createInbox(options: InboxOptions): Inbox {
  const wake = waker(options);
  return {
    async keep(body) {
      const notices = readNotices(body);
      if (notices.unreadable.length > 0) {
        const problems = notices.unreadable.slice(0, 3).map(({ problem }) => problem);
        options.log.warn({ problems }, "Intuit sent notices that cannot be read; they are kept.");
      }
      if ((await keepNotices(options, notices)) > 0) wake.ask();
    },
    async replay(wanted) {
      const replayed = await replay(options.database, wanted);
      if (replayed > 0) wake.ask();
      return replayed;
    },
    stop: () => wake.stop(),
  };
}

/** Wakes once for all that asked while it was waking. */
function waker({ wakeWorkers, log }: InboxOptions): { ask(): void; stop(): Promise<void> } {
  let isAsked = false;
  let waking: Promise<void> | undefined;
  const wake = async (): Promise<void> => {
    while (isAsked) {
      isAsked = false;
      try {
        await wakeWorkers();
      } catch (error) {
        log.warn({ err: error }, "The workers could not be woken; the sweep finds the work.");
      }
    }
    waking = undefined;
  };
  return {
    ask() {
      isAsked = true;
      waking ??= wake();
    },
    async stop() {
      await waking;
    },
  };
}
