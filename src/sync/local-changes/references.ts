import type { PoolClient } from "pg";
import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
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
  const resolved: Record<string, unknown> = {};
  const problems: WriteProblem[] = [];
  for (const [path, value] of Object.entries(values)) {
    const child = plugin.children[path];
    if (child === undefined || !Array.isArray(value)) {
      const { values: own, problems: found } = await resolveRow(mirror, plugin.fields, { [path]: value }, "");
      Object.assign(resolved, own);
      problems.push(...found);
      continue;
    }
    const rows: Values[] = [];
    for (const [index, row] of z.array(z.record(z.string(), z.unknown())).parse(value).entries()) {
      const { values: own, problems: found } = await resolveRow(mirror, child.fields, row, `${path}.${String(index)}.`);
      rows.push(own);
      problems.push(...found);
    }
    resolved[path] = rows;
  }
  return { values: resolved, problems };
}

async function resolveRow(mirror: Mirror, fields: FieldMap, row: Values, prefix: string): Promise<Resolved> {
  const values: Record<string, unknown> = { ...row };
  const problems: WriteProblem[] = [];
  for (const [key, value] of Object.entries(row)) {
    if (!(value instanceof RecordReference)) continue;
    const found = await resolve(mirror, fields[key], value);
    if (typeof found === "string") problems.push({ path: `${prefix}${key}`, message: found });
    else values[key] = found.quickbooksId;
    const target = fields[key]?.reference?.target;
    if (typeof target === "object") values[target.typeField] = value.entity;
  }
  return { values, problems };
}

const foundRow = z.object({ quickbooksId: z.string(), state: z.string() });

/** What the reference comes to, or what is wrong with it. */
async function resolve(
  { client, plugins, connectionId, epoch, isAnyState = false }: Mirror,
  field: Field | undefined,
  { entity, recordId }: RecordReference,
): Promise<z.infer<typeof foundRow> | string> {
  const target = field?.reference?.target;
  const plugin = plugins.find(({ name }) => name === entity);
  if (target === undefined || plugin === undefined || (typeof target === "string" && target !== entity)) {
    return typeof target === "string" ? `This is no ${target}: give the id of one.` : "No record belongs here.";
  }
  const read = async (lock: string): Promise<z.infer<typeof foundRow> | undefined> => {
    const { rows } = await client.query(
      `SELECT quickbooks_id AS "quickbooksId", state::text FROM "${plugin.table}"
       WHERE id = $1 AND connection_id = $2 AND epoch = $3 ${lock}`,
      [recordId, connectionId, epoch],
    );
    return foundRow.optional().parse(rows[0]);
  };
  const seen = await read("");
  // What is not in QuickBooks yet may get its id there at this moment: whoever gives it waits, or has done so.
  const found = seen !== undefined && isLocalId(seen.quickbooksId) ? await read("FOR SHARE") : seen;
  if (found === undefined) return `There is no such ${plugin.label.toLowerCase()} in this company: give the id of one.`;
  if (found.state === "ACTIVE" || isAnyState) return found;
  return `It is ${found.state.toLowerCase()}: choose an active ${plugin.label.toLowerCase()}.`;
}

/** Looks up what values refer to. */
export type Referenced = (entity: string, quickbooksId: string) => Values | undefined;

/** How far references are followed: from what is settled to whose it is, and up through all above that one. */
const mostSteps = 7;

/** Reads all records that these values refer to, and those that they cannot be without, as they are mapped, with their states. */
export async function readReferenced(mirror: Mirror, plugin: EntityPlugin, values: Values): Promise<Referenced> {
  const found = new Map<string, Values | undefined>();
  let named = referencesIn(plugin, values);
  for (let step = 0; step < mostSteps; step++) {
    const next: Named[] = [];
    for (const referred of mirror.plugins) {
      const asked = named.filter(({ entity, id }) => entity === referred.name && !found.has(`${entity} ${id}`));
      const ids = [...new Set(asked.map(({ id }) => id))];
      if (ids.length === 0) continue;
      for (const id of ids) found.set(`${referred.name} ${id}`, undefined);
      for (const { id, row } of await readRows(mirror, referred, ids)) {
        found.set(`${referred.name} ${id}`, row);
        next.push(...referencesOf(hardFields(referred.fields), row));
      }
    }
    named = next;
  }
  return (entity, quickbooksId) => found.get(`${entity} ${quickbooksId}`);
}

async function readRows(
  { client, connectionId, epoch }: Mirror,
  { table, takeIn }: EntityPlugin,
  ids: readonly string[],
): Promise<readonly { readonly id: string; readonly row: Values }[]> {
  const { rows } = await client.query(
    `SELECT quickbooks_id AS id, state::text, raw::text FROM "${table}"
     WHERE connection_id = $1 AND epoch = $2 AND quickbooks_id = ANY($3)`,
    [connectionId, epoch, ids],
  );
  return referredRows.parse(rows).map(({ id, state, raw }) => ({ id, row: { ...takeIn(parseExact(raw)).row, state } }));
}

const hardFields = (fields: FieldMap): FieldMap =>
  Object.fromEntries(Object.entries(fields).filter(([, { reference }]) => reference?.strength === "hard"));

const referredRows = z.array(z.object({ id: z.string(), state: z.string(), raw: z.string() }));

interface Named {
  readonly entity: string;
  readonly id: string;
}

function referencesIn({ fields, children }: EntityPlugin, values: Values): readonly Named[] {
  const lists = Object.entries(children).flatMap(([path, child]) => {
    const rows = z.array(z.record(z.string(), z.unknown())).safeParse(values[path]).data ?? [];
    return rows.flatMap((row) => referencesOf(child.fields, row));
  });
  return [...referencesOf(fields, values), ...lists];
}

function referencesOf(fields: FieldMap, row: Values): readonly Named[] {
  return Object.entries(row).flatMap(([key, id]) => {
    const target = fields[key]?.reference?.target;
    const entity = typeof target === "object" ? row[target.typeField] : target;
    return typeof id === "string" && typeof entity === "string" ? [{ entity, id }] : [];
  });
}
