import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../../access/actor.js";
import { writeAudit } from "../../access/audit.js";
import { againAfterDeadlock } from "../../foundation/database/deadlocks.js";
import { parseExact } from "../../foundation/json.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Edits, LocalChange } from "../local-changes/local-change.js";
import { saveChange } from "../local-changes/rows.js";
import { standingOf } from "../local-changes/unlanded.js";
import { UserProblem } from "../problems.js";
import { LateEvents } from "../store/late-events.js";
import { tellConflict, type ConflictEventKind } from "./conflict.js";
import { compareRecords, sameEdits } from "./detect.js";
import { hold, type Held } from "./held.js";
import { assertOpen } from "./outcome.js";
import type { ConflictServices } from "./services.js";

export interface ReopenRequest {
  readonly actor: Actor;
  readonly conflictId: string;
  readonly note?: string | undefined;
}

export interface IgnoreRequest extends ReopenRequest {
  readonly expectedVersion?: number | undefined;
}

export interface AssignRequest extends ReopenRequest {
  /** null: nobody in particular. */
  readonly memberId: string | null;
}

/** Puts a conflict aside: the edit goes on waiting, and nobody is asked until either side changes again. */
export async function ignoreConflict(services: ConflictServices, request: IgnoreRequest): Promise<void> {
  await change(services, request, "IGNORED", async (client, { conflict }) => {
    assertOpen(conflict, request.expectedVersion);
    await client.query("UPDATE conflicts SET status = 'IGNORED', updated_at = now() WHERE id = $1", [conflict.id]);
    return { action: "conflict.ignore", before: { status: conflict.status } };
  });
}

/** Names who is to decide. */
export async function assignConflict(services: ConflictServices, request: AssignRequest): Promise<void> {
  const { memberId } = request;
  await change(services, request, "ASSIGNED", async (client, { conflict }) => {
    assertOpen(conflict, undefined);
    await assertMember(client, request);
    await client.query("UPDATE conflicts SET assignee_id = $2, updated_at = now() WHERE id = $1", [
      conflict.id,
      memberId,
    ]);
    return { action: "conflict.assign", before: { assigneeId: conflict.assigneeId }, after: { assigneeId: memberId } };
  });
}

const uuid = z.uuid();

async function assertMember(client: PoolClient, { actor, memberId }: AssignRequest): Promise<void> {
  if (memberId === null) return;
  const { rows } = uuid.safeParse(memberId).success
    ? await client.query("SELECT 1 FROM members WHERE id = $1 AND organization_id = $2 AND removed_at IS NULL", [
        memberId,
        actor.organizationId,
      ])
    : { rows: [] };
  if (rows.length === 0)
    throw new UserProblem("NOT_FOUND", "assigneeId", "There is no such member: name one of your organization.");
}

const kept = z.object({
  by: z.enum(["FIELDS", "DISCARD", "RECREATE"]),
  before: z.object({ edits: z.unknown(), baseContent: z.unknown(), errorCode: z.string().nullable().default(null) }),
  after: z.object({ status: z.string(), edits: z.unknown() }),
});

/** Undoes a resolution of which nothing has been sent yet: the edit is as it was before, and compared with what QuickBooks holds now. */
export async function reopenConflict(services: ConflictServices, request: ReopenRequest): Promise<void> {
  const { plugins } = services;
  await change(services, request, "REOPENED", async (client, held, events) => {
    const { conflict, record, plugin } = held;
    const before = await editsBefore(client, plugins, held);
    const { id, connectionId } = held.change;
    const { organizationId } = request.actor;
    await saveChange(client, events, organizationId, { id, connectionId, status: "CONFLICT", ...before });
    const fields = conflict.fields.map(({ choice: _choice, value: _value, ...field }) => field);
    await client.query(
      `UPDATE conflicts SET status = 'OPEN', version = version + 1, fields = $2, resolution = NULL, resolved_by = NULL,
         resolved_at = NULL, updated_at = now() WHERE id = $1`,
      [conflict.id, JSON.stringify(fields)],
    );
    await compareRecords(client, { streams: events }, record, plugin, [record.id]);
    return { action: "conflict.reopen", before: { resolution: conflict.resolution, resolvedBy: conflict.resolvedBy } };
  });
}

