import { z } from "zod";
import { parseExact } from "../../../src/foundation/json.js";
import type { Values } from "../../../src/plugins/writes.js";
import type { LocalChange } from "../../../src/sync/local-changes/local-change.js";
import { takenOtherwise } from "../../../src/sync/push/landed.js";
import { editableValues, sameValue } from "../../../src/sync/local-changes/values.js";
import { localChanges } from "../deciders.js";
import type { KeptEdit } from "../ledger.js";
import { pluginOf } from "../mirrored.js";
import { effectsOf } from "../settle-edits.js";
import { plugins } from "../process.js";
import type { World } from "../world.js";

/** All that is known of edits once everything has come to rest. */
export interface Known {
  readonly world: World;
  readonly changes: readonly LocalChange[];
  /** By local change: what people and policies decided of it, and the paths that it was about (all, if none). */
  readonly decisions: ReadonlyMap<string, readonly Decision[]>;
  readonly ids: ReadonlyMap<string, string>;
  /** Local changes that were refused, and that somebody had sent anew. */
  readonly retried: ReadonlySet<string>;
}

interface Decision {
  readonly action: string;
  readonly paths: readonly string[];
}

const auditRow = z.object({ action: z.string(), id: z.string(), paths: z.array(z.string()) });

/** The ids that QuickBooks gave to what was made here, by the one it had before. */
async function readIds({ database }: World): Promise<ReadonlyMap<string, string>> {
  const tables = plugins.map(({ table }) => `SELECT 'local:' || id AS local, quickbooks_id AS id FROM "${table}"`);
  const { rows } = await database.pool.query<{ local: string; id: string }>(tables.join(" UNION ALL "));
  return new Map(rows.map(({ local, id }) => [local, id]));
}

export async function knownOf(world: World): Promise<Known> {
  const { rows } = await world.database.pool.query(
    `SELECT a.action, coalesce(x.local_change_id, a.subject_id::uuid) AS id, coalesce((
       SELECT array_agg(f ->> 'path') FROM jsonb_array_elements(coalesce(a.after -> 'decided', a.after -> 'fields')) f), '{}') AS paths
     FROM audit_entries a LEFT JOIN conflicts x ON a.subject_type = 'Conflict' AND x.id = a.subject_id::uuid
     WHERE a.action IN ('localChange.cancel', 'conflict.decideByPolicy', 'conflict.resolve') ORDER BY a.at`,
  );
  const decisions = new Map<string, Decision[]>();
  for (const { id, ...decision } of z.array(auditRow).parse(rows)) {
    decisions.set(id, [...(decisions.get(id) ?? []), decision]);
  }
  const [changes, ids, retried] = [await localChanges(world), await readIds(world), await readRetried(world)];
  return { world, changes, decisions, ids, retried };
}

async function readRetried({ database }: World): Promise<ReadonlySet<string>> {
  const { rows } = await database.pool.query<{ id: string }>(
    "SELECT subject_id AS id FROM audit_entries WHERE action = 'localChange.retry'",
  );
  return new Set(rows.map(({ id }) => id));
}

export const named = ({ operation, entity, id, status, errorCode }: LocalChange): string =>
  `${operation} ${entity} ${id} (${[status, errorCode].filter((each) => each !== null).join(" ")})`;

/**
 * No edit is doubled, none is lost: each has come to the one end that its status tells. Where neither the token nor the content told
 * whether it had landed, it became a conflict: who decided that may have sent it again, or given it up though it was done.
 */
export function wrongEnds(known: Known): string[] {
  return known.changes.flatMap((change) => {
    const problem = wrongEnd(known, change, effectsOf(known.world, change));
    return problem === undefined ? [] : [`${named(change)} ${problem}`];
  });
}

function wrongEnd(known: Known, change: LocalChange, effects: ReturnType<typeof effectsOf>): string | undefined {
  const { status, operation, errorCode } = change;
  const decided = known.decisions.get(change.id) ?? [];
  const asked = decided.filter(({ action }) => action !== "localChange.cancel").length;
  if (effects.length > 1 + asked)
    return `was done ${effects.length} times: ${effects.map(({ requestId }) => requestId).join(", ")}`;
  if (status === "PUSHED") {
    if (operation === "CREATE" && effects.length === 0) return "was never made";
    if (errorCode !== takenOtherwise && !hasStood(known, change))
      return `never stood in QuickBooks: ${JSON.stringify(change.edits)}`;
    return undefined;
  }
  if (status === "REJECTED" && errorCode === "COMPANY_RESET") return undefined;
  if (status !== "CANCELLED") return "was never settled";
  if (decided.length === 0) return "was given up by nobody";
  // Who cancels what nobody can tell takes the risk.
  return effects.length > 0 && asked === 0 && errorCode !== "AMBIGUOUS" ? "was given up, and yet done" : undefined;
}

