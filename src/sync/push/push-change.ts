import { OtherLife } from "../store/other-life.js";
import { type Claimed, type Pushing, stepDone } from "./context.js";
import { decide } from "./decide.js";
import { freeze } from "./freeze.js";
import { type Held, settle, underFence } from "./held.js";
import { seekReset } from "./lives.js";
import { later, send } from "./send.js";

/**
 * Takes one change as far as it goes now (I8). What was found on its way by a process that is no more was sent or was not: the same
 * bytes go out under the same requestid, so that it does not matter. Nothing is sent after the window, so that QuickBooks has done
 * with the last sending once its cut-off has passed since then.
 */
export async function pushChange(pushing: Pushing): Promise<void> {
  const { change, services } = pushing;
  await stepDone(pushing, "claimed");
  const { request, sinceFirstMs } = change;
  if (request === null) {
    const frozen = await freeze(pushing);
    if (frozen === undefined) return;
    await stepDone(pushing, "frozen");
    return send(pushing, frozen, false);
  }
  const { windowMs, cutOffMs } = services.pace;
  const leftMs = windowMs + cutOffMs - (sinceFirstMs ?? 0);
  if (leftMs > cutOffMs) return send(pushing, request, true);
  if (leftMs <= 0) return decide(pushing, request);
  await underFence(pushing, (client, held, events) =>
    settle(pushing, { client, events }, { ...fateUnknown(held), nextAttemptAt: new Date(held.now.getTime() + leftMs) }),
  );
}

/**
 * Puts a change off after a failure. One that was being sent may have landed: its fate is unknown until the same request is answered,
 * or QuickBooks shows it.
 */
export async function putOff(pushing: Claimed, error: unknown): Promise<void> {
  await underFence(pushing, (client, held, events) =>
    settle(pushing, { client, events }, { ...later(pushing, held, error), ...fateUnknown(held) }),
  );
  if (error instanceof OtherLife) await seekReset(pushing);
}

/** Gives a change back in an orderly stop: another process, or the next start, goes on with it at once. */
export function giveBack(pushing: Claimed): Promise<void> {
  return underFence(pushing, (client, held, events) => settle(pushing, { client, events }, fateUnknown(held)));
}

const fateUnknown = ({ status, now }: Held) =>
  status === "PUSHING" ? ({ status: "UNKNOWN", lastSentAt: now } as const) : {};
