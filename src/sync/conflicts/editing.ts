import type { PoolClient } from "pg";
import type { Actor } from "../../access/actor.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";
import { placeOfEdit, writablePlugin, type Asked } from "../local-changes/asked.js";
import type { EditRequest } from "../local-changes/edits.js";
import { keepPlan } from "../local-changes/keep.js";
import { planCreate } from "../local-changes/plan.js";
import { UserProblems } from "../problems.js";
import { checkWanted, resolveGiven } from "../local-changes/wanted.js";
import type { Conflict } from "./conflict.js";
import type { Held } from "./held.js";
import type { ConflictServices } from "./services.js";

/** Values given instead of either side's. Their references are resolved, and locked, before the record is. */
export interface GivenValues {
  readonly request: EditRequest;
  readonly known: Pick<Asked, "plugin" | "writes" | "company">;
  readonly given: Awaited<ReturnType<typeof resolveGiven>>;
}

/** Throws UserProblem where the record cannot be edited. */
export async function readGiven(
  { plugins, clock }: ConflictServices,
  client: PoolClient,
  { entity, recordId }: Pick<Conflict, "entity" | "recordId">,
  { actor, values }: { readonly actor: Actor; readonly values: Values },
): Promise<GivenValues> {
  const request = { actor, operation: "UPDATE", entity, recordId, dryRun: false, values } as const;
  const writable = writablePlugin(plugins, request);
  const known = { ...writable, company: await placeOfEdit(client, clock, writable.plugin, request) };
  return { request, known, given: await resolveGiven({ client, plugins }, known, request) };
}

/** The values as they are kept. Throws UserProblems where QuickBooks would refuse them, as for any edit. */
export async function checkedValues(
  { plugins }: ConflictServices,
  client: PoolClient,
  { record, changes }: Held,
  { request, known, given }: GivenValues,
): Promise<Values> {
  const wanted = await checkWanted({ client, plugins }, { ...known, record, changes }, request, given);
  if (wanted.problems.length > 0) throw new UserProblems(wanted.problems);
  return wanted.values;
}

/** Creates a record from what could be edited of one that is gone, with the edit that waited; our id of it. */
export async function recreate(
  { plugins, clock, ids }: ConflictServices,
  client: PoolClient,
  streams: EventSink,
  { actor, held }: { readonly actor: Actor; readonly held: Held },
): Promise<string> {
  const { plugin, change } = held;
  const { connectionId, entity } = change;
  const values = newValues(plugin, held);
  const request = { actor, operation: "CREATE", entity, connectionId, dryRun: false, values } as const;
  const writable = writablePlugin(plugins, request);
  const known = { ...writable, company: await placeOfEdit(client, clock, plugin, request) };
  const given = await resolveGiven({ client, plugins }, known, request);
  const asked = { ...known, record: undefined, changes: [] };
  const wanted = await checkWanted({ client, plugins }, asked, request, given);
  if (wanted.problems.length > 0) throw new UserProblems(wanted.problems);
  const kept = await keepPlan({ client, streams, ids, actor }, asked, planCreate(wanted.values), wanted.referenced);
  if (kept.recordId === null)
    throw new Error(`Nothing came of creating the record of conflict ${held.conflict.id} anew.`);
  return kept.recordId;
}

/** As the record was when the edit was made: voiding has emptied what QuickBooks holds. Rows of a new record have no ids. */
function newValues(plugin: EntityPlugin, { change, now }: Held): Values {
  const edited = Object.entries(change.edits).map(([path, { value }]) => [path, value] as const);
  const all = { ...(change.baseContent ?? now.values), ...Object.fromEntries(edited) };
  const given = Object.entries(all).filter(
    ([path, value]) => (value ?? null) !== null && plugin.fields[path]?.edit?.on !== "UPDATE",
  );
  return Object.fromEntries(given.map(([path, value]) => [path, withoutIds(value, plugin.children[path]?.edit?.id)]));
}

function withoutIds(value: unknown, id: string | undefined): unknown {
  if (id === undefined || !Array.isArray(value)) return value;
  const rows: readonly unknown[] = value;
  return rows.map((row) => (typeof row === "object" && row !== null ? { ...row, [id]: null } : row));
}
