import type { PoolClient } from "pg";
import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { WriteProblem } from "../../plugins/writes.js";
import { UserProblems } from "../problems.js";
import { givenUp } from "./dependents.js";
import { isLocalId, isOpen, localPrefix, type Edits } from "./local-change.js";
import { problemAt } from "./paths.js";
import type { Plan } from "./plan.js";
import { valuesOf } from "./preview.js";
import { referencesIn } from "./referenced.js";

/** Edits as they can be sent, or why they never can. */
export interface Standing {
  readonly edits: Edits;
  readonly problems: readonly WriteProblem[];
}

/**
 * Edits that were kept a while ago may name records which were new here then. One that has landed is named by its QuickBooks id; one that
 * was given up never will be, and an edit that names it would wait for ever. To be called once the change that holds the edits is locked:
 * whoever gives up what it names locks it too.
 */
export async function standingOf(
  client: PoolClient,
  plugins: readonly EntityPlugin[],
  plugin: EntityPlugin,
  edits: Edits,
): Promise<Standing> {
  const bases = Object.fromEntries(Object.entries(edits).map(([path, { base }]) => [path, base]));
  const named = [...referencesIn(plugin, valuesOf(edits)), ...referencesIn(plugin, bases)];
  const landed = new Map<string, string>();
  const problems = new Map<string, WriteProblem>();
  for (const { name, table, label } of plugins) {
    const local = named.filter(({ entity, id }) => entity === name && isLocalId(id));
    if (local.length === 0) continue;
    const known = await readNamed(
      client,
      table,
      local.map(({ id }) => id.slice(localPrefix.length)),
    );
    for (const { id, path } of local) {
      const record = known.get(id);
      if (record !== undefined && !isLocalId(record.quickbooksId)) landed.set(id, record.quickbooksId);
      else if (record?.waits !== true) problems.set(path, { path, message: givenUp(label) });
    }
  }
  return { edits: landed.size === 0 ? edits : renamed(edits, landed), problems: [...problems.values()] };
}

/** What an edit joins may name what has been given up since: nothing of it could be sent. Throws UserProblems. */
export async function assertSendable(
  { client, plugins }: { readonly client: PoolClient; readonly plugins: readonly EntityPlugin[] },
  { plugin }: { readonly plugin: EntityPlugin },
  { change, joined }: Plan,
): Promise<void> {
  if (change === undefined || joined === undefined) return;
  const { problems } = await standingOf(client, plugins, plugin, change.edits);
  if (problems.length > 0) throw new UserProblems(problems.map(problemAt));
}

const namedRow = z.object({ id: z.string(), quickbooksId: z.string(), waits: z.boolean() });

/** By their local ids. */
async function readNamed(
  client: PoolClient,
  table: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, z.infer<typeof namedRow>>> {
  const { rows } = await client.query(
    `SELECT t.id, t.quickbooks_id AS "quickbooksId", EXISTS (SELECT 1 FROM local_changes c
       WHERE c.record_id = t.id AND c.operation = 'CREATE' AND ${isOpen("c")}) AS waits
     FROM "${table}" t WHERE t.id = ANY($1)`,
    [ids],
  );
  const found = z.array(namedRow).parse(rows);
  return new Map(found.map((row) => [`${localPrefix}${row.id}`, row]));
}

const renamed = (edits: Edits, landed: ReadonlyMap<string, string>): Edits =>
  Object.fromEntries(
    Object.entries(edits).map(([path, { base, value }]) => [
      path,
      { base: replaced(base, landed), value: replaced(value, landed) },
    ]),
  );

function replaced(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each: unknown) => replaced(each, ids));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, ids)]));
}
