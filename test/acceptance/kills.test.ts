import { expect, test } from "@jest/globals";
import { z } from "zod";
import { seeded } from "../../simulator/generate/random.js";
import { until } from "../support/until.js";
import { report } from "./report.js";
import { isFull, newWorld, type World } from "./world.js";

const size = isFull ? 100_000 : 5_000;
const kills = isFull ? 20 : 3;
/** Longest that a sync of this size takes, deaths and starts included. */
const mostMs = isFull ? 1_200_000 : 110_000;

test.each(isFull ? (["server", "embedded"] as const) : (["server"] as const))(
  `killed at ${kills} moments of its first sync, the gateway completes it and asks for no committed page twice (%s database)`,
  async (store) => {
    const world = await newWorld({ size, store });
    const startedMs = performance.now();
    try {
      await world.connect();
      const lives = await killRepeatedly(world);
      const status = await until(() => endOfRun(world), mostMs);
      report(`kills (${store})`, { seconds: (performance.now() - startedMs) / 1000, lives });
      expect(status).toBe("SUCCEEDED");
      expect(lives).toBe(kills + 1);
      expect(await askedTwice(world)).toEqual([]);
      expect(await world.differences()).toEqual([]);
    } finally {
      await world.remove();
    }
  },
  2 * mostMs,
);

/** Kills the gateway whenever its run has told so many events, and starts it again. Gives how often it lived. */
async function killRepeatedly(world: World): Promise<number> {
  const random = seeded("kills");
  // About as many pages as thousands of records, and a few steps of each entity beside them.
  const events = size / 1_000 + 12;
  const moments = Array.from({ length: kills }, () => ({ event: random() * events, delayMs: random() * 150 })).sort(
    (a, b) => a.event - b.event,
  );
  for (const [index, { event, delayMs }] of moments.entries()) {
    await until(async () => ((await stepsOf(world)) >= event ? true : undefined), mostMs);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await world.gateway.process.kill();
    await world.gateway.start();
    if ((await endOfRun(world)) !== undefined) return index + 2;
  }
  return kills + 1;
}

/** Pages and phases that were committed; what is told besides says only that the run lives. */
async function stepsOf(world: World): Promise<number> {
  const row = z.object({ steps: z.number() });
  const [found] = await world.look(
    row,
    `SELECT (SELECT count(*) FROM sync_pages)::integer + (SELECT count(*) FROM sync_run_entities WHERE phase <> 'WAITING')::integer
       + (SELECT count(*) FROM sync_run_entities WHERE phase = 'DONE')::integer AS steps`,
  );
  return found?.steps ?? 0;
}

async function endOfRun(world: World): Promise<string | undefined> {
  const row = z.object({ status: z.string(), finished_at: z.date().nullable() });
  const [run] = await world.look(row, "SELECT status, finished_at FROM quickbooks_syncs");
  return run?.finished_at == null ? undefined : run.status;
}

/** Statements of committed pages that QuickBooks was asked again after the commit. */
async function askedTwice({ look, simulator }: World): Promise<readonly string[]> {
  const row = z.object({ statement: z.string(), committed_at: z.date() });
  const pages = new Map(
    (await look(row, "SELECT statement, committed_at FROM sync_pages")).map((page) => [
      page.statement,
      page.committed_at.getTime(),
    ]),
  );
  expect(pages.size).toBeGreaterThan(size / 1_000);
  const requests = await simulator.requests();
  return requests.flatMap(({ query, at }) => (query !== undefined && at > (pages.get(query) ?? Infinity) ? query : []));
}
