import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { isReached, reachParameter } from "../../access/reach.js";
import type { Ids } from "../../foundation/ids.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { supersedeOf } from "../conflicts/conflict.js";
import { compareRecords } from "../conflicts/detect.js";
import { UserProblem } from "../problems.js";
import { cancelPending } from "../store/pending-records.js";
import { auditChange } from "./audit.js";
import { rejectDependents } from "./dependents.js";
import { giveUp, waitingAgain } from "./keep.js";
import { isLocalId, type LocalChange } from "./local-change.js";
import { lockOpenChanges, readRecord, saveChange, type MirroredRecord } from "./rows.js";
import { standingOf } from "./unlanded.js";

interface Settling {
  readonly client: PoolClient;
  readonly streams: EventSink;
  readonly ids: Ids;
  readonly actor: Actor;
  readonly plugins: readonly EntityPlugin[];
}

interface Found {
  readonly plugin: EntityPlugin;
  readonly record: MirroredRecord | undefined;
  /** All open ones of the record. */
  readonly changes: readonly LocalChange[];
  readonly change: LocalChange;
  /** Whether the company has begun another life since. */
  readonly isOfEarlierLife: boolean;
}

/** The code of a change of which QuickBooks shows several records that it may have made. */
const ambiguous = "AMBIGUOUS";

const isInFlight = ({ status, errorCode }: LocalChange): boolean =>
  status === "PUSHING" || (status === "UNKNOWN" && errorCode !== ambiguous);

/** Sends anew what QuickBooks refused, or what a person says has not landed. Throws UserProblem. */
export async function retryChange(settling: Settling, id: string): Promise<void> {
  const { client, streams, actor } = settling;
  const found = await lockChange(settling, id);
  const { change, plugin } = found;
  assertRetriable(found);
  const { edits, problems } = await standingOf(client, settling.plugins, plugin, change.edits);
  if (problems.length > 0) {
    const told = problems.map(({ path, message }) => `${path}: ${message}`).join(" ");
    throw new UserProblem("INVALID", "id", told);
  }
  const { connectionId, epoch, status, errorCode, recordId } = change;
  const again = status === "PENDING" ? { nextAttemptAt: new Date() } : waitingAgain(change);
  await saveChange(client, streams, actor.organizationId, { id, connectionId, edits, ...again });
  await auditChange(client, actor, "localChange.retry", {
    id,
    before: { status, errorCode },
    after: { status: "PENDING" },
  });
  if (status === "REJECTED") await compareRecords(client, { streams }, { connectionId, epoch }, plugin, [recordId]);
}

/** Throws UserProblem where sending it again is out of the question. */
function assertRetriable({ change, changes, isOfEarlierLife }: Found): void {
  if (isOfEarlierLife) {
    const message = "The company was begun anew in QuickBooks, and this record is not in it: enter it anew there.";
    throw new UserProblem("INVALID", "id", message);
  }
  if (isInFlight(change)) throw inFlight();
  if (change.status === "CONFLICT") {
    throw new UserProblem("INVALID", "id", "This edit is held back by a conflict: resolve that, and it is sent.");
  }
  const again = change.status === "REJECTED" ? editedAgain(change, changes) : [];
  if (again.length === 0) return;
  const message = `Edited again since, in another local change: ${again.join(", ")}. That holds: cancel this one, and edit what is left of it anew; or cancel that one first.`;
  throw new UserProblem("INVALID", "id", message);
}

/** The paths of a refused edit that a later one holds: sent now, it would undo that. What follows a create stands on it instead. */
function editedAgain(change: LocalChange, changes: readonly LocalChange[]): readonly string[] {
  if (change.operation === "CREATE") return [];
  const later = changes.filter(({ number }) => BigInt(number) > BigInt(change.number));
  return Object.keys(change.edits).filter((path) => later.some(({ edits }) => path in edits));
}

