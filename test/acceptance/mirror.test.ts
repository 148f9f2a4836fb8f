import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { canMeasureMemory, peakMemoryMb, watchMemory, type MemorySample } from "../support/memory.js";
import { follow, type Counts, type Told } from "./progress.js";
import { report } from "./report.js";
import { isFull, newWorld, type World } from "./world.js";

const size = isFull ? 100_000 : 5_000;
const mostResidentMb = 256;
const mostGrowth = 0.05;

let world: World;
let told: readonly Told[];
let memory: readonly MemorySample[];
let peakMb: number;

beforeAll(async () => {
  world = await newWorld({ size, store: "server" });
  const { pid } = world.gateway.process;
  const { syncRunId } = await world.connect();
  const watch = canMeasureMemory ? watchMemory(pid) : undefined;
  told = await follow(world, syncRunId);
  memory = watch?.stop() ?? [];
  peakMb = canMeasureMemory ? peakMemoryMb(pid) : 0;
}, 900_000);

afterAll(() => world.remove());

const finalCounts = (): Counts | undefined => told.at(-1)?.run.totals;

test(`a company of ${size} records mirrors completely: every record, column, line and state is what QuickBooks holds`, async () => {
  expect(told.at(-1)).toMatchObject({ kind: "FINISHED", run: { status: "SUCCEEDED" } });
  expect(await world.differences()).toEqual([]);
}, 600_000);

test("progress only ever grows, and its totals are those of the mirror", async () => {
  expect(stepsBack(told.map(({ run }) => run.totals))).toEqual([]);
  const names = told[0]?.run.entities.map(({ entity }) => entity) ?? [];
  for (const name of names) {
    const course = told.flatMap(({ run }) => run.entities.filter(({ entity }) => entity === name));
    expect(stepsBack(course)).toEqual([]);
    expect(course.map(({ phase }) => phases.indexOf(phase))).toEqual(
      course.map(({ phase }) => phases.indexOf(phase)).sort((a, b) => a - b),
    );
    expect(course.at(-1)?.read).toBe(course.at(-1)?.expected);
  }
  const [mirror] = await world.look(z.object({ records: z.number() }), totalOfMirror);
  expect(finalCounts()).toEqual({
    read: mirror?.records,
    created: mirror?.records,
    updated: 0,
    unchanged: 0,
    removed: 0,
    failed: 0,
  });
});

test("something is told of the run every second", () => {
  const seconds = ((told.at(-1)?.atMs ?? 0) - (told[0]?.atMs ?? 0)) / 1000;
  const gapsMs = told.slice(1).map(({ atMs }, index) => atMs - (told[index]?.atMs ?? 0));
  const records = finalCounts()?.read ?? 0;
  report("progress", {
    seconds,
    recordsPerSecond: records / seconds,
    eventsPerSecond: told.length / seconds,
    longestSilenceMs: Math.max(...gapsMs),
  });
  expect(told.length).toBeGreaterThanOrEqual(seconds);
  // Where all tests run at once the machine decides how long anybody waits.
  if (isFull) expect(Math.max(...gapsMs)).toBeLessThanOrEqual(1_000);
});

(canMeasureMemory ? test : test.skip)("the gateway stays under 256 MB, and does not grow with the sync", () => {
  // What it holds goes up and down with every page and collection: the middle of many samples tells where it stands.
  const [halfMb, endMb] = [median(memoryBetween(0.4, 0.6)), median(memoryBetween(0.8, 1))];
  const growth = endMb / halfMb - 1;
  report("memory", { peakMb, halfMb, endMb, growth });
  expect(peakMb).toBeLessThan(mostResidentMb);
  // A short sync is over before the heap has found its size.
  if (isFull) expect(growth).toBeLessThan(mostGrowth);
});

const totalOfMirror = "SELECT sum(records)::integer AS records FROM mirror_counts";

const phases = ["WAITING", "COUNTING", "READING", "CATCHING_UP", "PROVING", "DONE"];

const counters = ["read", "created", "updated", "unchanged", "removed", "failed"] as const;

/** Counters that are smaller than they were before. */
function stepsBack(course: readonly Counts[]): readonly object[] {
  return course.flatMap((now, index) => {
    const before = course[index - 1] ?? now;
    return counters
      .filter((name) => now[name] < before[name])
      .map((name) => ({ name, from: before[name], to: now[name] }));
  });
}

/** What was measured while the sync read from one share of its records to another. */
function memoryBetween(from: number, to: number): readonly MemorySample[] {
  const records = finalCounts()?.read ?? 0;
  const startMs = told.find(({ run }) => run.totals.read >= from * records)?.atMs ?? 0;
  const endMs = told.find(({ run }) => run.totals.read >= to * records)?.atMs ?? 0;
  return memory.filter(({ atMs }) => atMs >= startMs && atMs <= endMs);
}

function median(samples: readonly MemorySample[]): number {
  const sizes = samples.map(({ residentMb }) => residentMb).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 0;
}
