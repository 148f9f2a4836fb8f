import type { Authenticated } from "../access/authentication.js";
import { accessStream } from "../access/changes.js";
import type { Clock } from "../foundation/clock.js";
import type { Log } from "../foundation/log.js";
import type { Streams } from "../foundation/streams.js";

const longestTimerMs = 2 ** 31 - 1;

interface LetIn {
  readonly caller: Authenticated;
  readonly streams: Pick<Streams, "follow">;
  readonly clock: Clock;
  readonly log: Log;
  readonly requestId: string;
  /** Aborted when they leave by themselves. */
  readonly signal: AbortSignal;
}

/**
 * Waits until somebody who was let in is no longer who they were: their token or key has ended, they were removed or given another
 * role, or their key was revoked, in whatever process. False where they left before. Never rejects: who cannot be asked for has lapsed.
 */
export async function lapse({ caller, signal, ...parts }: LetIn): Promise<boolean> {
  const over = new AbortController();
  const waiting = AbortSignal.any([signal, over.signal]);
  try {
    return await Promise.race([ends(caller, parts.clock, waiting), changes(caller, parts, waiting)]);
  } catch (error) {
    parts.log.error({ err: error, requestId: parts.requestId }, "It could not be told who still holds a WebSocket.");
    return !signal.aborted;
  } finally {
    over.abort();
  }
}

/** True when the token or key ends, false when the signal is aborted first. */
function ends({ expiresAt }: Authenticated, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const validMs = expiresAt === undefined ? longestTimerMs : expiresAt.getTime() - clock.now().getTime();
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), Math.min(validMs, longestTimerMs));
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

/** True when they may not do any more what they might. The first event asks once more: what changed while they were let in would be missed. */
async function changes(
  { actor, askAgain }: Authenticated,
  { streams }: Pick<LetIn, "streams">,
  signal: AbortSignal,
): Promise<boolean> {
  const options = {
    stream: accessStream(actor.organizationId),
    snapshot: () => Promise.resolve(null),
    // However many wait, to ask once is enough.
    coalesce: () => "any",
    signal,
  };
  for await (const _event of streams.follow(options)) {
    if ((await askAgain())?.role !== actor.role) return !signal.aborted;
  }
  return !signal.aborted;
}
