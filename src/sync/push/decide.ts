import { RetryLater } from "../../quickbooks/errors.js";
import { undecidedCode, type FrozenRequest, type LocalChange } from "../local-changes/local-change.js";
import { type ChangeUpdate, saveChange } from "../local-changes/rows.js";
import { release } from "./claim.js";
import type { Pushing } from "./context.js";
import { type Held, lockHeld, settle, type Settling, underFence } from "./held.js";
import { idInQuickBooks, landed, pushed } from "./landed.js";
import { type ReadNow, readAndStore } from "./read.js";
import { searchCreated } from "./search.js";
import { later } from "./send.js";
import { unlike } from "./stands.js";

/** The code of a change of which QuickBooks shows several records that it may have made. */
const ambiguous = "AMBIGUOUS";

/** No answer came within the window, and none will: what QuickBooks shows decides, or a person where it does not (I8). */
export async function decide(pushing: Pushing, frozen: FrozenRequest): Promise<void> {
  const quickbooksId = await idInQuickBooks(pushing);
  if (pushing.change.operation === "CREATE") return decideCreate(pushing, quickbooksId);
  if (quickbooksId === undefined)
    throw new Error(`The local change ${pushing.change.id} names no record of QuickBooks.`);
  await readAndStore(pushing, quickbooksId, (settling, now) => decideBy(pushing, settling, frozen, now));
}

async function decideCreate(pushing: Pushing, known: string | undefined): Promise<void> {
  const made = known === undefined ? await searchCreated(pushing) : { ids: [known], doubtful: [], rivals: [] };
  const { ids: found, doubtful, rivals } = made;
  if (rivals.some(({ isDone }) => !isDone)) {
    throw new RetryLater("Another new record like it is on its way: what becomes of that one shows which is which.");
  }
  const [quickbooksId] = found;
  // Of those who asked for the very same, each may have any of the records.
  const isDecided = rivals.every(({ isAlike }) => isAlike) && found.length <= rivals.length + 1;
  if (quickbooksId !== undefined && isDecided) return landed(pushing, { quickbooksId, intuitTid: undefined });
  await underFence(pushing, async (client, held, events) => {
    const shown = [...found, ...doubtful];
    if (shown.length === 0) return settle(pushing, { client, events }, notLanded(held));
    const { id, connectionId, organizationId } = pushing.change;
    await saveChange(client, events, organizationId, {
      ...{ id, connectionId, ...later(pushing, held, undefined), status: "UNKNOWN", errorCode: ambiguous },
      errorMessage: `QuickBooks has, or had, ${shown.length} records that this may have made (${shown.slice(0, 5).join(", ")}): look there, then send it anew or give it up.`,
    });
    await release(client, pushing.change);
  });
}

async function decideBy(pushing: Pushing, settling: Settling, frozen: FrozenRequest, now: ReadNow): Promise<void> {
  const held = await lockHeld(settling.client, pushing);
  if (isThere(pushing, held, now)) return pushed(pushing, settling, { intuitTid: undefined, now });
  // A record that is gone did not go by this; comparing it finds that.
  if (now === undefined || Number(now["SyncToken"]) === frozen.syncToken) {
    return settle(pushing, settling, notLanded(held));
  }
  // Comparing asks a person.
  await settle(pushing, settling, {
    ...{ ...notLanded(held), errorCode: undecidedCode },
    errorMessage:
      "Whether QuickBooks did this is not known, as the record has changed there since: decide what it shall hold.",
  });
}

/** Whether QuickBooks holds all that was edited. */
function isThere({ plugin }: Pushing, held: LocalChange, now: ReadNow): boolean {
  if (now === undefined) return held.operation === "DELETE";
  return unlike(plugin, held, now).length === 0;
}

/** It may be sent again, as another request. */
function notLanded({ generation, now }: Held): Omit<ChangeUpdate, "id" | "connectionId"> {
  return {
    ...{ status: "PENDING", generation: generation + 1, request: null, firstSentAt: null, lastSentAt: null },
    ...{ nextAttemptAt: now, errorCode: null, errorMessage: null, errorIntuitTid: null },
  };
}
