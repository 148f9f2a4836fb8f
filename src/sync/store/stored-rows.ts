import type { PoolClient } from "pg";
import { z } from "zod";
import type { RecordState } from "../../plugins/plugin.js";
import type { StoredGuard } from "./newer.js";
import type { StoreStatements } from "./statements.js";

/** A row of the mirror, as far as a newer state is compared with it. */
export interface StoredRow extends StoredGuard {
  readonly id: string;
  readonly state: RecordState;
  readonly version: number;
  /** CreateTime. */
  readonly createdAt: Date | null;
  readonly isStale: boolean;
}

const storedRow = z
  .object({
    id: z.string(),
    quickbooks_id: z.string(),
    sync_token: z.number().nullable(),
    updated_in_quickbooks_at: z.date().nullable(),
    answered_at: z.date().nullable(),
    content_hash: z.instanceof(Buffer),
    state: z.enum(["ACTIVE", "INACTIVE", "VOIDED", "DELETED", "MERGED"]),
    mirrored_at: z.date(),
    version: z.number(),
    stale_since: z.date().nullable(),
    created_in_quickbooks_at: z.date().nullable(),
  })
  .transform((row): [string, StoredRow] => [
    row.quickbooks_id,
    {
      id: row.id,
      syncToken: row.sync_token,
      updatedAt: row.updated_in_quickbooks_at,
      answeredAt: row.answered_at,
      contentHash: row.content_hash,
      state: row.state,
      isRemoved: row.state === "DELETED" || row.state === "MERGED",
      isMerged: row.state === "MERGED",
      mirroredAt: row.mirrored_at,
      version: row.version,
      createdAt: row.created_in_quickbooks_at,
      isStale: row.stale_since !== null,
    },
  ]);
/** The stored rows of these records, locked in order of id until the transaction ends. */
export async function lockRows(
  client: PoolClient,
  statements: StoreStatements,
  [connectionId, epoch, ids]: readonly [string, number, readonly string[]],
): Promise<ReadonlyMap<string, StoredRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query(statements.lock, [connectionId, epoch, ids]);
  return new Map(z.array(storedRow).parse(rows));
}
