import type { PoolClient } from "pg";
import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin, RecordState, TakenIn } from "../../plugins/plugin.js";
import type { Payload } from "../../plugins/writes.js";
import { localChangeColumns, localChangeRow, isOpen, localChangeStream, type LocalChange } from "./local-change.js";

/** The open local changes of these records, locked in order of age. Whoever changes the records locks their rows before. */
export async function lockOpenChanges(client: PoolClient, recordIds: readonly string[]): Promise<LocalChange[]> {
  if (recordIds.length === 0) return [];
  const { rows } = await client.query(
    `SELECT ${localChangeColumns("l")} FROM local_changes l
     WHERE l.record_id = ANY($1) AND ${isOpen("l")} ORDER BY l.number FOR UPDATE`,
    [recordIds],
  );
  return z.array(localChangeRow).parse(rows);
}

/** What a local change can come to; all else of it stays as it was asked for. */
export type ChangeUpdate = Pick<LocalChange, "id" | "connectionId"> & Partial<Pick<LocalChange, Changeable>>;

type Changeable = keyof typeof changeable;

const changeable = {
  recordId: "record_id",
  operation: "operation",
  status: "status",
  edits: "edits",
  baseContent: "base_content",
  requestedBy: "requested_by",
  generation: "generation",
  request: "request",
  firstSentAt: "first_sent_at",
  lastSentAt: "last_sent_at",
  attempts: "attempts",
  nextAttemptAt: "next_attempt_at",
  errorCode: "error_code",
  errorMessage: "error_message",
  errorIntuitTid: "error_intuit_tid",
} as const satisfies Partial<Record<keyof LocalChange, string>>;

const inJson: ReadonlySet<string> = new Set(["edits", "baseContent", "requestedBy", "request"]);

/** Writes what is given of a local change (a whole one may be given) and tells of it. Its row is locked before. */
export async function saveChange(
  client: PoolClient,
  streams: EventSink,
  organizationId: string,
  change: ChangeUpdate,
): Promise<void> {
  const given = Object.entries(changeable).flatMap(([key, column]) => {
    const entry = Object.entries(change).find(([name]) => name === key);
    return entry?.[1] === undefined ? [] : [[column, sqlValue(key, entry[1])] as const];
  });
  const assignments = given.map(([column], index) => `${column} = $${String(index + 2)}`);
  await client.query(`UPDATE local_changes SET ${[...assignments, "updated_at = now()"].join(", ")} WHERE id = $1`, [
    change.id,
    ...given.map(([, value]) => value),
  ]);
  await tellChange(client, streams, organizationId, change);
}

export type NewChange = Pick<
  LocalChange,
  "id" | "connectionId" | "epoch" | "entity" | "recordId" | "operation" | "edits" | "baseContent" | "requestedBy"
>;

/** Lets an edit wait to be sent, and tells of it. */
export async function insertChange(
  client: PoolClient,
  streams: EventSink,
  organizationId: string,
  change: NewChange,
): Promise<void> {
  const { id, connectionId, epoch, entity, recordId, operation, edits, baseContent, requestedBy } = change;
  await client.query(
    `INSERT INTO local_changes (id, connection_id, epoch, entity, record_id, operation, status, edits, base_content, requested_by,
       created_at, updated_at, next_attempt_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', $7, $8, $9, now(), now(), now())`,
    [
      ...[id, connectionId, epoch, entity, recordId, operation, JSON.stringify(edits)],
      ...[baseContent === null ? null : JSON.stringify(baseContent), JSON.stringify(requestedBy)],
    ],
  );
  await tellChange(client, streams, organizationId, change);
}

/** One local change by its id; it may have ended. */
export async function readChange(client: Pick<PoolClient, "query">, id: string): Promise<LocalChange | undefined> {
  const { rows } = await client.query(`SELECT ${localChangeColumns("l")} FROM local_changes l WHERE l.id = $1`, [id]);
  return localChangeRow.optional().parse(rows[0]);
}

/** Tells the followers of an organization's local changes that this one is not as it was. */
export async function tellChange(
  client: PoolClient,
  streams: EventSink,
  organizationId: string,
  { id, connectionId }: Pick<LocalChange, "id" | "connectionId">,
): Promise<void> {
  await streams.append(client, localChangeStream(organizationId), "CHANGED", { connectionId, localChangeId: id });
}

const sqlValue = (key: string, value: unknown): unknown =>
  inJson.has(key) && value !== null ? JSON.stringify(value) : value;

/** A record of the mirror, with all values exactly as QuickBooks gave them. */
export interface MirroredRecord {
  readonly id: string;
  readonly quickbooksId: string;
  readonly connectionId: string;
  readonly epoch: number;
  readonly state: RecordState;
  readonly version: number;
  readonly syncToken: number | null;
  readonly mapped: TakenIn;
  readonly payload: Payload;
}

const recordRow = z.object({
  id: z.string(),
  quickbooksId: z.string(),
  connectionId: z.string(),
  epoch: z.number(),
  state: z.enum(["ACTIVE", "INACTIVE", "VOIDED", "DELETED", "MERGED"]),
  version: z.number(),
  syncToken: z.number().nullable(),
  raw: z.string(),
});

const payloadOf = z.record(z.string(), z.unknown());

/** One record by our id; locked until the transaction ends where asked for. Values come from its payload, never from numeric columns (I14). */
export async function readRecord(
  client: Pick<PoolClient, "query">,
  plugin: EntityPlugin,
  recordId: string,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<MirroredRecord | undefined> {
  const { rows } = await client.query(`${selectRecords(plugin)} WHERE t.id = $1${lock ? " FOR UPDATE" : ""}`, [
    recordId,
  ]);
  const row = recordRow.optional().parse(rows[0]);
  return row && recordOf(plugin, row);
}

/** Records by our ids, in no order. */
export async function readRecords(
  client: Pick<PoolClient, "query">,
  plugin: EntityPlugin,
  recordIds: readonly string[],
): Promise<MirroredRecord[]> {
  const { rows } = await client.query(`${selectRecords(plugin)} WHERE t.id = ANY($1)`, [recordIds]);
  return z
    .array(recordRow)
    .parse(rows)
    .map((row) => recordOf(plugin, row));
}

const selectRecords = ({ table }: EntityPlugin): string =>
  `SELECT t.id, t.quickbooks_id AS "quickbooksId", t.connection_id AS "connectionId", t.epoch, t.state, t.version,
     t.sync_token AS "syncToken", t.raw::text AS raw FROM "${table}" t`;

function recordOf(plugin: EntityPlugin, { raw, ...record }: z.infer<typeof recordRow>): MirroredRecord {
  const payload = payloadOf.parse(parseExact(raw));
  return { ...record, payload, mapped: plugin.takeIn(payload) };
}