/** Throws UserProblem where it is too late: what was decided is on its way, or has been built upon. */
async function editsBefore(
  client: PoolClient,
  plugins: readonly EntityPlugin[],
  { conflict, change: edit, plugin }: Held,
): Promise<Pick<LocalChange, "edits" | "baseContent" | "errorCode">> {
  if (conflict.status !== "RESOLVED" || conflict.resolution === null) {
    throw new UserProblem("INVALID", "conflictId", "Only a resolved conflict can be reopened.");
  }
  if (!(await isOfPresentLife(client, edit))) tooLate("the company was begun anew in QuickBooks since");
  const { by, before, after } = kept.parse(parseExact(conflict.resolution));
  if (by === "RECREATE") tooLate("the record was created anew: cancel that, or edit it");
  if (edit.status !== after.status || edit.request !== null) tooLate("the edit has been sent, or settled otherwise");
  if (edit.status === "PENDING" && !sameEdits(edit.edits, asEdits(after.edits)))
    tooLate("it has been edited again since");
  const { rows } = await client.query("SELECT 1 FROM local_changes WHERE record_id = $1 AND number > $2 LIMIT 1", [
    edit.recordId,
    edit.number,
  ]);
  if (rows.length > 0) tooLate("the record has been edited again since");
  const standing = await standingOf(client, plugins, plugin, asEdits(before.edits));
  if (standing.problems.length > 0) tooLate("a new record that the edit named was given up since");
  return {
    edits: standing.edits,
    errorCode: before.errorCode,
    baseContent: z
      .record(z.string(), z.unknown())
      .nullable()
      .parse(before.baseContent ?? null),
  };
}

async function isOfPresentLife(client: PoolClient, { connectionId, epoch }: LocalChange): Promise<boolean> {
  const { rows } = await client.query("SELECT 1 FROM connections WHERE id = $1 AND epoch = $2", [connectionId, epoch]);
  return rows.length > 0;
}

function tooLate(why: string): never {
  throw new UserProblem("ALREADY_FINISHED", "conflictId", `It is too late to decide anew: ${why}.`);
}

const edits = z.record(z.string(), z.object({ base: z.unknown(), value: z.unknown() }));
const asEdits = (value: unknown): Edits =>
  Object.fromEntries(
    Object.entries(edits.parse(value)).map(([path, { base, value: wanted }]) => [
      path,
      { base: base ?? null, value: wanted ?? null },
    ]),
  );

interface Done {
  readonly action: string;
  readonly before?: object;
  readonly after?: object;
}

/** One change of a conflict: with its note, audited and told in one transaction. */
async function change(
  { database, plugins, streams }: ConflictServices,
  request: ReopenRequest,
  kind: ConflictEventKind,
  work: (client: PoolClient, held: Held, events: LateEvents) => Promise<Done>,
): Promise<void> {
  const { actor, note } = request;
  const attempt = async (client: PoolClient): Promise<void> => {
    const held = await hold(client, plugins, request);
    const events = new LateEvents(streams);
    const { organizationId } = actor;
    await tellConflict({ client, streams: events, organizationId }, kind, held.conflict);
    const { action, before, after } = await work(client, held, events);
    if (note !== undefined)
      await client.query("UPDATE conflicts SET note = $2 WHERE id = $1", [held.conflict.id, note]);
    await writeAudit(client, {
      organizationId,
      actor,
      action,
      subjectType: "Conflict",
      subjectId: held.conflict.id,
      before,
      after: { ...after, ...(note !== undefined && { note }) },
    });
    await events.tell(client);
  };
  await againAfterDeadlock(() => database.transaction(attempt));
}
