import type { PoolClient } from "pg";
import type { EventSink } from "../../foundation/streams.js";
import type { Payload, Values } from "../../plugins/writes.js";
import { RetryLater } from "../../quickbooks/errors.js";
import { type FrozenRequest, isLocalId, type LocalChange, localIdInJson } from "../local-changes/local-change.js";
import { type MirroredRecord, readRecord, saveChange } from "../local-changes/rows.js";
import { release } from "./claim.js";
import { type Pushing, stepDone } from "./context.js";
import { type Held, underFence } from "./held.js";
import { readAndStore } from "./read.js";

const mostReads = 3;

/**
 * Reads the record by id and freezes what is to be sent, built on what was read (I8). undefined where there is nothing to send any
 * more: reading showed a conflict, or that QuickBooks holds it already, or somebody gave the change up meanwhile.
 */
export async function freeze(pushing: Pushing): Promise<FrozenRequest | undefined> {
  const { change, plugin, services } = pushing;
  for (let reads = 0; reads < mostReads; reads++) {
    const record = await readRecord(services.database.pool, plugin, change.recordId);
    const isNew = change.operation === "CREATE";
    if (record === undefined || (isLocalId(record.quickbooksId) && !isNew)) {
      throw new RetryLater(`QuickBooks does not have the ${plugin.label.toLowerCase()} yet. It is tried again later.`);
    }
    const current = isNew ? undefined : await readAndStore(pushing, record.quickbooksId);
    await stepDone(pushing, "read");
    const frozen = await underFence(pushing, (client, held, events) =>
      freezeOn(pushing, { client, held, events }, current, isNew),
    );
    if (frozen !== "CHANGED") return frozen;
  }
  throw new RetryLater(
    `The ${plugin.label.toLowerCase()} changes faster than it can be read. It is tried again later.`,
  );
}

interface Locked {
  readonly client: PoolClient;
  readonly held: Held;
  readonly events: EventSink;
}

async function freezeOn(
  { services, change, plugin, writes }: Pushing,
  { client, held, events }: Locked,
  current: Payload | undefined,
  isNew: boolean,
): Promise<FrozenRequest | "CHANGED" | undefined> {
  const record = await readRecord(client, plugin, change.recordId, { lock: true });
  const isGone = !isNew && current === undefined;
  if (held.status !== "PENDING" || isGone || record === undefined || !(await isInLife(client, held))) {
    await release(client, change);
    return undefined;
  }
  if (current !== undefined && tokenOf(current) !== record.syncToken) return "CHANGED";
  const values = valuesOf(held);
  if (new RegExp(localIdInJson).test(JSON.stringify(values))) {
    await release(client, change);
    return undefined;
  }
  const { parameters, body } = writes.request({ operation: held.operation, values, current });
  const request = frozenRequest(held, { parameters, body: addressed(body, record, current) }, record.syncToken);
  const { id, connectionId } = change;
  await saveChange(client, events, change.organizationId, {
    ...{ id, connectionId, status: "PUSHING", request, firstSentAt: held.now, lastSentAt: held.now },
    ...{ errorCode: null, errorMessage: null, errorIntuitTid: null },
  });
  services.log.debug({ localChangeId: id, requestId: request.requestId }, "A local change is sent.");
  return request;
}

/** Ids of records that QuickBooks has, and of this life of the company: nothing else may be sent. */
async function isInLife(client: PoolClient, { connectionId, epoch }: LocalChange): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM connections WHERE id = $1 AND epoch = $2 AND status = 'CONNECTED'",
    [connectionId, epoch],
  );
  return rows.length > 0;
}

/** What is edited of the record itself: an end or a restoration says all by its operation. */
function valuesOf({ operation, edits }: LocalChange): Values {
  if (operation !== "CREATE" && operation !== "UPDATE") return {};
  return Object.fromEntries(Object.entries(edits).map(([path, { value }]) => [path, value]));
}

const tokenOf = (payload: Payload): number => Number(payload["SyncToken"]);

const addressed = (body: Payload, { quickbooksId }: MirroredRecord, current: Payload | undefined): Payload =>
  current === undefined ? body : { ...body, Id: quickbooksId, SyncToken: current["SyncToken"] };

function frozenRequest(
  { id, generation, operation }: LocalChange,
  { parameters, body }: { readonly parameters: Readonly<Record<string, string>>; readonly body: Payload },
  syncToken: number | null,
): FrozenRequest {
  return {
    requestId: `${id.replaceAll("-", "")}-${generation}`,
    parameters,
    body: JSON.stringify(body),
    syncToken: operation === "CREATE" ? null : syncToken,
  };
}
