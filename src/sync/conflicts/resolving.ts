import type { PoolClient } from "pg";
import { writeAudit } from "../../access/audit.js";
import { againAfterDeadlock } from "../../foundation/database/deadlocks.js";
import type { Edits } from "../local-changes/local-change.js";
import { saveChange } from "../local-changes/rows.js";
import { LateEvents } from "../store/late-events.js";
import { tellConflict, type ConflictWriting } from "./conflict.js";
import { rebased } from "./compare-all.js";
import { compareRecords } from "./detect.js";
import { checkedValues, readGiven, recreate } from "./editing.js";
import { hold, readOwn, type Held } from "./held.js";
import {
  assertOpen,
  givenValues,
  outcomeOf,
  previewOf,
  type Outcome,
  type Resolution,
  type ResolutionPreview,
  type ResolveRequest,
} from "./outcome.js";
import type { ConflictServices } from "./services.js";

export interface ResolveOutcome {
  readonly preview: ResolutionPreview;
  /** The record that was created anew. */
  readonly recreatedId: string | null;
}

/** Undoes what a dry run has done. */
class DryRun extends Error {
  override readonly name = "DryRun";

  constructor(readonly outcome: ResolveOutcome) {
    super("A dry run ends by being rolled back.");
  }
}

/** Decides one conflict. Throws UserProblem: STALE_VERSION, ALREADY_RESOLVED, INVALID, NOT_FOUND; or UserProblems. */
export async function resolveConflict(services: ConflictServices, request: ResolveRequest): Promise<ResolveOutcome> {
  try {
    return await againAfterDeadlock(() =>
      services.database.transaction((client) => resolve(services, client, request)),
    );
  } catch (error) {
    if (error instanceof DryRun) return error.outcome;
    throw error;
  }
}

async function resolve(
  services: ConflictServices,
  client: PoolClient,
  request: ResolveRequest,
): Promise<ResolveOutcome> {
  const { actor, dryRun = false } = request;
  const events = new LateEvents(services.streams);
  const values = givenValues(request);
  const given =
    Object.keys(values).length === 0
      ? undefined
      : await readGiven(services, client, await readOwn(client, request, "FOR SHARE OF c"), { actor, values });
  const held = await hold(client, services.plugins, request);
  assertOpen(held.conflict, request.expectedVersion);
  const outcome = await outcomeOf(held, request, async () =>
    given === undefined ? {} : checkedValues(services, client, held, given),
  );
  const preview = previewOf(held, outcome);
  const writing = { client, streams: events, organizationId: actor.organizationId };
  await settleChange(writing, held, outcome);
  const recreatedId = outcome.by === "RECREATE" ? await recreate(services, client, events, { actor, held }) : null;
  await write(writing, held, { ...outcome, recreatedId }, request);
  if (dryRun) throw new DryRun({ preview, recreatedId: null });
  await events.tell(client);
  return { preview, recreatedId };
}

/** What is left of the edit goes on its way; what was given up for good makes room, as for a new record of its name. */
async function settleChange(
  writing: ConflictWriting,
  held: Held,
  { status, edits, baseContent }: Outcome,
): Promise<void> {
  const { client, streams, organizationId } = writing;
  const { id, connectionId } = held.change;
  const decided = { errorCode: null, errorMessage: null, errorIntuitTid: null };
  await saveChange(client, streams, organizationId, { id, connectionId, status, edits, baseContent, ...decided });
  await rebaseBehind(writing, held, status === "CANCELLED" ? {} : edits);
}

async function write(
  writing: ConflictWriting,
  { conflict, change, plugin, record }: Held,
  outcome: Outcome & { readonly recreatedId: string | null },
  { actor, note }: ResolveRequest,
): Promise<void> {
  const { client, streams, organizationId } = writing;
  const { status, edits, by, fields, recreatedId } = outcome;
  const resolution: Resolution = {
    by,
    before: { edits: change.edits, baseContent: change.baseContent, errorCode: change.errorCode },
    after: { status, edits },
    ...(recreatedId !== null && { recreatedId }),
  };
  const kept = conflict.fields.map((field) => ({ ...field, ...fields.find(({ path }) => path === field.path) }));
  const { kind, id, name } = actor;
  await client.query(
    `UPDATE conflicts SET status = 'RESOLVED', fields = $2, resolution = $3, resolved_by = $4, resolved_at = now(), updated_at = now(),
       note = coalesce($5, note) WHERE id = $1`,
    [conflict.id, JSON.stringify(kept), JSON.stringify(resolution), JSON.stringify({ kind, id, name }), note ?? null],
  );
  await writeAudit(client, {
    organizationId,
    actor,
    action: "conflict.resolve",
    subjectType: "Conflict",
    subjectId: conflict.id,
    before: { edits: change.edits },
    after: { by, status, edits, fields: kept, note, recreatedId: recreatedId ?? undefined },
  });
  await tellConflict(writing, "RESOLVED", conflict);
  await compareRecords(client, { streams }, record, plugin, [record.id]);
}

/** Edits behind this one were made over its values: what is given up of them will not come about. */
async function rebaseBehind(
  { client, streams, organizationId }: ConflictWriting,
  { plugin, change, changes }: Pick<Held, "plugin" | "change" | "changes">,
  left: Edits,
): Promise<void> {
  const givenUp = Object.entries(change.edits)
    .filter(([path]) => !(path in left))
    .map(([path, { base, value }]) => ({ path, base, platform: value }));
  for (const behind of changes.filter(({ number }) => BigInt(number) > BigInt(change.number))) {
    const edits = rebased(plugin, behind.edits, givenUp);
    if (Object.entries(edits).every(([path, edit]) => edit === behind.edits[path])) continue;
    await saveChange(client, streams, organizationId, { id: behind.id, connectionId: behind.connectionId, edits });
  }
}
