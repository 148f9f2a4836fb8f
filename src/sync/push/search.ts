import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import { activeOrNot, maxPageSize, select, type Condition } from "../../quickbooks/statements.js";
import type { EntityWrites, Values } from "../../plugins/writes.js";
import { localChangeRow, type Edits } from "../local-changes/local-change.js";
import { editableValues } from "../local-changes/values.js";
import { goneRecords } from "./gone.js";
import type { Pushing } from "./context.js";

/** Clocks of ours and of QuickBooks may differ by so much. */
const marginMs = 5 * 60_000;

const idRow = z.object({ id: z.string() });

/** What a create whose answer was lost may have made. */
export interface Created {
  readonly ids: readonly string[];
  /**
   * Records that it may have made too, and that hold something else: by the name alone, or because somebody has changed them since, or
   * merged what they refer to, which moves them without a trace; or that are gone, by a removal or a merge.
   */
  readonly doubtful: readonly string[];
  /** Other creates, no more certain, that may have made one of these; alike, if they asked for the very same. */
  readonly rivals: readonly { readonly isAlike: boolean; readonly isDone: boolean }[];
}

interface Candidate {
  readonly id: string;
  readonly values: Values;
  readonly likeness: "EXACT" | "DOUBTFUL" | "MOVED";
}

/**
 * The records in QuickBooks that a create whose answer was lost may have made: made since it was first sent, known to nobody else, and
 * holding all that was asked for. Whoever holds less of it, and bears the name or was changed since it was made, is somebody else's
 * or ours: only a person can tell.
 */
export async function searchCreated(pushing: Pushing): Promise<Created> {
  const { change, plugin, writes, company, signal } = pushing;
  const since = new Date((change.firstSentAt ?? change.createdAt).getTime() - marginMs);
  const where: Condition[] = [{ property: "MetaData.CreateTime", operator: ">=", value: since }];
  if (plugin.quickbooks.kind === "NAME_LIST") where.push(activeOrNot);
  const found: Candidate[] = [];
  for (let startPosition = 1; ; startPosition += maxPageSize) {
    const orderBy = { property: "MetaData.CreateTime", direction: "ASC" } as const;
    const statement = select(plugin.name, { where, orderBy, startPosition, maxResults: maxPageSize });
    const { records } = await company.query(statement, signal);
    for (const { id, text } of records.map((record) => ({ id: record.id, text: record.text() }))) {
      const values = editableValues(plugin, plugin.takeIn(parseExact(text)));
      const likeness = likenessOf(pushing, values, text);
      if (id !== undefined && likeness !== undefined) found.push({ id, values, likeness });
    }
    if (records.length < maxPageSize) break;
  }
  // Whoever lands between the two questions is no rival any more, but its record is known.
  const others = await onTheirWay(pushing);
  const known = await knownAmong(
    pushing,
    found.map(({ id }) => id),
  );
  const unknown = found.filter(({ id }) => !known.has(id));
  const candidates = unknown.filter(({ likeness }) => likeness === "EXACT");
  const isAsked = ({ values }: Candidate): boolean => others.some(({ edits }) => mayHaveMade(writes, edits, values));
  const isDoubtful = (found: Candidate): boolean =>
    found.likeness === "DOUBTFUL" || (found.likeness === "MOVED" && !isAsked(found));
  const doubtful = unknown.filter(isDoubtful).map(({ id }) => id);
  const rivals = others.filter(({ edits }) => candidates.some(({ values }) => mayHaveMade(writes, edits, values)));
  const gone = candidates.length > 0 ? [] : await goneSince(pushing, since);
  return { ids: candidates.map(({ id }) => id), doubtful: [...doubtful, ...gone], rivals };
}

/** What is gone now may be what it made, unless it was known before, or was mirrored as something else. */
async function goneSince(pushing: Pushing, since: Date): Promise<readonly string[]> {
  const gone = await goneRecords(pushing, since);
  const known = await knownAmong(
    pushing,
    gone.map(({ id }) => id),
  );
  const mayBeIt = (text: string): boolean =>
    likenessOf(pushing, editableValues(pushing.plugin, pushing.plugin.takeIn(parseExact(text))), text) !== undefined;
  return gone.filter(({ id, text }) => !known.has(id) && (text === null || mayBeIt(text))).map(({ id }) => id);
}

