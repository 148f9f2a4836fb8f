import { z } from "zod";
import { parseExact, type RecordSlice } from "../../foundation/json.js";
import { removeHinted } from "../absence.js";
import { finishEntity } from "../finish.js";
import type { EntitySync } from "../full/context.js";
import { storeAnswer } from "../full/store-answer.js";
import { retryOpenFailures } from "../recovery/open-failures.js";
import type { Changes } from "./changes.js";

/** The number under which the pages of changes are kept. */
const changePages = -3;

/** Stores what changed, confirms what is said to be deleted, and moves the watermark. */
export async function applyChanges(sync: EntitySync, changes: Changes): Promise<void> {
  const { database, progress, plugin } = sync;
  const deleted = await stillMirrored(sync, changes.deleted);
  const records = await wanted(sync, changes.records);
  await database.transaction((client) =>
    progress.advance(client, plugin.name, { phase: "READING", expected: records.length + deleted.length }),
  );
  if (records.length > 0) await storeAnswer(sync, { ...changes, records }, { range: changePages, isHistory: false });
  if (deleted.length > 0) await removeHinted(sync, deleted);
  await retryOpenFailures(sync);
  await database.transaction((client) => finishEntity(client, sync, "CHANGES"));
}

type Reading = Pick<EntitySync, "database" | "run" | "plugin">;

const idRows = z.array(z.object({ id: z.string() }));

/** QuickBooks repeats a deletion for 30 days; what is not in the mirror, or gone from it, needs no second look. */
async function stillMirrored({ database, run, plugin }: Reading, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await database.pool.query(
    `SELECT quickbooks_id AS id FROM "${plugin.table}"
     WHERE connection_id = $1 AND epoch = $2 AND quickbooks_id = ANY($3) AND state NOT IN ('DELETED', 'MERGED')`,
    [run.connectionId, run.epoch, ids],
  );
  return idRows.parse(rows).map(({ id }) => id);
}

const dated = z.object({ TxnDate: z.string() });

/** Changes come whatever the date: what lies before the scope is only followed where it is mirrored already. */
export async function wanted(sync: Reading, records: readonly RecordSlice[]): Promise<readonly RecordSlice[]> {
  const { run, plugin } = sync;
  const since = run.transactionsSince;
  if (since === null || plugin.quickbooks.kind === "NAME_LIST") return records;
  const outside = records.filter((record) => {
    const date = dated.safeParse(parseExact(record.text())).data?.TxnDate;
    return date !== undefined && date < since;
  });
  const mirrored = new Set(
    await stillMirrored(
      sync,
      outside.flatMap(({ id }) => id ?? []),
    ),
  );
  const unwanted = new Set(outside.filter(({ id }) => id !== undefined && !mirrored.has(id)));
  return records.filter((record) => !unwanted.has(record));
}
