import type { PoolClient } from "pg";
import { z } from "zod";
import type { Field, FieldMap } from "../../plugins/fields.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values, WriteProblem } from "../../plugins/writes.js";
import type { MirrorOf } from "../store/store.js";
import { isLocalId } from "./local-change.js";

/** A record of the mirror that a value refers to, by our id. */
export class RecordReference {
  constructor(
    readonly entity: string,
    readonly recordId: string,
  ) {}
}

interface Mirror extends MirrorOf {
  readonly client: PoolClient;
  readonly plugins: readonly EntityPlugin[];
  /** Whether what is referred to may have ended: to take it out of a list. */
  readonly isAnyState?: boolean;
}

/** Values whose references are QuickBooks' ids (or local ones), and which of them cannot be. */
export interface Resolved {
  readonly values: Values;
  readonly problems: readonly WriteProblem[];
}

/** Turns references into the ids by which QuickBooks knows the records, which must be active ones of the same company. */
export async function resolveReferences(mirror: Mirror, plugin: EntityPlugin, values: Values): Promise<Resolved> {
  const known = { ...mirror, found: await readTargets(mirror, referencesWithin(Object.values(values))) };
  const resolved: Record<string, unknown> = {};
  const problems: WriteProblem[] = [];
  for (const [path, value] of Object.entries(values)) {
    const child = plugin.children[path];
    if (child === undefined || !Array.isArray(value)) {
      const { values: own, problems: found } = resolveRow(known, plugin.fields, { [path]: value }, "");
      Object.assign(resolved, own);
      problems.push(...found);
      continue;
    }
    const rows: Values[] = [];
    for (const [index, row] of z.array(z.record(z.string(), z.unknown())).parse(value).entries()) {
      const { values: own, problems: found } = resolveRow(known, child.fields, row, `${path}.${String(index)}.`);
      rows.push(own);
      problems.push(...found);
    }
    resolved[path] = rows;
  }
  return { values: resolved, problems };
}

function resolveRow(known: Known, fields: FieldMap, row: Values, prefix: string): Resolved {
  const values: Record<string, unknown> = { ...row };
  const problems: WriteProblem[] = [];
  for (const [key, value] of Object.entries(row)) {
    if (!(value instanceof RecordReference)) continue;
    const found = resolve(known, fields[key], value);
    if (typeof found === "string") problems.push({ path: `${prefix}${key}`, message: found });
    else values[key] = found.quickbooksId;
    const target = fields[key]?.reference?.target;
    if (typeof target === "object") values[target.typeField] = value.entity;
  }
  return { values, problems };
}

const foundRow = z.object({ recordId: z.string(), quickbooksId: z.string(), state: z.string() });
type Target = z.infer<typeof foundRow>;

interface Known extends Mirror {
  /** By our id. */
  readonly found: ReadonlyMap<string, Target>;
}

/** What the reference comes to, or what is wrong with it. */
function resolve(
  { plugins, found, isAnyState = false }: Known,
  field: Field | undefined,
  { entity, recordId }: RecordReference,
): Target | string {
  const target = field?.reference?.target;
  const plugin = plugins.find(({ name }) => name === entity);
  if (target === undefined || plugin === undefined || (typeof target === "string" && target !== entity)) {
    return typeof target === "string" ? `This is no ${target}: give the id of one.` : "No record belongs here.";
  }
  const record = found.get(`${entity} ${recordId}`);
  if (record === undefined)
    return `There is no such ${plugin.label.toLowerCase()} in this company: give the id of one.`;
  if (record.state === "ACTIVE" || isAnyState) return record;
  return `It is ${record.state.toLowerCase()}: choose an active ${plugin.label.toLowerCase()}.`;
}

/** All that stand among these values, however deep. */
function referencesWithin(value: unknown): readonly RecordReference[] {
  if (value instanceof RecordReference) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(referencesWithin);
}

/** The records that are referred to, by entity and our id: one statement of each entity, and a second where some are new here. */
async function readTargets(
  { client, plugins, connectionId, epoch }: Mirror,
  references: readonly RecordReference[],
): Promise<ReadonlyMap<string, Target>> {
  const found = new Map<string, Target>();
  for (const { name, table } of plugins) {
    const named = references.filter(({ entity }) => entity === name).map(({ recordId }) => recordId);
    if (named.length === 0) continue;
    const read = async (ids: readonly string[], lock: string): Promise<readonly Target[]> => {
      const { rows } = await client.query(
        `SELECT id AS "recordId", quickbooks_id AS "quickbooksId", state::text FROM "${table}"
         WHERE id = ANY($1) AND connection_id = $2 AND epoch = $3 ${lock}`,
        [ids, connectionId, epoch],
      );
      return foundRows.parse(rows);
    };
    const seen = await read([...new Set(named)], "");
    // What is not in QuickBooks yet may get its id there at this moment: whoever gives it waits, or has done so.
    const pending = seen.filter(({ quickbooksId }) => isLocalId(quickbooksId)).map(({ recordId }) => recordId);
    const locked = pending.length === 0 ? [] : await read(pending, "ORDER BY quickbooks_id FOR SHARE");
    const settled = seen.filter(({ recordId }) => !pending.includes(recordId));
    for (const target of [...settled, ...locked]) found.set(`${name} ${target.recordId}`, target);
  }
  return found;
}

const foundRows = z.array(foundRow);
