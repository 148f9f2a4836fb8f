import type { Event } from "./happening.js";
import { sync, type Mode } from "./operators.js";
import { plugins } from "./process.js";
import { quiet, rest, takesWrites } from "./rest.js";
import { plenty } from "./traits.js";
import type { World } from "./world.js";

const tables = [
  ...plugins.flatMap(({ table, children }) => [table, ...Object.values(children).map((child) => child.table)]),
  "record_versions",
  "entity_changes",
  "mirror_counts",
  "record_failures",
];

/** Every row of the mirror, and which transaction wrote it. */
async function writtenRows({ database }: World): Promise<string[]> {
  const rows = tables.map((table) => `SELECT '${table} ' || ctid || ' of ' || xmin AS row FROM "${table}"`);
  const statement = `${rows.join(" UNION ALL ")} UNION ALL SELECT entity || ' complete up to ' || watermark FROM mirror_status WHERE watermark IS NOT NULL`;
  const found = await database.pool.query<{ row: string }>(statement);
  return found.rows.map(({ row }) => row).sort();
}

const connectionOf = ({ database, connectionId }: World) =>
  database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });

/** While nothing else goes on, a run that only compares leaves every row as it was. */
export const dryRunWritesNothing: Event = async (world, random) => {
  const mode: Mode = random.pick(["VERIFY", "VERIFY", "FULL", "INCREMENTAL"]) ?? "VERIFY";
  const { status, isPaused, epoch } = await connectionOf(world);
  // Where the reads of the month may be spent, notices may wait for the next; and what QuickBooks refuses since a reset looks for it.
  const mayWait = status !== "CONNECTED" || isPaused || world.traits.monthlyReads < plenty || !takesWrites(world);
  if (mayWait) return { compared: "nothing" };
  await quiet(world);
  const before = await writtenRows(world);
  const happening = await sync(world.webs[0], world, mode, true);
  // The authorization has ended meanwhile: what ended with it may have written until then.
  if ("refused" in happening) return { ...happening, compared: "nothing" };
  await rest(world);
  const known = new Set(before);
  // A reset that nobody had noticed yet begins a new life, whoever comes across it first, and that is read whole.
  if ((await connectionOf(world)).epoch !== epoch) return { ...happening, compared: "nothing" };
  const written = (await writtenRows(world)).filter((row) => !known.delete(row));
  const violations = [...written, ...known].slice(0, 3).map((row) => `a dry ${mode} changed ${row}`);
  return { ...happening, violations };
};
