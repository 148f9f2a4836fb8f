import type { PoolClient } from "pg";
import type { Actor } from "../../access/actor.js";
import type { Ids } from "../../foundation/ids.js";
import type { EventSink } from "../../foundation/streams.js";
import { supersedeOf } from "../conflicts/conflict.js";
import { compareRecords } from "../conflicts/detect.js";
import { cancelPending, insertPending, updatePending } from "../store/pending-records.js";
import type { Asked } from "./asked.js";
import { auditChange } from "./audit.js";
import { rejectDependents } from "./dependents.js";
import { isLocalId, type LocalChange } from "./local-change.js";
import type { Plan } from "./plan.js";
import { valuesOf } from "./preview.js";
import { insertChange, saveChange, type ChangeUpdate } from "./rows.js";
import type { Referenced } from "./referenced.js";

interface Keeping {
  readonly client: PoolClient;
  readonly streams: EventSink;
  readonly ids: Ids;
  readonly actor: Actor;
}

/** What was kept; a change that was only given up counts as kept nowhere. */
export interface Kept {
  readonly recordId: string | null;
  readonly localChangeId: string | null;
}

/** Writes what an edit comes to: pending records first, for they stand before local changes in the order of locks. */
export async function keepPlan(keeping: Keeping, asked: Asked, plan: Plan, referenced: Referenced): Promise<Kept> {
  const { client, streams, ids } = keeping;
  const { company, record, plugin } = asked;
  const mirror = { connectionId: company.id, epoch: company.epoch };
  const recordId = record?.id ?? ids.newId();
  const { change, joined, givenUp } = plan;
  const writing = { client, streams, organizationId: company.organizationId, actor: keeping.actor };
  // Before the totals and the feed, as pages and edits lock local changes before these.
  if (plan.endsRecord === true) await rejectDependents(writing, mirror, plugin, recordId);
  await supersedeOf(
    writing,
    givenUp.map(({ id }) => id),
  );
  if (plan.endsRecord === true) {
    await cancelPending(client, mirror, plugin, recordId);
  } else if (change?.operation === "CREATE") {
    const payload = asked.writes.expected(valuesOf(change.edits), { company, referenced });
    if (record === undefined) await insertPending(client, mirror, plugin, recordId, payload);
    else await updatePending(client, mirror, plugin, record, payload);
  }
  for (const each of givenUp) await giveUp(keeping, company.organizationId, each);
  const localChangeId = change === undefined ? (joined?.id ?? null) : await keepChange(keeping, asked, recordId, plan);
  if (record !== undefined && !isLocalId(record.quickbooksId)) {
    await compareRecords(client, { streams }, mirror, plugin, [recordId]);
  }
  return { recordId, localChangeId };
}

/** A change ends, and the audit says who ended it. */
export async function giveUp(
  { client, streams, actor }: Keeping,
  organizationId: string,
  change: LocalChange,
): Promise<void> {
  const { id, connectionId, status, edits } = change;
  await saveChange(client, streams, organizationId, { id, connectionId, status: "CANCELLED" });
  const [before, after] = [{ status, edits }, { status: "CANCELLED" }];
  await auditChange(client, actor, "localChange.cancel", { id, before, after });
}

async function keepChange(
  { client, streams, ids, actor }: Keeping,
  { plugin, company }: Asked,
  recordId: string,
  { change, joined }: Plan,
): Promise<string> {
  if (change === undefined) throw new Error("An edit without a change was to be kept.");
  const { organizationId } = company;
  const { operation, edits, baseContent } = change;
  const requestedBy = { kind: actor.kind, id: actor.id, name: actor.name };
  const id = joined?.id ?? ids.newId();
  const after = { operation, edits };
  if (joined === undefined) {
    const row = { id, connectionId: company.id, epoch: company.epoch, entity: plugin.name, recordId };
    await insertChange(client, streams, organizationId, { ...row, operation, edits, baseContent, requestedBy });
    await auditChange(client, actor, "localChange.create", { id, after });
    return id;
  }
  await saveChange(client, streams, organizationId, {
    ...{ id, connectionId: company.id, edits, requestedBy },
    ...(joined.status === "REJECTED" && waitingAgain(joined)),
  });
  await auditChange(client, actor, "localChange.edit", { id, before: { edits: joined.edits }, after });
  return id;
}

/** What was refused, or whose fate a person decides, waits to be sent again: under another requestid, for it is another request. */
export function waitingAgain({ generation, request }: LocalChange): Omit<ChangeUpdate, "id" | "connectionId"> {
  return {
    status: "PENDING",
    generation: request === null ? generation : generation + 1,
    ...{ request: null, firstSentAt: null, lastSentAt: null },
    nextAttemptAt: new Date(),
    ...{ errorCode: null, errorMessage: null, errorIntuitTid: null },
  };
}
