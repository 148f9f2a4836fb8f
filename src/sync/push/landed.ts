import type { PoolClient } from "pg";
import type { Answer } from "../../quickbooks/client.js";
import { isLocalId, type LocalChange } from "../local-changes/local-change.js";
import { readRecord } from "../local-changes/rows.js";
import { landPending } from "../store/pending-records.js";
import { type Pushing, stepDone } from "./context.js";
import { assertLife, auditPush, lockHeld, settle, type Settling, underFence } from "./held.js";
import { payloadIn, readAndStore, type ReadNow } from "./read.js";
import { unlike } from "./stands.js";

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
    await pushed(pushing, { client, events }, { intuitTid, now: undefined });
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
  await readAndStore(pushing, quickbooksId, (settling, now) => pushed(pushing, settling, { intuitTid, now }));
  await stepDone(pushing, "stored");
}

/** The code of a change that QuickBooks took, of which it then held something else than was asked for. */
export const takenOtherwise = "TAKEN_OTHERWISE";

interface Landed {
  readonly intuitTid: string | undefined;
  /** The record as it was read then. */
  readonly now: ReadNow;
}

/**
 * QuickBooks took it: in the transaction that stores what it made of it. It may make less of it than was asked for without a word (of what
 * is applied where nothing is open): the change says so.
 */
export async function pushed(pushing: Pushing, settling: Settling, { intuitTid, now }: Landed): Promise<void> {
  const held = await lockHeld(settling.client, pushing);
  const others = now === undefined ? [] : unlike(pushing.plugin, held, now);
  await auditPush(settling.client, pushing, held, { status: "PUSHED", intuitTid });
  await settle(pushing, settling, {
    ...{ status: "PUSHED", errorIntuitTid: intuitTid ?? null },
    ...(others.length === 0 ? { errorCode: null, errorMessage: null } : otherwise(others)),
  });
  await forgetExcluded(settling.client, pushing.change);
}

/** What was sent may hold more of the record than was edited, and so what the company does without. */
async function forgetExcluded(client: PoolClient, { id, connectionId, entity }: LocalChange): Promise<void> {
  await client.query(
    `UPDATE local_changes SET request = NULL WHERE id = $1
       AND EXISTS (SELECT 1 FROM connections c WHERE c.id = $2 AND c.excluded_fields ? $3)`,
    [id, connectionId, entity],
  );
}

const otherwise = (paths: readonly string[]): { readonly errorCode: string; readonly errorMessage: string } => ({
  errorCode: takenOtherwise,
  errorMessage: `QuickBooks took this edit, but held something else right after it in: ${paths.join(", ")}. Either it does not take such a value, or somebody changed it at once: look at the record.`,
});

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
