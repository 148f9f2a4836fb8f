import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { ClaimedEvent } from "./claim.js";
import type { Applying } from "./context.js";
import type { Unmerged } from "./merges.js";
import type { Refreshed } from "./refresh.js";
import type { MirroredRecord, Sight } from "./verdict.js";

const recordRow = z.object({
  id: z.string(),
  state: z.enum(["ACTIVE", "INACTIVE", "VOIDED", "DELETED", "MERGED"]),
  updatedAt: z.date().nullable(),
});
const failureRow = z.object({ id: z.string(), reason: z.string() });

/** What the mirror holds of these records now. */
export async function mirroredRecords(
  { database, run }: Applying,
  plugin: EntityPlugin,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MirroredRecord>> {
  const { rows } = await database.pool.query(
    `SELECT quickbooks_id AS id, state, updated_in_quickbooks_at AS "updatedAt" FROM "${plugin.table}"
     WHERE connection_id = $1 AND epoch = $2 AND quickbooks_id = ANY($3)`,
    [run.connectionId, run.epoch, ids],
  );
  return new Map(
    z
      .array(recordRow)
      .parse(rows)
      .map(({ id, ...record }) => [id, record]),
  );
}

/** Looks at the mirror after the reading: whoever stored the newest state, a notice is judged by what is there. */
export async function lookAt(
  applying: Applying,
  plugin: EntityPlugin,
  ids: readonly string[],
  { problems, outside, unmerged }: Refreshed & { readonly unmerged: Unmerged },
): Promise<(event: ClaimedEvent) => Sight> {
  const [records, refused] = await Promise.all([
    mirroredRecords(applying, plugin, ids),
    refusedRecords(applying, plugin, ids),
  ]);
  const problemOf = (id: string): string | undefined => problems.get(id) ?? refused.get(id);
  return ({ quickbooksId, deletedId }) => ({
    record: records.get(quickbooksId),
    isOutside: outside.has(quickbooksId),
    problem: problemOf(quickbooksId) ?? (deletedId === null ? undefined : problemOf(deletedId)),
    unmerged: deletedId === null ? undefined : unmerged.get(deletedId),
  });
}

async function refusedRecords(
  { database, run }: Applying,
  { name }: EntityPlugin,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await database.pool.query(
    `SELECT quickbooks_id AS id, reason FROM record_failures
     WHERE connection_id = $1 AND epoch = $2 AND entity = $3 AND quickbooks_id = ANY($4) AND status = 'OPEN'`,
    [run.connectionId, run.epoch, name, ids],
  );
  return new Map(
    z
      .array(failureRow)
      .parse(rows)
      .map(({ id, reason }) => [id, `The record could not be taken in: ${reason}`]),
  );
}
