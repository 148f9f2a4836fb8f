import { randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import type { EventSink } from "../../foundation/streams.js";
import type { LocalChange } from "../local-changes/local-change.js";
import type { ConflictContent, ConflictField } from "./compare.js";

/**
 * OPEN: waits for a person. RESOLVED: decided. IGNORED: put aside until it changes; the edit still waits. SUPERSEDED: the two sides no
 * longer differ, or the edit or the record is no more.
 */
export const conflictStatuses = ["OPEN", "RESOLVED", "IGNORED", "SUPERSEDED"] as const;
export type ConflictStatus = (typeof conflictStatuses)[number];

export const conflictKinds = ["FIELDS", "DELETED_IN_QUICKBOOKS", "VOIDED_IN_QUICKBOOKS"] as const;

export const choices = ["QUICKBOOKS", "PLATFORM", "VALUE"] as const;
export type Choice = (typeof choices)[number];

const difference = z
  .object({ base: z.unknown(), value: z.unknown() })
  .transform(({ base, value }) => ({ base, value }));
const field = z.object({
  path: z.string(),
  base: z.unknown(),
  platform: z.unknown(),
  quickbooks: z.unknown(),
  meanwhile: z.record(z.string(), difference).optional(),
  /** The version of the conflict in which it became what it is. */
  since: z.number().optional(),
  /** Of a resolved conflict. */
  choice: z.enum(choices).optional(),
  /** What was given instead of either side's. */
  value: z.unknown().optional(),
});
export type StoredField = z.infer<typeof field>;

/** The column `conflicts.fields`. */
export const storedFields = z.array(field);

/** A row of `conflicts`, as `conflictColumns` reads it. */
export const conflictRow = z.object({
  id: z.string(),
  connectionId: z.string(),
  epoch: z.number(),
  entity: z.string(),
  recordId: z.string(),
  localChangeId: z.string(),
  number: z.string(),
  version: z.number(),
  kind: z.enum(conflictKinds),
  status: z.enum(conflictStatuses),
  fields: z.string().transform((text) => storedFields.parse(parseExact(text))),
  recordVersion: z.number(),
  detectedAt: z.date(),
  updatedAt: z.date(),
  assigneeId: z.string().nullable(),
  note: z.string().nullable(),
  resolution: z.string().nullable(),
  resolvedBy: z.unknown(),
  resolvedAt: z.date().nullable(),
});
export type Conflict = z.infer<typeof conflictRow>;

/** The columns of a conflict known by `alias`, for `conflictRow`. */
export const conflictColumns = (alias = "x"): string =>
  `${alias}.id, ${alias}.connection_id AS "connectionId", ${alias}.epoch, ${alias}.entity, ${alias}.record_id AS "recordId",
   ${alias}.local_change_id AS "localChangeId", ${alias}.number::text, ${alias}.version, ${alias}.kind, ${alias}.status,
   ${alias}.fields::text, ${alias}.record_version AS "recordVersion", ${alias}.detected_at AS "detectedAt",
   ${alias}.updated_at AS "updatedAt", ${alias}.assignee_id AS "assigneeId", ${alias}.note, ${alias}.resolution::text,
   ${alias}.resolved_by AS "resolvedBy", ${alias}.resolved_at AS "resolvedAt"`;

export type ConflictEventKind = "OPENED" | "UPDATED" | "RESOLVED" | "REOPENED" | "IGNORED" | "ASSIGNED" | "SUPERSEDED";

/** The stream of an organization's conflicts: ConflictEventKind {connectionId, conflictId}. */
export const conflictStream = (organizationId: string): string => `conflicts:${organizationId}`;

/** Where conflicts are written: the caller's transaction, and whose they are. */
export interface ConflictWriting {
  readonly client: PoolClient;
  readonly streams: EventSink;
  readonly organizationId: string;
}

export async function tellConflict(
  { client, streams, organizationId }: ConflictWriting,
  kind: ConflictEventKind,
  { id, connectionId }: Pick<Conflict, "id" | "connectionId">,
): Promise<void> {
  await streams.append(client, conflictStream(organizationId), kind, { connectionId, conflictId: id });
}

/** The conflicts that hold these local changes back, locked in order of age. A local change has one at most. */
export async function lockActive(client: PoolClient, localChangeIds: readonly string[]): Promise<Conflict[]> {
  if (localChangeIds.length === 0) return [];
  const { rows } = await client.query(
    `SELECT ${conflictColumns()} FROM conflicts x WHERE x.local_change_id = ANY($1) AND x.status IN ('OPEN', 'IGNORED')
     ORDER BY x.number FOR UPDATE`,
    [localChangeIds],
  );
  return z.array(conflictRow).parse(rows);
}

/** All that wait in one life of a company, locked in order of age. */
export async function lockOfLife(
  client: PoolClient,
  { connectionId, epoch }: { readonly connectionId: string; readonly epoch: number },
): Promise<Conflict[]> {
  const { rows } = await client.query(
    `SELECT ${conflictColumns()} FROM conflicts x WHERE x.connection_id = $1 AND x.epoch = $2 AND x.status IN ('OPEN', 'IGNORED')
     ORDER BY x.number FOR UPDATE`,
    [connectionId, epoch],
  );
  return z.array(conflictRow).parse(rows);
}

export async function openConflict(
  writing: ConflictWriting,
  change: Pick<LocalChange, "id" | "connectionId" | "epoch" | "entity" | "recordId">,
  { kind, fields }: ConflictContent,
  recordVersion: number,
): Promise<void> {
  const { id: localChangeId, connectionId, epoch, entity, recordId } = change;
  const id = randomUUID();
  const kept = fields.map((each) => ({ ...each, since: 1 }));
  await writing.client.query(
    `INSERT INTO conflicts (id, connection_id, epoch, entity, record_id, local_change_id, kind, status, fields, record_version,
       detected_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'OPEN', $8, $9, now(), now())`,
    [id, connectionId, epoch, entity, recordId, localChangeId, kind, JSON.stringify(kept), recordVersion],
  );
  await tellConflict(writing, "OPENED", { id, connectionId });
}

/** One of the sides is not what it was: whoever had put the conflict aside is asked again. */
export async function renewConflict(
  writing: ConflictWriting,
  { id, connectionId, version, fields: known }: Pick<Conflict, "id" | "connectionId" | "version" | "fields">,
  { kind, fields }: ConflictContent,
  recordVersion: number,
): Promise<void> {
  const isKnown = (each: ConflictField) => known.find((one) => canonical(asked(one)) === canonical(asked(each)));
  const renewed = fields.map((each) => ({ ...each, since: isKnown(each)?.since ?? version + 1 }));
  await writing.client.query(
    `UPDATE conflicts SET kind = $2, fields = $3, record_version = $4, status = 'OPEN', version = version + 1, updated_at = now()
     WHERE id = $1`,
    [id, kind, JSON.stringify(renewed), recordVersion],
  );
  await tellConflict(writing, "UPDATED", { id, connectionId });
}

/** The record changed in QuickBooks, but nothing that the conflict is about. */
export async function keepConflict(
  client: PoolClient,
  { id }: Pick<Conflict, "id">,
  recordVersion: number,
): Promise<void> {
  await client.query("UPDATE conflicts SET record_version = $2 WHERE id = $1 AND record_version <> $2", [
    id,
    recordVersion,
  ]);
}

/** What a conflict was about is settled otherwise, or is no more. It stays in the list, and followers are told. */
export async function supersede(
  writing: ConflictWriting,
  conflicts: readonly Pick<Conflict, "id" | "connectionId">[],
): Promise<void> {
  for (const conflict of conflicts) {
    await writing.client.query("UPDATE conflicts SET status = 'SUPERSEDED', updated_at = now() WHERE id = $1", [
      conflict.id,
    ]);
    await tellConflict(writing, "SUPERSEDED", conflict);
  }
}

/** Of local changes that were given up. */
export async function supersedeOf(writing: ConflictWriting, localChangeIds: readonly string[]): Promise<void> {
  await supersede(writing, await lockActive(writing.client, localChangeIds));
}

/** Whether two states of a conflict ask the same. */
export const asksTheSame = (known: Pick<Conflict, "kind" | "fields">, { kind, fields }: ConflictContent): boolean =>
  known.kind === kind && canonical(known.fields.map(asked)) === canonical(fields.map(asked));

const asked = ({ path, base, platform, quickbooks, meanwhile }: ConflictField): ConflictField => ({
  path,
  base,
  platform,
  quickbooks,
  ...(meanwhile && { meanwhile }),
});

/** Keys in order, as PostgreSQL orders them its own way. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