/** Gives a change up that is not on its way to QuickBooks. A new record is gone with it. Throws UserProblem. */
export async function cancelChange(settling: Settling, id: string): Promise<void> {
  const { client, streams, actor } = settling;
  const { change, plugin, record, changes, isOfEarlierLife } = await lockChange(settling, id);
  if (isInFlight(change)) throw inFlight();
  const { connectionId, epoch } = change;
  const writing = { client, streams, actor, organizationId: actor.organizationId };
  const endsRecord = change.operation === "CREATE" && record !== undefined && isLocalId(record.quickbooksId);
  const givenUp = endsRecord ? changes : [change];
  const mirror = { connectionId, epoch };
  // Before the totals and the feed, as pages and edits lock local changes before these.
  if (endsRecord) await rejectDependents(writing, mirror, plugin, change.recordId);
  await supersedeOf(
    writing,
    givenUp.map((each) => each.id),
  );
  if (endsRecord && !isOfEarlierLife) await cancelPending(client, mirror, plugin, change.recordId);
  for (const each of givenUp) await giveUp(settling, actor.organizationId, each);
  await rebaseBehind(settling, changes, givenUp);
  // What waits behind was compared with the record as this one would have left it.
  if (!endsRecord) await compareRecords(client, { streams }, { connectionId, epoch }, plugin, [change.recordId]);
}

/** What was edited over a value that was given up is now over what that one was edited over. */
async function rebaseBehind(
  { client, streams, actor }: Settling,
  changes: readonly LocalChange[],
  givenUp: readonly LocalChange[],
): Promise<void> {
  for (const behind of changes.filter((change) => !givenUp.includes(change))) {
    const edits = givenUp
      .filter(({ number, status }) => BigInt(number) < BigInt(behind.number) && status !== "REJECTED")
      .reduce((known, { edits: gone }) => rebased(known, gone), behind.edits);
    if (edits === behind.edits) continue;
    const { id, connectionId } = behind;
    await saveChange(client, streams, actor.organizationId, { id, connectionId, edits });
  }
}

function rebased(edits: LocalChange["edits"], gone: LocalChange["edits"]): LocalChange["edits"] {
  const moved = Object.entries(edits).flatMap(([path, edit]) => {
    const before = gone[path];
    const isOver = before !== undefined && JSON.stringify(before.value) === JSON.stringify(edit.base);
    return isOver ? [[path, { ...edit, base: before.base }] as const] : [];
  });
  return moved.length === 0 ? edits : { ...edits, ...Object.fromEntries(moved) };
}

const placeRow = z.object({ entity: z.string(), recordId: z.string(), connectionEpoch: z.number() });

/** Locks the record, and then all its open changes. Throws UserProblem where the change is not the organization's, or has ended. */
async function lockChange({ client, plugins, actor }: Settling, id: string): Promise<Found> {
  const { rows } = await client.query(
    `SELECT l.entity, l.record_id AS "recordId", c.epoch AS "connectionEpoch" FROM local_changes l
     JOIN connections c ON c.id = l.connection_id WHERE l.id = $1 AND ${isReached("c", "$2")} FOR SHARE OF c`,
    [id, reachParameter(actor)],
  );
  const place = placeRow.optional().parse(rows[0]);
  const plugin = plugins.find(({ name }) => name === place?.entity);
  if (place === undefined || plugin === undefined) {
    throw new UserProblem("NOT_FOUND", "id", "Nothing in your organization has this id.");
  }
  const record = await readRecord(client, plugin, place.recordId, { lock: true });
  const changes = await lockOpenChanges(client, [place.recordId]);
  const change = changes.find((each) => each.id === id);
  if (change === undefined) {
    throw new UserProblem("ALREADY_FINISHED", "id", "This edit has ended already: it was pushed, or given up.");
  }
  return { plugin, record, changes, change, isOfEarlierLife: change.epoch !== place.connectionEpoch };
}

const inFlight = (): UserProblem =>
  new UserProblem("IN_FLIGHT", "id", "This edit is being sent to QuickBooks: wait until its fate is known.");
