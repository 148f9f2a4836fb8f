import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { dataOf } from "../http/client.js";
import { canMeasureMemory, peakMemoryMb } from "../support/memory.js";
import { until } from "../support/until.js";
import { callsOf, type Calls } from "./calls.js";
import { addNameLists, changeMuch } from "./much-changed.js";
import { report } from "./report.js";
import { isFull, newWorld, type World } from "./world.js";

const changes = isFull ? 150_000 : 6_000;
const removals = isFull ? 400 : 40;
const mostMs = isFull ? 1_800_000 : 120_000;
const rowsPerPage = 1_000;

let world: World;
let run: Run;
let calls: Calls;
let seconds: number;

const runRow = z.object({ status: z.string(), calls: z.number(), proofs: z.record(z.string(), z.string()) });
type Run = z.infer<typeof runRow>;

beforeAll(async () => {
  world = await newWorld({ size: Math.ceil(changes * 1.15), store: "server", burst: 0 });
  await addNameLists(world.simulator, removals);
  const { connectionId } = await world.connect();
  await ended("FULL");
  await changeMuch(world.simulator, changes, removals);
  await world.simulator.control("DELETE", "requests");
  const startedMs = performance.now();
  await startIncremental(connectionId);
  run = await ended("INCREMENTAL");
  seconds = (performance.now() - startedMs) / 1000;
  calls = callsOf(await world.simulator.requests());
}, 2 * mostMs);

afterAll(() => world.remove());

const startIncremental = (id: string): Promise<unknown> =>
  dataOf(
    world.gateway,
    "mutation ($id: ID!) { startSync(input: { connectionId: $id, mode: INCREMENTAL }) { syncRun { id } } }",
    { token: world.token, variables: { id } },
  );

/** The run of that mode, once it has ended. */
async function ended(mode: "FULL" | "INCREMENTAL"): Promise<Run> {
  const query = `SELECT status::text, api_calls AS calls,
      (SELECT jsonb_object_agg(entity, coalesce(proof::text, phase::text)) FROM sync_run_entities WHERE run_id = r.id) AS proofs
    FROM quickbooks_syncs r WHERE mode = '${mode}' AND finished_at IS NOT NULL`;
  return until(async () => (await world.look(runRow, query))[0], mostMs, 100);
}

test(
  `${changes} records changed and ${removals} of each entity removed since the last run arrive with one incremental run`,
  async () => {
    expect(run.status).toBe("SUCCEEDED");
    expect(await world.differences({ withoutNames: true })).toEqual([]);
    const [gone] = await world.look(z.object({ least: z.number() }), leastRemoved);
    expect(gone?.least).toBeGreaterThanOrEqual(removals);
  },
  mostMs,
);

test("its calls are those of the pages there are to read, those that confirm removals, and a constant", async () => {
  const read = await pagesToRead();
  const pages = [...read.values()].reduce((sum, each) => sum + each, 0);
  const constant = callsBesides(read.size);
  const { all, confirmations } = calls;
  const peakMb = canMeasureMemory ? peakMemoryMb(world.gateway.process.pid) : 0;
  report("changes", { seconds, changes, pages, confirmations, calls: all, constant, perPage: all / pages, peakMb });
  expect(all).toBeLessThanOrEqual(pages + confirmations + constant);
  expect(run.calls).toBe(all);
  // Complete readings prove what is gone: nobody has to be asked for it again.
  expect(confirmations).toBe(0);
});

/**
 * Calls that bring no page of their own, however many records there are. What changed is asked for of all entities at once (1) and,
 * because that answer is cut, of each of the five (5); the access token has expired over the day, so that the first call is sent
 * twice (1); the company itself may be read, its info and preferences (2). Each entity whose answer is cut as well takes up to
 * twelve: COUNTs of what was there before, of what changed, of all there is to read and of the proof (4); the borders of four
 * ranges (3), three of which end with a page that is not full (3); what changed while it was read (1); and a page more for the
 * records of seconds that two pages share (1).
 */
const callsBesides = (cutEntities: number): number => 1 + 5 + 1 + 2 + 12 * cutEntities;

/** Of each entity that was read in pages: as many as are filled by its records, all of them or those that changed. */
async function pagesToRead(): Promise<ReadonlyMap<string, number>> {
  const read = Object.entries(run.proofs).filter(([, proof]) => proof !== "CHANGES");
  const pages = read.map(async ([entity, proof]): Promise<[string, number]> => {
    const whole = `SELECT count(*)::integer AS records FROM ${entity.toLowerCase()}s WHERE state <> 'DELETED'`;
    const changed = `${whole} AND updated_in_quickbooks_at >= (
      SELECT bound - interval '5 minutes' FROM quickbooks_syncs WHERE mode = 'FULL')`;
    const query = proof === "IDS_AND_COUNT" ? whole : changed;
    const [row] = await world.look(z.object({ records: z.number() }), query);
    return [entity, Math.ceil((row?.records ?? 0) / rowsPerPage)];
  });
  return new Map(await Promise.all(pages));
}

/** Of the entity of which the fewest were removed, how many. What was inactive before the day has kept its first version. */
const leastRemoved = `SELECT min(removed)::integer AS least FROM (
  ${["invoices", "payments"].map((table) => `SELECT count(*) AS removed FROM ${table} WHERE state = 'DELETED'`).join(" UNION ALL ")}
  ${["customers", "accounts", "items"].map((table) => `UNION ALL SELECT count(*) FROM ${table} WHERE state = 'INACTIVE' AND version > 1`).join(" ")}
) each`;