/**
 * Whether a record looked as a change wants it to: before something was done to it, after it, or now, when what came late shows too, and
 * what was done to another record (the void of what a payment was applied to).
 */
function hasStood(
  { world: { company, books }, ids }: Known,
  { entity, recordId, operation, edits }: LocalChange,
): boolean {
  // A reset deletes all there is.
  if (operation === "DELETE" && company.resetAt !== undefined) return true;
  const entries = books.filter((entry) => entry.entity === entity);
  const now = [...entries.map(({ id }) => id), ids.get(`local:${recordId}`) ?? ""].map((id) =>
    company.record(entity, id),
  );
  const texts = [...entries.flatMap(({ before, after }) => [before, after]), ...now.map((record) => record?.text)];
  return texts.some((text) => {
    const held = valuesIn(entity, text);
    return Object.entries(edits).every(([path, { value }]) => sameValue(pluginOf(entity), path, value, held[path]));
  });
}

export function valuesIn(entity: string, text: string | undefined): Values {
  if (text === undefined) return { state: "DELETED" };
  const plugin = pluginOf(entity);
  const taken = plugin.takeIn(parseExact(text));
  return { ...editableValues(plugin, taken), state: taken.state };
}

/** What was folded into a change is in it, unless somebody overwrote it, gave it up, or QuickBooks had it already. */
export function lostInFolding({ world, changes, decisions, ids }: Known): string[] {
  const { edits } = world.ledger;
  return edits.flatMap((kept, at) => {
    const change = changes.find(({ id }) => id === kept.localChangeId);
    if (change === undefined) return [`the local change ${kept.localChangeId} is gone`];
    const later = edits.slice(at + 1).filter(({ recordId }) => recordId === kept.recordId);
    return kept.fields.flatMap(({ path, after: entered }) => {
      const after = landed(ids, entered);
      const isIn = sameValue(pluginOf(kept.entity), path, after, change.edits[path]?.value);
      const isOver = later.some(
        ({ given, fields, operation }) =>
          operation === "DELETE" || given.includes(path) || fields.some((each) => each.path === path),
      );
      const isDecided = (decisions.get(change.id) ?? []).some(
        ({ paths }) => paths.length === 0 || paths.includes(path),
      );
      if (isIn || isOver || isDecided || stood(world, kept, path, after)) return [];
      return [`${named(change)} has lost ${path}: ${JSON.stringify(after)}`];
    });
  });
}

/** A value as it is once all that it names is in QuickBooks. */
function landed(ids: ReadonlyMap<string, string>, value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(/local:[0-9a-f-]{36}/g, (local) => ids.get(local) ?? local);
  return parseExact(text);
}

function stood({ books }: World, { entity }: KeptEdit, path: string, value: unknown): boolean {
  return books.some(
    (entry) =>
      entry.entity === entity &&
      [entry.before, entry.after].some((text) =>
        sameValue(pluginOf(entity), path, value, valuesIn(entity, text)[path]),
      ),
  );
}

/** The bytes under a requestid never change; what QuickBooks refused for that reason was seen by it. */
export function changedRequests({ sent, simulator }: World): string[] {
  return [
    ...[...sent].filter(([, bodies]) => bodies.size > 1).map(([id]) => `request ${id} was sent with different bodies`),
    ...simulator.writes
      .filter(({ code }) => code === "600")
      .map(({ requestId }) => `request ${requestId} had been another one`),
  ];
}

/** A record's changes were sent in the order in which they were entered, but for what QuickBooks refused at its turn. */
export function outOfOrder({ world, changes, retried }: Known): string[] {
  const last = new Map<string, number>();
  return changes.flatMap((change) => {
    const sequence = effectsOf(world, change)[0]?.sequence;
    if (sequence === undefined || retried.has(change.id)) return [];
    const before = last.get(change.recordId) ?? 0;
    last.set(change.recordId, sequence);
    return before < sequence ? [] : [`${named(change)} was done before one that was entered earlier`];
  });
}
