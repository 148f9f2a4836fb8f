import type { AuditTransaction } from "./audit.js";

/** Tells that somebody of an organization may do less or more than a moment ago: open sockets ask then who their callers are. */
export const accessStream = (organizationId: string): string => `access:${organizationId}`;

/** In the transaction that changes it; last, because the stream's row stays locked until that ends. */
export async function tellAccessChanged(transaction: AuditTransaction, organizationId: string): Promise<void> {
  const append = "SELECT append_event($1, 'CHANGED', '{}'::jsonb)";
  const values = [accessStream(organizationId)];
  if ("query" in transaction) await transaction.query(append, values);
  else await transaction.$executeRawUnsafe(append, ...values);
}
