import type { PoolClient } from "pg";
import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import { type EntityPlugin, InvalidRecord } from "../../plugins/plugin.js";
import { tellChanges } from "../store/change-feed.js";
import { rawColumn, storedColumns } from "../store/columns.js";
import { contentHash } from "../store/content.js";
import { type LeftOut, withoutLeftOut } from "./left-out.js";
import { currentRow, type Person, type RowParts, versionRow } from "./places.js";

/** What is rewritten, and what it then tells nothing of. */
export interface Redaction {
  readonly plugin: EntityPlugin;
  readonly leftOut: LeftOut;
  /** SQL of whether a row `t` still tells of it, with its parameters, of which `$1` is the connection. */
  readonly isTelling: (row: RowParts) => string;
  readonly values: readonly unknown[];
  /** The erased record itself: not every payload of it names its id. */
  readonly own?: Pick<Person, "recordId" | "quickbooksId">;
}

/** Rows that are rewritten at once: their payloads stand in memory. */
const batchSize = 200;

const foundRow = z.object({ id: z.string(), raw: z.string(), recordId: z.string() });
type Found = z.infer<typeof foundRow>;
const recordRow = foundRow.extend({
  version: z.number(),
  isGone: z.boolean(),
  epoch: z.number(),
  quickbooksId: z.string(),
});

/** Takes what is left out from one batch, and gives how many rows that were: none, once nothing is left. */
type Redact = (client: PoolClient) => Promise<number>;

/**
 * In mirrored records, in place: what they were and when stays, and what they said of it was never there. Whoever follows the changes is told to read
 * them again.
 */
export function redactRecords(redaction: Redaction): Redact {
  return inBatches({ epoch: 0, quickbooksId: "" }, async (client, after) => {
    const found = await findRecords(client, redaction, after);
    await rewriteRecords(client, redaction, found);
    return found;
  });
}

/**
 * Each batch goes on behind the one before, so that rows are not looked at again and again; then all are looked at once more, for a batch may have been
 * rolled back.
 */
function inBatches<Place>(
  start: Place,
  redact: (client: PoolClient, after: Place) => Promise<readonly Place[]>,
): Redact {
  let last = start;
  return async (client) => {
    const found = await redact(client, last);
    const again = found.length === 0 && last !== start ? await redact(client, start) : found;
    last = again.at(-1) ?? start;
    return again.length;
  };
}

async function findRecords(
  client: PoolClient,
  { plugin, isTelling, values }: Redaction,
  { epoch, quickbooksId }: { readonly epoch: number; readonly quickbooksId: string },
) {
  const after = `(t.epoch, t.quickbooks_id) > ($${values.length + 1}::integer, $${values.length + 2}::text)`;
  const { rows } = await client.query(
    `SELECT t.id::text, t.raw::text AS raw, t.id::text AS "recordId", t.version, t.state IN ('DELETED', 'MERGED') AS "isGone",
       t.epoch, t.quickbooks_id AS "quickbooksId"
     FROM "${plugin.table}" t WHERE t.connection_id = $1 AND ${after} AND (${isTelling(currentRow)})
     ORDER BY t.epoch, t.quickbooks_id LIMIT ${batchSize} FOR UPDATE`,
    [...values, epoch, quickbooksId],
  );
  return z.array(recordRow).parse(rows);
}

async function rewriteRecords(
  client: PoolClient,
  redaction: Redaction,
  found: readonly z.infer<typeof recordRow>[],
): Promise<void> {
  const { plugin, values } = redaction;
  const columns = [
    ...storedColumns(plugin.fields).map(({ name }) => name),
    rawColumn.name,
    "content_hash",
    "source_hash",
  ];
  await client.query(
    `UPDATE "${plugin.table}" t SET (${columns.map((name) => `"${name}"`).join(", ")}) =
       (SELECT ${columns.map((name) => `p."${name}"`).join(", ")} FROM jsonb_populate_record(t, r.changes) p)
     FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, changes jsonb) WHERE t.id = r.id`,
    [changesOf(redaction, found)],
  );
  await assertFreed(
    client,
    redaction,
    `"${plugin.table}" t WHERE t.connection_id = $1 AND (${redaction.isTelling(currentRow)})`,
    found,
  );
  const changes = found
    .filter(({ isGone }) => !isGone)
    .map(({ id: recordId, version }) => ({ recordId, kind: "UPDATED" as const, version }));
  await tellChanges(client, z.string().parse(values[0]), plugin.name, changes);
}

/** The same of what records were before. */
export function redactVersions(redaction: Redaction): Redact {
  const start = { id: "00000000-0000-0000-0000-000000000000" };
  return inBatches<Pick<Found, "id">>(start, (client, { id }) => redactSomeVersions(client, redaction, id));
}

async function redactSomeVersions(client: PoolClient, redaction: Redaction, after: string): Promise<readonly Found[]> {
  const { plugin, values } = redaction;
  const isTelling = `t.connection_id = $1 AND t.entity = '${plugin.name}' AND (${redaction.isTelling(versionRow)})`;
  const { rows } = await client.query(
    `SELECT t.id::text, ${versionRow.raw}::text AS raw, t.record_id::text AS "recordId"
     FROM record_versions t WHERE ${isTelling} AND t.id > $${values.length + 1}::uuid ORDER BY t.id LIMIT ${batchSize} FOR UPDATE`,
    [...values, after],
  );
  const found = z.array(foundRow).parse(rows);
  await client.query(
    `UPDATE record_versions t SET row = t.row || r.changes
     FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, changes jsonb) WHERE t.id = r.id`,
    [changesOf(redaction, found)],
  );
  await assertFreed(client, redaction, `record_versions t WHERE ${isTelling}`, found);
  return found;
}

/** A declaration that does not take out what it names would be tried for ever. */
async function assertFreed(
  client: PoolClient,
  { plugin, values }: Redaction,
  telling: string,
  found: readonly Found[],
): Promise<void> {
  if (found.length === 0) return;
  const { rows } = await client.query(`SELECT 1 FROM ${telling} AND t.id::text = ANY($${values.length + 1})`, [
    ...values,
    found.map(({ id }) => id),
  ]);
  if (rows.length > 0) throw new Error(`Records of ${plugin.name} still tell what its plugin says can be taken out.`);
}

/** Spliced as texts, so that no digit of a payload is lost (I14). */
function changesOf(redaction: Redaction, found: readonly Found[]): string {
  const rows = found.map((each) => `{"id":${JSON.stringify(each.id)},"changes":${changesIn(redaction, each)}}`);
  return `[${rows.join(",")}]`;
}

/** The columns that change with the payload, and that, as JSON. */
function changesIn({ plugin, leftOut, own }: Redaction, { raw, recordId }: Found): string {
  const text = withoutLeftOut(raw, plugin, leftOut, recordId === own?.recordId ? own.quickbooksId : undefined);
  const before = mapped(plugin, raw);
  const after: Readonly<Record<string, unknown>> = { ...plugin.takeIn(parseExact(text)).row };
  const changed = storedColumns(plugin.fields).filter(
    ({ key }) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  const columns = changed.map(({ name, key }) => [name, after[key] ?? null] as const);
  const hash = `\\x${contentHash(parseExact(text), plugin).toString("hex")}`;
  // Nothing was ever read with just these bytes: what comes next is looked into.
  const values = Object.fromEntries([...columns, ["content_hash", hash], ["source_hash", "\\x"]]);
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
