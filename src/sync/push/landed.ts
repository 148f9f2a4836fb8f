import type { Answer } from "../../quickbooks/client.js";
import { isLocalId } from "../local-changes/local-change.js";
import { readRecord } from "../local-changes/rows.js";
import { landPending } from "../store/pending-records.js";
import { type Pushing, stepDone } from "./context.js";
import { assertLife, auditPush, lockHeld, settle, type Settling, underFence } from "./held.js";
import { payloadIn, readAndStore } from "./read.js";

/** What shows that a write took effect. */
export interface Evidence {
  readonly quickbooksId: string;
  readonly intuitTid: string | undefined;
}

/** QuickBooks answered, perhaps with an answer it had given before: it landed, and what is there now is read by id (I8). */
export async function answered(pushing: Pushing, answer: Answer): Promise<void> {
  const { change, plugin, services } = pushing;
  const { intuitTid } = answer;
  const quickbooksId = String(payloadIn(answer)["Id"]);
  if (change.operation !== "DELETE") return landed(pushing, { quickbooksId, intuitTid });
  await services.store.remove(change, plugin, [quickbooksId], async (client, _, events) => {
    await assertLife(client, change);
    await pushed(pushing, { client, events }, intuitTid);
  });
}

/**
 * A record that was created gets its id first, so that it is one record from then on, whoever reads it next. A death between the two
 * finds it landed: the same request gives the same answer.
 */
export async function landed(pushing: Pushing, { quickbooksId, intuitTid }: Evidence): Promise<void> {
  const { change } = pushing;
  if (change.operation === "CREATE") await land(pushing, quickbooksId);
  await stepDone(pushing, "landed");
  await readAndStore(pushing, quickbooksId, (settling) => pushed(pushing, settling, intuitTid));
  await stepDone(pushing, "stored");
}

/** QuickBooks holds it: in the transaction that stores what it made of it. */
export async function pushed(pushing: Pushing, settling: Settling, intuitTid: string | undefined): Promise<void> {
  const held = await lockHeld(settling.client, pushing);
  await auditPush(settling.client, pushing, held, { status: "PUSHED", intuitTid });
  await settle(pushing, settling, {
    ...{ status: "PUSHED", errorCode: null, errorMessage: null, errorIntuitTid: intuitTid ?? null },
  });
}

function land(pushing: Pushing, quickbooksId: string): Promise<void> {
  const { change, plugin, services } = pushing;
  return underFence(pushing, async (client) => {
    await landPending(client, change, plugin, change.recordId, quickbooksId, services.plugins);
    await assertLife(client, change);
  });
}

/** The id that QuickBooks gave a record, where we have heard of it. */
export async function idInQuickBooks({ services, change, plugin }: Pushing): Promise<string | undefined> {
  const record = await readRecord(services.database.pool, plugin, change.recordId);
  return record === undefined || isLocalId(record.quickbooksId) ? undefined : record.quickbooksId;
}
