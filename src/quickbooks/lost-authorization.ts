import type { PoolClient } from "pg";
import { writeAudit } from "../access/audit.js";

/** Nobody of the organization did it, and a connection has changed all the same (I15). In the transaction that changes it. */
export function auditLostAuthorization(
  tx: PoolClient,
  { id, organizationId, reason }: { readonly id: string; readonly organizationId: string; readonly reason: string },
): Promise<void> {
  return writeAudit(tx, {
    organizationId,
    actor: { kind: "SYSTEM", name: "QuickBooks" },
    action: "connection.loseAuthorization",
    subjectType: "ConnectedCompany",
    subjectId: id,
    before: { status: "CONNECTED" },
    after: { status: "REAUTHORIZATION_REQUIRED", reason },
  });
}
