import { forEachLimited } from "../concurrency.js";
import { finishEntity } from "../finish.js";
import { scopeConditions, type EntitySync } from "./context.js";
import { pagesOf, type RangePage } from "./pages.js";
import { proveComplete } from "./prove.js";
import { storeAnswer } from "./store-answer.js";
import { planRanges, readRanges, type Range } from "./ranges.js";

/** Ranges of one entity that are read at once. */
const rangesAtOnce = 2;

/** Reads one entity whole: count, ranges of its history, what changed meanwhile, and the proof that nothing is missing. */
export async function syncEntity(sync: EntitySync): Promise<void> {
  const { database } = sync;
  const ranges = await plannedRanges(sync);
  const history = ranges.filter(({ property }) => property === "CREATE_TIME");
  const changes = ranges.filter(({ property }) => property === "LAST_UPDATED_TIME");
  await readPending(sync, "READING", history);
  await readPending(sync, "CATCHING_UP", changes);
  await enterPhase(sync, "PROVING");
  await proveComplete(sync);
  await database.transaction((client) => finishEntity(client, sync, "IDS_AND_COUNT"));
}

/** The ranges of this run; planned once, so that a continued run reads on where it was. */
async function plannedRanges(sync: EntitySync): Promise<readonly Range[]> {
  const planned = await readRanges(sync);
  if (planned.length > 0) return planned;
  await enterPhase(sync, "COUNTING");
  const expected = await sync.company.count(sync.plugin, scopeConditions(sync), sync.signal);
  const ranges = await planRanges(sync, expected);
  await sync.database.transaction(async (client) => {
    await client.query(
      `INSERT INTO sync_ranges (run_id, entity, number, property, "from", "to")
       SELECT $1, $2, r.number, r.property, r."from", r."to"
       FROM jsonb_to_recordset($3::jsonb) AS r(number integer, property "RangeProperty", "from" timestamptz, "to" timestamptz)`,
      [sync.run.id, sync.plugin.name, JSON.stringify(ranges)],
    );
    await sync.progress.advance(client, sync.plugin.name, { expected });
  });
  return readRanges(sync);
}

async function readPending(
  sync: EntitySync,
  phase: "READING" | "CATCHING_UP",
  ranges: readonly Range[],
): Promise<void> {
  const pending = ranges.filter(({ done }) => !done);
  if (pending.length === 0) return;
  await enterPhase(sync, phase);
  await forEachLimited(pending, rangesAtOnce, sync.signal, async (range, signal) => {
    for await (const page of pagesOf({ ...sync, signal }, range)) await storePage(sync, range, page);
  });
}

async function storePage(sync: EntitySync, range: Range, page: RangePage): Promise<void> {
  await storeAnswer(
    sync,
    page,
    { range: range.number, isHistory: range.property === "CREATE_TIME" },
    async (client) => {
      await client.query(
        "UPDATE sync_ranges SET cursor = $4, done = $5 WHERE run_id = $1 AND entity = $2 AND number = $3",
        [sync.run.id, sync.plugin.name, range.number, page.next ?? null, page.next === undefined],
      );
    },
  );
}

const enterPhase = (
  { database, progress, plugin }: EntitySync,
  phase: "COUNTING" | "READING" | "CATCHING_UP" | "PROVING",
): Promise<void> => database.transaction((client) => progress.advance(client, plugin.name, { phase }));
