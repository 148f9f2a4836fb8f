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
  /** The record or member that `before` and `after` tell of, if of any: by it an erasure of that person finds them. */
  readonly erasureKey?: string | undefined;
  /** Of the answer by which Intuit did it. */
  readonly intuitTid?: string | undefined;
  readonly requestId?: string | undefined;
  /** Now, if left out. */
  readonly at?: Date | undefined;
}

/** A transaction of Prisma's, or the client of a plain one. */
export type AuditTransaction = Pick<Prisma.TransactionClient, "$executeRawUnsafe"> | Pick<PoolClient, "query">;

const insert = `
  INSERT INTO audit_entries
    (id, organization_id, at, actor_kind, actor_id, actor_name, action, subject_type, subject_id, before, after,
     erasure_key, intuit_tid, request_id)
  VALUES ($1::uuid, $2::uuid, $3::timestamptz, $4, $5::uuid, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12::uuid, $13, $14)`;

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
    entry.erasureKey ?? null,
    entry.intuitTid ?? null,
    entry.requestId ?? null,
  ];
  if ("query" in transaction) await transaction.query(insert, values);
  else await transaction.$executeRawUnsafe(insert, ...values);
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(redactSecrets(value));
}