function likenessOf(
  { change, plugin, writes }: Pushing,
  values: Values,
  text: string,
): Candidate["likeness"] | undefined {
  const { edits } = change;
  if (mayHaveMade(writes, edits, values)) return "EXACT";
  if (bearsName(writes, edits, values) || hasChanged(text)) return "DOUBTFUL";
  const unmoved = Object.entries(edits).filter(([path]) => plugin.fields[path]?.reference === undefined);
  return mayHaveMade(writes, Object.fromEntries(unmoved), values) ? "MOVED" : undefined;
}

const rivalRow = localChangeRow.pick({ edits: true }).extend({ isAlike: z.boolean(), isDone: z.boolean() });

/** Other creates that were sent, and of which it is not known what came of them. Done: nothing more will be heard of them. */
async function onTheirWay({ services, change }: Pushing): Promise<z.infer<typeof rivalRow>[]> {
  const { windowMs, cutOffMs } = services.pace;
  const { rows } = await services.database.pool.query(
    `SELECT o.edits::text, o.edits = l.edits AS "isAlike",
       clock_timestamp() > o.first_sent_at + $2::float8 * interval '1 millisecond' AS "isDone"
     FROM local_changes l JOIN local_changes o ON o.connection_id = l.connection_id AND o.epoch = l.epoch AND o.entity = l.entity
       AND o.operation = 'CREATE' AND o.status IN ('PUSHING', 'UNKNOWN') AND o.first_sent_at IS NOT NULL AND o.id <> l.id
     WHERE l.id = $1`,
    [change.id, windowMs + cutOffMs],
  );
  return z.array(rivalRow).parse(rows);
}

/** Those that were mirrored before the create was first sent, or that another of our creates made. */
async function knownAmong({ services, change, plugin }: Pushing, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await services.database.pool.query(
    `SELECT t.quickbooks_id AS id FROM "${plugin.table}" t
     WHERE t.connection_id = $1 AND t.epoch = $2 AND t.quickbooks_id = ANY($3) AND (
       least(t.mirrored_at, (SELECT min(v.valid_from) FROM record_versions v WHERE v.record_id = t.id)) < $4
       OR EXISTS (SELECT 1 FROM local_changes o WHERE o.record_id = t.id AND o.operation = 'CREATE'))`,
    [change.connectionId, change.epoch, ids, change.firstSentAt ?? change.createdAt],
  );
  const known = z.array(idRow).parse(rows);
  return new Set(known.map(({ id }) => id));
}

/** QuickBooks adds what nobody gave (a tax code, a due date), so what was given empty says nothing here. */
function mayHaveMade(writes: EntityWrites, edits: Edits, values: Values): boolean {
  const isHeld = Object.entries(edits).every(([path, { value }]) => isWithin(value, values[path]));
  return isHeld && (writes.unique === undefined || bearsName(writes, edits, values));
}

const revision = z.object({ SyncToken: z.coerce.number().nullish() });

/** QuickBooks numbers revisions from 0. */
const hasChanged = (text: string): boolean => (revision.parse(parseExact(text)).SyncToken ?? 0) > 0;

function bearsName({ unique }: EntityWrites, edits: Edits, values: Values): boolean {
  if (unique === undefined) return false;
  const { field, within = field } = unique;
  return [field, within].every((path) => fold(edits[path]?.value ?? "") === fold(values[path] ?? ""));
}

function isWithin(given: unknown, found: unknown): boolean {
  if (given === null || given === undefined || given === "") return true;
  if (Array.isArray(given)) {
    return (
      Array.isArray(found) && given.length === found.length && given.every((each, at) => isWithin(each, found[at]))
    );
  }
  if (typeof given === "object") {
    const others = new Map(Object.entries(found ?? {}));
    return Object.entries(given).every(([key, value]) => isWithin(value, others.get(key)));
  }
  return fold(given) === fold(found);
}

const fold = (value: unknown): string => String(value).trim().toLowerCase();
