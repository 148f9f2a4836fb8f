import type { PoolClient } from "pg";
import { newId } from "../foundation/ids.js";
import { redactSecrets } from "../foundation/redaction.js";
import type { Prisma } from "../generated/prisma/client.js";
import type { Actor, SystemActor } from "./actor.js";

/** What something was done to, by its name in GraphQL. */
export type AuditSubject =
  | "ApiKey"
  | "ConnectedCompany"
  | "Conflict"
  | "DataExport"
  | "LocalChange"
  | "Member"
  | "Organization"
  | "RecordFailure"
  | "SyncRun"
  | "WebhookEvent";

/** Who did what to what, before and after. Secrets in `before` and `after` are left out by name. */
export interface AuditInput {
  readonly organizationId: string;
  readonly actor: Actor | SystemActor;
  /** What was done: "member.add", "connection.disconnect". */
  readonly action: string;
  readonly subjectType: AuditSubject;
  readonly subjectId?: string | undefined;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Of the answer by which Intuit did it. */
  readonly intuitTid?: string | undefined;
  /** Now, if left out. */
  readonly at?: Date | undefined;
}

/** A transaction of Prisma's, or the client of a plain one. */
export type AuditTransaction = Pick<Prisma.TransactionClient, "$executeRawUnsafe"> | Pick<PoolClient, "query">;

/**
 * `erasure_key` is the member, the failure or the record whose data `before` and `after` may hold: by it an erasure finds them. It
 * follows from what the entry is about, so nobody can forget it, and what is appended cannot be mended.
 */
const insert = `
  INSERT INTO audit_entries
    (id, organization_id, at, actor_kind, actor_id, actor_name, action, subject_type, subject_id, before, after,
     erasure_key, intuit_tid, request_id)
  VALUES ($1::uuid, $2::uuid, $3::timestamptz, $4, $5::uuid, $6, $7, $8::text, $9::text, $10::jsonb, $11::jsonb,
    CASE $8::text WHEN 'Member' THEN $9::text::uuid
      WHEN 'RecordFailure' THEN $9::text::uuid
      WHEN 'LocalChange' THEN (SELECT record_id FROM local_changes WHERE id = $9::text::uuid)
      WHEN 'Conflict' THEN (SELECT record_id FROM conflicts WHERE id = $9::text::uuid) END,
    $12, $13)`;

/**
 * Appends an entry in the transaction that did what it tells of, so that neither exists without the other (I15). Nothing changes
 * or removes it afterwards: the database refuses that.
 */
export async function writeAudit(transaction: AuditTransaction, entry: AuditInput): Promise<void> {
  const { actor, at = new Date() } = entry;
  const values = [
    newId(),
    entry.organizationId,
    at.toISOString(),
    actor.kind,
    actor.kind === "SYSTEM" ? null : actor.id,
    actor.name,
    entry.action,
    entry.subjectType,
    entry.subjectId ?? null,
    toJson(entry.before),
    toJson(entry.after),
    entry.intuitTid ?? null,
    actor.kind === "SYSTEM" ? null : (actor.requestId ?? null),
  ];
  if ("query" in transaction) await transaction.query(insert, values);
  else await transaction.$executeRawUnsafe(insert, ...values);
}

/**
 * Empties `before` and `after` of all entries under these keys, for what they told of is erased: the one change that the database lets through.
 * Who did what, when and to which id stays.
 */
export async function emptyAudited(client: Pick<PoolClient, "query">, erasureKeys: readonly string[]): Promise<void> {
  await client.query(
    `UPDATE audit_entries SET before = NULL, after = NULL, erased_at = now()
     WHERE erasure_key = ANY($1::uuid[]) AND erased_at IS NULL`,
    [erasureKeys],
  );
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(redactSecrets(value));
}
