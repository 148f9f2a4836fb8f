import type { PoolClient } from "pg";
import { newId } from "../foundation/ids.js";
import { redactSecrets } from "../foundation/redaction.js";
import type { Prisma } from "../generated/prisma/client.js";
import type { Actor, SystemActor } from "./actor.js";

/** Who did what to what, before and after. Secrets in `before` and `after` are left out by name. */
export interface AuditInput {
  readonly organizationId: string;
  readonly actor: Actor | SystemActor;
  /** What was done: "member.add", "connection.disconnect". */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId?: string | undefined;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly requestId?: string | undefined;
  /** Now, if left out. */
  readonly at?: Date | undefined;
}

/** A transaction of Prisma's, or the client of a plain one. */
export type AuditTransaction = Pick<Prisma.TransactionClient, "$executeRawUnsafe"> | Pick<PoolClient, "query">;

const insert = `
  INSERT INTO audit_entries
    (id, organization_id, at, actor_kind, actor_id, actor_name, action, subject_type, subject_id, before, after, request_id)
  VALUES ($1::uuid, $2::uuid, $3::timestamptz, $4, $5::uuid, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12)`;

/** Appends an entry in the transaction that did what it tells of, so that neither exists without the other. */
export async function writeAudit(transaction: AuditTransaction, entry: AuditInput): Promise<void> {
  const { organizationId, actor, action, subjectType, subjectId, before, after, requestId, at = new Date() } = entry;
  const values = [
    newId(),
    organizationId,
    at.toISOString(),
    actor.kind,
    actor.kind === "SYSTEM" ? null : actor.memberId,
    actor.name,
    action,
    subjectType,
    subjectId ?? null,
    toJson(before),
    toJson(after),
    requestId ?? null,
  ];
  if ("query" in transaction) await transaction.query(insert, values);
  else await transaction.$executeRawUnsafe(insert, ...values);
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(redactSecrets(value));
}
