import { z } from "zod";
import { dismissFailures, resyncRecord, retryFailures } from "../../src/sync/recovery/recovery.js";
import { updateSyncSettings } from "../../src/sync/schedule/settings.js";
import type { SettingsChange } from "../../src/sync/schedule/changes.js";
import { enqueueDue } from "../../src/sync/schedule/due.js";
import { createLog } from "../../src/foundation/log.js";
import { createQuota } from "../../src/quickbooks/quota.js";
import { asked, type Event, type Happening } from "./happening.js";
import { plugins } from "./process.js";
import type { Random } from "./random.js";
import type { Web } from "./web.js";
import type { World } from "./world.js";

export type Mode = "FULL" | "INCREMENTAL" | "VERIFY";

const anyWeb = ({ webs }: World, random: Random): Web => random.pick(webs) ?? webs[0];

/** Asks for a run of the whole company. */
export function sync({ runs }: Web, world: World, mode: Mode, dryRun = false): Promise<Happening> {
  const { actor, connectionId } = world;
  return asked(dryRun ? `${mode} that writes nothing` : mode, async () => {
    const { run, outcome } = await runs.start({ actor, connectionId, mode, dryRun });
    return { outcome, run: run.id };
  });
}

/** Somebody asks for a run, of whichever process. */
export const start =
  (mode: Mode, dryRun = false): Event =>
  (world, random) =>
    sync(anyWeb(world, random), world, mode, dryRun);

const ids = z.array(z.object({ id: z.string() }));

async function idsOf({ database, connectionId }: World, statement: string): Promise<string[]> {
  const { rows } = await database.pool.query(statement, [connectionId]);
  return ids.parse(rows).map(({ id }) => id);
}

export const cancel: Event = async (world, random) => {
  const open = await idsOf(
    world,
    "SELECT id FROM quickbooks_syncs WHERE connection_id = $1 AND finished_at IS NULL ORDER BY id",
  );
  const syncRunId = random.pick(open);
  if (syncRunId === undefined) return { cancelled: "nothing" };
  return asked("cancel", async () => {
    await anyWeb(world, random).runs.cancel({ actor: world.actor, syncRunId });
    return { cancelled: syncRunId };
  });
};

export function changeSettings(world: World, web: Web, change: SettingsChange): Promise<Happening> {
  const { actor, connectionId, simulator } = world;
  const clock = { now: () => new Date(simulator.clock.now()) };
  return asked("settings", async () => {
    await updateSyncSettings({ ...web, plugins, clock }, { actor, connectionId, change });
    return { settings: change };
  });
}

const dayMs = 86_400_000;

/** What is mirrored becomes less, or more. */
export const changeScope: Event = (world, random) => {
  const names = plugins.map(({ name }) => name).filter(() => random.chance(0.7));
  const since = new Date(world.simulator.clock.now() - random.below(3 * 365) * dayMs).toISOString().slice(0, 10);
  const change = random.pick<SettingsChange>([
    { entities: names.length > 0 ? names : null },
    { entities: null },
    { transactionsSince: since },
    { transactionsSince: since },
    { transactionsSince: null },
  ]);
  return changeSettings(world, anyWeb(world, random), change ?? {});
};

/** The syncs of the company halt, or go on. */
export const pauseOrNot: Event = (world, random) =>
  changeSettings(world, anyWeb(world, random), { isPaused: random.chance(0.4) });

/** The schedule's time has come, and two processes look at once. */
export const schedule: Event = async (world, random) => {
  const { database, connectionId, simulator, webs } = world;
  const column = random.chance(0.7) ? "next_sync_at" : "next_verification_at";
  const now = new Date(simulator.clock.now());
  await database.pool.query(`UPDATE connections SET ${column} = $2 WHERE id = $1`, [connectionId, now]);
  const log = createLog({ level: "silent" });
  const quota = createQuota(database, { monthlyReads: 1_000_000_000 });
  const looks = webs.map((web) => enqueueDue({ ...web, quota, log, environment: "SIMULATOR" }, now));
  return { scheduled: column, enqueued: await Promise.all(looks) };
};

const openFailures = "SELECT id FROM record_failures WHERE connection_id = $1 AND status = 'OPEN' ORDER BY id";

/** Somebody looks at what could not be taken in: it is tried again, or need not be taken in. */
export const lookAtFailures: Event = async (world, random) => {
  const { actor } = world;
  const failureIds = await idsOf(world, openFailures);
  const web = anyWeb(world, random);
  const [some] = [failureIds.slice(0, 1 + random.below(3))];
  if (some.length === 0) return { failures: "none" };
  if (random.chance(0.3)) {
    await dismissFailures(web, { actor, failureIds: some, note: "chaos" });
    return { dismissed: some };
  }
  return asked("retry failures", async () => ({ run: (await retryFailures(web, { actor, failureIds: some })).id }));
};

export const resync: Event = async (world, random) => {
  const plugin = random.pick(plugins);
  if (plugin === undefined) return { resynced: "nothing" };
  const records = await idsOf(world, `SELECT id FROM "${plugin.table}" WHERE connection_id = $1 ORDER BY id`);
  const recordId = random.pick(records);
  if (recordId === undefined) return { resynced: "nothing" };
  const { actor } = world;
  return asked("resync a record", async () => {
    const { id } = await resyncRecord(anyWeb(world, random), { actor, plugin, recordId });
    return { resynced: `${plugin.name} ${recordId}`, run: id };
  });
};
