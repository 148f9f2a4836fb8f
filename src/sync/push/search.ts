import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import { activeOrNot, maxPageSize, select, type Condition } from "../../quickbooks/statements.js";
import type { Values } from "../../plugins/writes.js";
import { editableValues } from "../local-changes/values.js";
import type { Pushing } from "./context.js";

/** Clocks of ours and of QuickBooks may differ by so much. */
const marginMs = 5 * 60_000;

const idRow = z.object({ id: z.string() });

/**
 * The records in QuickBooks that a create whose answer was lost may have made: made since it was first sent, known to nobody else, and
 * holding what was asked for; of a name list, by the name alone, which no two records share.
 */
export async function searchCreated(pushing: Pushing): Promise<string[]> {
  const { change, plugin, writes, company, signal } = pushing;
  const since = new Date((change.firstSentAt ?? change.createdAt).getTime() - marginMs);
  const where: Condition[] = [{ property: "MetaData.CreateTime", operator: ">=", value: since }];
  if (plugin.quickbooks.kind === "NAME_LIST") where.push(activeOrNot);
  const wanted = Object.entries(change.edits)
    .filter(([path]) => writes.unique === undefined || path === writes.unique.field)
    .map(([path, { value }]) => [path, value] as const);
  const found: string[] = [];
  for (let startPosition = 1; ; startPosition += maxPageSize) {
    const orderBy = { property: "MetaData.CreateTime", direction: "ASC" } as const;
    const statement = select(plugin.name, { where, orderBy, startPosition, maxResults: maxPageSize });
    const { records } = await company.query(statement, signal);
    for (const record of records) {
      const values = editableValues(plugin, plugin.takeIn(parseExact(record.text())));
      if (record.id !== undefined && holds(wanted, values)) found.push(record.id);
    }
    if (records.length < maxPageSize) return withoutKnown(pushing, found);
  }
}

/** None that was mirrored before the create was first sent, or that another of our creates made. */
async function withoutKnown({ services, change, plugin }: Pushing, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await services.database.pool.query(
    `SELECT t.quickbooks_id AS id FROM "${plugin.table}" t
     WHERE t.connection_id = $1 AND t.epoch = $2 AND t.quickbooks_id = ANY($3) AND (
       least(t.mirrored_at, (SELECT min(v.valid_from) FROM record_versions v WHERE v.record_id = t.id)) < $4
       OR EXISTS (SELECT 1 FROM local_changes o WHERE o.record_id = t.id AND o.operation = 'CREATE'))`,
    [change.connectionId, change.epoch, ids, change.firstSentAt ?? change.createdAt],
  );
  const known = new Set(
    z
      .array(idRow)
      .parse(rows)
      .map(({ id }) => id),
  );
  return ids.filter((id) => !known.has(id));
}

/** QuickBooks adds what nobody gave (a tax code, a due date), so what was given empty says nothing here. */
function holds(wanted: readonly (readonly [string, unknown])[], values: Values): boolean {
  return wanted.every(([path, value]) => isWithin(value, values[path]));
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
