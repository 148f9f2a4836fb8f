import type { PoolClient } from "pg";
import { z } from "zod";
import type { ClaimedRun, EntitySync } from "../full/context.js";
import type { FieldDifference } from "./field-differences.js";

/** What QuickBooks has and the mirror lacks, what both tell differently, what the mirror alone has, and what cannot be taken in. */
export type DriftKind = "MISSING" | "DIFFERENT" | "EXTRA" | "REFUSED";

export interface Drift {
  readonly quickbooksId: string;
  readonly kind: DriftKind;
  /** Known of what was read and not stored, so that its completeness can be proved. */
  readonly createdInQuickBooksAt?: Date | undefined;
  /** Of a DIFFERENT record. */
  readonly fields?: readonly FieldDifference[];
  /** Of a REFUSED record. */
  readonly reason?: string;
}

type Found = Readonly<Record<DriftKind, number>>;
type Comparing = Pick<ClaimedRun, "id" | "connectionId">;

const kinds = z.array(z.object({ kind: z.enum(["MISSING", "DIFFERENT", "EXTRA", "REFUSED"]) }));

/** Keeps what a run found, the last once per record, and gives how many of each kind it had not found before. */
export async function keepDrift(
  client: PoolClient,
  run: Comparing,
  entity: string,
  drift: readonly Drift[],
): Promise<Found> {
  if (drift.length === 0) return countKinds([]);
  // A record may stand twice in one answer.
  const once = [...new Map(drift.map((each) => [each.quickbooksId, each])).values()];
  const { rows } = await client.query(
    `WITH r AS (
       SELECT * FROM jsonb_to_recordset($4::jsonb) AS r("quickbooksId" text, kind "DriftKind", "createdInQuickBooksAt" timestamptz, fields jsonb, reason text)
     ), before AS (
       SELECT quickbooks_id, kind FROM mirror_drift WHERE run_id = $1 AND entity = $3 AND quickbooks_id IN (SELECT "quickbooksId" FROM r)
     ), kept AS (
       INSERT INTO mirror_drift (run_id, connection_id, entity, quickbooks_id, kind, created_in_quickbooks_at, fields, reason)
       SELECT $1, $2, $3, r."quickbooksId", r.kind, r."createdInQuickBooksAt", r.fields, r.reason FROM r ORDER BY r."quickbooksId"
       ON CONFLICT (run_id, entity, quickbooks_id) DO UPDATE SET kind = excluded.kind,
         created_in_quickbooks_at = excluded.created_in_quickbooks_at, fields = excluded.fields, reason = excluded.reason
       RETURNING quickbooks_id, kind
     )
     SELECT kept.kind FROM kept LEFT JOIN before USING (quickbooks_id) WHERE before.kind IS DISTINCT FROM kept.kind`,
    [run.id, run.connectionId, entity, JSON.stringify(once)],
  );
  return countKinds(kinds.parse(rows));
}

/** What a run had found to be new, and then to be gone again. Gives how many records the mirror would have had meanwhile. */
export async function forgetDrift(
  client: PoolClient,
  run: Comparing,
  entity: string,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0;
  const { rows } = await client.query(
    `DELETE FROM mirror_drift WHERE run_id = $1 AND entity = $2 AND quickbooks_id = ANY($3) AND kind IN ('MISSING', 'REFUSED') RETURNING kind`,
    [run.id, entity, ids],
  );
  return countKinds(kinds.parse(rows)).MISSING;
}

/** Makes what this run found the last word of its mode on the entity, in the place of what one before it found. */
export async function replaceDrift(
  client: PoolClient,
  { run, plugin }: Pick<EntitySync, "run" | "plugin">,
): Promise<void> {
  await client.query(
    `DELETE FROM mirror_drift d WHERE d.connection_id = $1 AND d.entity = $2 AND d.run_id <> $3
       AND NOT EXISTS (SELECT 1 FROM quickbooks_syncs r WHERE r.id = d.run_id AND r.mode <> $4)`,
    [run.connectionId, plugin.name, run.id, run.mode],
  );
}

/** Whether this run found the mirror to differ. What cannot be taken in is a failure, and differs from nothing. */
export async function hasDrift(
  client: PoolClient,
  { run, plugin }: Pick<EntitySync, "run" | "plugin">,
): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT 1 FROM mirror_drift WHERE run_id = $1 AND entity = $2 AND kind <> 'REFUSED' LIMIT 1",
    [run.id, plugin.name],
  );
  return rows.length > 0;
}

function countKinds(found: readonly { readonly kind: DriftKind }[]): Found {
  const count = (kind: DriftKind): number => found.filter((each) => each.kind === kind).length;
  return {
    MISSING: count("MISSING"),
    DIFFERENT: count("DIFFERENT"),
    EXTRA: count("EXTRA"),
    REFUSED: count("REFUSED"),
  };
}
