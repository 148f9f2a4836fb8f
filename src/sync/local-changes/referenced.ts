import type { PoolClient } from "pg";
import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import type { FieldMap } from "../../plugins/fields.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";
import type { MirrorOf } from "../store/store.js";

interface ReadMirror extends MirrorOf {
  readonly client: PoolClient;
  readonly plugins: readonly EntityPlugin[];
}

/** Looks up what values refer to. */
export type Referenced = (entity: string, quickbooksId: string) => Values | undefined;

/** How far references are followed: from what is settled to whose it is, and up through all above that one. */
const mostSteps = 7;

/** Reads all records that these values refer to, and those that they cannot be without, as they are mapped, with their states. */
export async function readReferenced(mirror: ReadMirror, plugin: EntityPlugin, values: Values): Promise<Referenced> {
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
  { client, connectionId, epoch }: ReadMirror,
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

/** A record that a value names, and where. */
interface Named {
  readonly entity: string;
  readonly id: string;
  readonly path: string;
}

/** All records that these values name. */
export function referencesIn({ fields, children }: EntityPlugin, values: Values): readonly Named[] {
  const lists = Object.entries(children).flatMap(([path, child]) => {
    const rows = z.array(z.record(z.string(), z.unknown())).safeParse(values[path]).data ?? [];
    return rows.flatMap((row, index) => referencesOf(child.fields, row, `${path}.${String(index)}.`));
  });
  return [...referencesOf(fields, values), ...lists];
}

function referencesOf(fields: FieldMap, row: Values, prefix = ""): readonly Named[] {
  return Object.entries(row).flatMap(([key, id]) => {
    const target = fields[key]?.reference?.target;
    const entity = typeof target === "object" ? row[target.typeField] : target;
    return typeof id === "string" && typeof entity === "string" ? [{ entity, id, path: `${prefix}${key}` }] : [];
  });
}
