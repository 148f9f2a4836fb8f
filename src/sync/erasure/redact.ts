import type { PoolClient } from "pg";
import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import { type EntityPlugin, InvalidRecord } from "../../plugins/plugin.js";
import { tellChanges } from "../store/change-feed.js";
import { rawColumn, storedColumns } from "../store/columns.js";
import { contentHash } from "../store/content.js";
import { type Erased, withoutErased } from "./erased.js";
import { currentRow, type Person, personValues, tellsOf, versionRow } from "./places.js";

/** What is rewritten, and of whom it then tells nothing. */
export interface Redaction {
  readonly person: Person;
  /** Whose rows they are: the person's own, or those of an entity that refers to it. */
  readonly plugin: EntityPlugin;
  readonly erased: Erased;
}

/** Rows that are rewritten at once: their payloads stand in memory. */
const batchSize = 200;

const foundRow = z.object({ id: z.string(), raw: z.string(), isOwn: z.boolean() });
type Found = z.infer<typeof foundRow>;
const recordRow = foundRow.extend({ version: z.number(), isGone: z.boolean() });

/**
 * Takes a person out of one batch of mirrored records, in place: what they were and when stays, and what they said of the person was never there.
 * Whoever follows the changes is told to read them again. Gives how many they were.
 */
export async function redactRecords(client: PoolClient, redaction: Redaction): Promise<number> {
  const { person, plugin } = redaction;
  const isTelling = `t.connection_id = $1 AND t.epoch = $2 AND ${areGiven} AND (${tellsOf(person, plugin, currentRow)})`;
  const { rows } = await client.query(
    `SELECT t.id::text, t.raw::text AS raw, t.id = $3::uuid AS "isOwn", t.version,
       t.state IN ('DELETED', 'MERGED') AS "isGone"
     FROM "${plugin.table}" t WHERE ${isTelling} ORDER BY t.quickbooks_id LIMIT ${batchSize} FOR UPDATE`,
    [...personValues(person)],
  );
  const found = z.array(recordRow).parse(rows);
  const columns = [...storedColumns(plugin.fields).map(({ name }) => name), rawColumn.name, "content_hash"];
  await client.query(
    `UPDATE "${plugin.table}" t SET (${columns.map((name) => `"${name}"`).join(", ")}) =
       (SELECT ${columns.map((name) => `p."${name}"`).join(", ")} FROM jsonb_populate_record(t, r.changes) p)
     FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, changes jsonb) WHERE t.id = r.id`,
    [changesOf(redaction, found)],
  );
  await assertFreed(
    client,
    redaction,
    `SELECT 1 FROM "${plugin.table}" t WHERE ${isTelling} AND t.id::text = ANY($5)`,
    found,
  );
  const changes = found
    .filter(({ isGone }) => !isGone)
    .map(({ id: recordId, version }) => ({ recordId, kind: "UPDATED" as const, version }));
  await tellChanges(client, person.connectionId, plugin.name, changes);
  return found.length;
}

/** Not every condition names the person's ids, and PostgreSQL asks for the type of each parameter. */
const areGiven = "$3::uuid IS NOT NULL AND $4::text IS NOT NULL";

/** The same of what records were before. */
export async function redactVersions(client: PoolClient, redaction: Redaction): Promise<number> {
  const { person, plugin } = redaction;
  const isTelling = `t.connection_id = $1 AND t.entity = '${plugin.name}' AND (t.row->>'epoch')::integer = $2
    AND ${areGiven} AND (${tellsOf(person, plugin, versionRow)})`;
  const { rows } = await client.query(
    `SELECT t.id::text, ${versionRow.raw}::text AS raw, t.record_id = $3::uuid AS "isOwn"
     FROM record_versions t WHERE ${isTelling} ORDER BY t.id LIMIT ${batchSize} FOR UPDATE`,
    [...personValues(person)],
  );
  const found = z.array(foundRow).parse(rows);
  await client.query(
    `UPDATE record_versions t SET row = t.row || r.changes
     FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, changes jsonb) WHERE t.id = r.id`,
    [changesOf(redaction, found)],
  );
  await assertFreed(
    client,
    redaction,
    `SELECT 1 FROM record_versions t WHERE ${isTelling} AND t.id::text = ANY($5)`,
    found,
  );
  return found.length;
}

/** A declaration that does not take out what it names would be tried for ever. */
async function assertFreed(
  client: PoolClient,
  { person, plugin }: Redaction,
  stillTelling: string,
  found: readonly Found[],
): Promise<void> {
  if (found.length === 0) return;
  const { rows } = await client.query(stillTelling, [...personValues(person), found.map(({ id }) => id)]);
  if (rows.length > 0) throw new Error(`Records of ${plugin.name} still tell what its plugin calls personal.`);
}

/** Spliced as texts, so that no digit of a payload is lost (I14). */
function changesOf(redaction: Redaction, found: readonly Found[]): string {
  const rows = found.map((each) => `{"id":${JSON.stringify(each.id)},"changes":${changesIn(redaction, each)}}`);
  return `[${rows.join(",")}]`;
}

/** The columns that change with the payload, and that, as JSON. */
function changesIn({ person, plugin, erased }: Redaction, { raw, isOwn }: Found): string {
  const text = withoutErased(raw, plugin, erased, isOwn ? person.quickbooksId : undefined);
  const before = mapped(plugin, raw);
  const after: Readonly<Record<string, unknown>> = { ...plugin.takeIn(parseExact(text)).row };
  const changed = storedColumns(plugin.fields).filter(
    ({ key }) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  const columns = changed.map(({ name, key }) => [name, after[key] ?? null] as const);
  const hash = `\\x${contentHash(parseExact(text), plugin).toString("hex")}`;
  const values = Object.fromEntries([...columns, ["content_hash", hash]]);
  return `${JSON.stringify(values).slice(0, -1)},"${rawColumn.name}":${text}}`;
}

function mapped(plugin: EntityPlugin, raw: string): Readonly<Record<string, unknown>> {
  try {
    return { ...plugin.takeIn(parseExact(raw)).row };
  } catch (error) {
    // What is stored was taken in by an earlier mapping that asked for less; all of it is mapped anew.
    if (error instanceof InvalidRecord) return {};
    throw error;
  }
}
