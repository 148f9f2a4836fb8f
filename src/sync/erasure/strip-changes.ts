import type { PoolClient } from "pg";
import { z } from "zod";
import { emptyAudited } from "../../access/audit.js";
import { isOpen } from "../local-changes/local-change.js";

/** Edits of one batch. */
const batchSize = 500;

/** SQL of whether an edit `l` waits to be sent, or for its fate. What was refused is nobody's to wait for. */
export const isWaiting = `${isOpen("l")} AND l.status <> 'REJECTED'`;

const changeRows = z.array(z.object({ id: z.string(), recordId: z.string() }));

/**
 * Takes fields out of one batch of edits that do not wait any more, with the conflicts they had; their audit is emptied whole. `telling` (`FROM
 * local_changes l WHERE …`) is not true of an edit any more once that is done. Gives how many they were.
 */
export async function stripChanges(
  client: PoolClient,
  telling: string,
  values: readonly unknown[],
  fields: readonly string[],
): Promise<number> {
  const { rows } = await client.query(
    `SELECT l.id, l.record_id AS "recordId" ${telling} AND NOT (${isWaiting}) ORDER BY l.number LIMIT ${batchSize} FOR UPDATE`,
    [...values],
  );
  const changes = changeRows.parse(rows);
  const changeIds = changes.map(({ id }) => id);
  await client.query(
    `UPDATE local_changes SET edits = edits - $2::text[], base_content = base_content - $2::text[], request = NULL,
       error_message = NULL WHERE id = ANY($1)`,
    [changeIds, fields],
  );
  await client.query("DELETE FROM conflicts WHERE local_change_id = ANY($1)", [changeIds]);
  await emptyAudited(
    client,
    changes.map(({ recordId }) => recordId),
  );
  return changeIds.length;
}
