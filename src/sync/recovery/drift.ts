import type { PoolClient } from "pg";
import { z } from "zod";
import type { ClaimedRun } from "../full/context.js";

/** What QuickBooks has and the mirror lacks, what both have and tell differently, and what the mirror alone has. */
export type DriftKind = "MISSING" | "DIFFERENT" | "EXTRA";

export interface Drift {
  readonly quickbooksId: string;
  readonly kind: DriftKind;
}

const kinds = z.array(z.object({ kind: z.enum(["MISSING", "DIFFERENT", "EXTRA"]) }));

/** Keeps what a run found, once per record, and gives how many of each kind it had not found before. */
export async function keepDrift(
  client: PoolClient,
  run: Pick<ClaimedRun, "id" | "connectionId">,
  entity: string,
  drift: readonly Drift[],
): Promise<Readonly<Record<DriftKind, number>>> {
  const found = { MISSING: 0, DIFFERENT: 0, EXTRA: 0 };
  if (drift.length === 0) return found;
  const { rows } = await client.query(
    `INSERT INTO mirror_drift (run_id, connection_id, entity, quickbooks_id, kind)
     SELECT $1, $2, $3, r."quickbooksId", r.kind
     FROM jsonb_to_recordset($4::jsonb) AS r("quickbooksId" text, kind "DriftKind") ORDER BY r."quickbooksId"
     ON CONFLICT DO NOTHING RETURNING kind`,
    [run.id, run.connectionId, entity, JSON.stringify(drift)],
  );
  for (const { kind } of kinds.parse(rows)) found[kind] += 1;
  return found;
}
