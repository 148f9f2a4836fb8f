import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import type { RequestLogEntry } from "../../simulator/index.js";
import { until } from "../support/until.js";
import { mostWithin } from "./calls.js";
import { report } from "./report.js";
import { says, startWorkers, type Connected, type Workers } from "./workers.js";
import { isFull } from "./world.js";

/** More than the four that one worker takes at once. */
const companies = 5;
/** Each of a company's runs asks for so many removed records one by one, so that its limits are felt for some seconds. */
const removals = isFull ? 600 : 40;
const mostMs = isFull ? 600_000 : 240_000;
const tokenLifeMs = 3_600_000;

let workers: Workers;

beforeAll(async () => {
  workers = await startWorkers({ companies, size: removals * 10, workers: 2 });
  await allEnded();
}, mostMs);

afterAll(() => workers.remove());

const allEnded = () => Promise.all(workers.companies.map((company) => workers.ended(company, mostMs)));

/** A company by its place. */
function company(place: number): Connected {
  const found = workers.companies[place];
  if (found === undefined) throw new Error(`There is no company ${place}.`);
  return found;
}

/** Deletes payments, which a sync then confirms one by one. */
async function deletePayments({ realmId }: Connected): Promise<void> {
  const ids: string[] = [];
  for await (const text of workers.simulator.records("Payment", realmId))
    if (!text.includes("Created by QB Online")) ids.push(z.object({ Id: z.string() }).parse(JSON.parse(text)).Id);
  const edits = ids.slice(0, removals).map((id) => ({ kind: "delete", entity: "Payment", id }));
  expect(edits).toHaveLength(removals);
  await workers.simulator.control("POST", `companies/${realmId}/series`, { edits, everyMs: 0 });
}

const requestsOf = async ({ realmId }: Connected): Promise<readonly RequestLogEntry[]> =>
  (await workers.simulator.requests()).filter((each) => each.realmId === realmId);

test(
  "I5, I11, I13: two worker processes run what is asked for twenty times and by schedule once, refresh each authorization once, and keep the limits together",
  async () => {
    await Promise.all(workers.companies.map(deletePayments));
    await workers.simulator.control("DELETE", "requests");
    await workers.look(z.unknown(), "UPDATE connections SET next_sync_at = now()");
    const asked = await Promise.all(
      workers.companies.map((each) => Promise.all(Array.from({ length: 20 }, () => workers.sync(each, "INCREMENTAL")))),
    );
    expect(asked.map((ids) => new Set(ids).size)).toEqual(Array(companies).fill(1));
    await until(async () => (await Promise.all(workers.companies.map(isUnderWay))).every(Boolean) || undefined, mostMs);
    await workers.simulator.control("POST", "clock", { advanceMs: tokenLifeMs });
    await allEnded();
    // Those that were done when their token expired find it out now.
    await Promise.all(workers.companies.map((each) => workers.sync(each, "INCREMENTAL")));
    await allEnded();

    const runs = (await Promise.all(workers.companies.map((each) => workers.runs(each)))).flat();
    expect(runs.map(({ status, fence }) => `${status} ${fence}`)).toEqual(runs.map(() => "SUCCEEDED 1"));
    expect(await workers.look(z.unknown(), overlapping)).toEqual([]);
    expect(workers.processes.map(({ output }) => says(output, { msg: "A sync run has ended." }))).toEqual([true, true]);
    const refreshes = (await workers.simulator.requests()).filter(({ path }) => path.endsWith("/tokens/bearer"));
    expect(refreshes.map(({ status }) => status)).toEqual(Array(companies).fill(200));
    await expectLimitsKept();
    for (const each of workers.companies) expect(await workers.differences(each)).toEqual([]);
  },
  mostMs,
);

/** Whether QuickBooks has confirmed some of the removals, and not all. */
async function isUnderWay(each: Connected): Promise<boolean> {
  return (await requestsOf(each)).some(({ status }) => status === 400);
}

/** Runs of whole companies that went on at the same time. */
const overlapping = `SELECT a.id FROM quickbooks_syncs a JOIN quickbooks_syncs b USING (connection_id)
  WHERE a.id < b.id AND a.mode <> 'RECORDS' AND b.mode <> 'RECORDS'
    AND a.started_at < b.finished_at AND b.started_at < a.finished_at`;

async function expectLimitsKept(): Promise<void> {
  const state = z.object({ counters: z.object({ throttled: z.number() }) });
  expect(state.parse(await workers.simulator.control("GET", "state")).counters.throttled).toBe(0);
  const times = await Promise.all(
    workers.companies.map(async (each) => (await requestsOf(each)).map(({ at }) => at).sort((a, b) => a - b)),
  );
  const [inSecond, inMinute] = [1_000, 60_000].map((spanMs) =>
    Math.max(...times.map((each) => mostWithin(each, spanMs))),
  );
  report("limits", { requests: times.flat().length, inSecond: inSecond ?? 0, inMinute: inMinute ?? 0 });
  expect(inSecond).toBeLessThanOrEqual(10);
  expect(inMinute).toBeLessThanOrEqual(450);
}

/** A whole sync whose first page of invoices QuickBooks holds back, and the process that waits for it. */
async function heldSync(each: Connected) {
  const spec = { kind: "hold", realmId: each.realmId, entity: "Invoice", query: "MAXRESULTS 1000" };
  const { id } = z.object({ id: z.number() }).parse(await workers.simulator.control("POST", "faults", spec));
  const runId = await workers.sync(each, "FULL");
  const met = z.object({ faults: z.array(z.object({ id: z.number(), met: z.number() })) });
  await until(async () => {
    const { faults } = met.parse(await workers.simulator.control("GET", "state"));
    return faults.some((fault) => fault.id === id && fault.met > 0) || undefined;
  }, mostMs);
  const release = () => workers.simulator.control("POST", `faults/${id}/release`);
  return { runId, release, holder: await workers.holder(runId, 1) };
}

test(
  "F13: the work of a worker that is killed with kill -9 goes on in the other within 60 seconds, and the mirror is equal",
  async () => {
    const { runId, release, holder } = await heldSync(company(0));
    await holder.kill();
    const killedMs = performance.now();
    const heir = await workers.holder(runId, 2);
    const seconds = (performance.now() - killedMs) / 1000;
    report("taken over from a killed worker", { seconds });
    expect(heir).not.toBe(holder);
    expect(seconds).toBeLessThan(60);
    expect(await workers.ended(company(0), mostMs)).toMatchObject({ id: runId, status: "SUCCEEDED", fence: 2 });
    await release();
    expect(await workers.differences(company(0))).toEqual([]);
  },
  mostMs,
);

test(
  "F13: a worker that was paused and comes back writes nothing more of the run that was taken from it, and nothing is doubled",
  async () => {
    await workers.startWorker();
    const { runId, release, holder } = await heldSync(company(1));
    holder.pause();
    const pausedMs = performance.now();
    // Its session lives on, so that only the end of its lease tells. The short form does not wait for that.
    if (!isFull)
      await workers.look(z.unknown(), `UPDATE quickbooks_syncs SET lease_until = now() WHERE id = '${runId}'`);
    expect(await workers.holder(runId, 2)).not.toBe(holder);
    report("taken over from a paused worker", { seconds: (performance.now() - pausedMs) / 1000 });
    expect(await workers.ended(company(1), mostMs)).toMatchObject({ id: runId, status: "SUCCEEDED", fence: 2 });
    const written = await rowsOf(runId);
    await release();
    holder.resume();
    await until(
      () => says(holder.output, { runId, msg: "A sync run was taken over, or cancelled." }) || undefined,
      mostMs,
    );
    expect(await rowsOf(runId)).toEqual(written);
    expect(
      await workers.look(
        z.unknown(),
        `SELECT 1 FROM sync_pages WHERE run_id = '${runId}' GROUP BY entity, range, statement HAVING count(*) > 1`,
      ),
    ).toEqual([]);
    expect(await workers.differences(company(1))).toEqual([]);
  },
  mostMs,
);

/** What a run has written, in numbers. */
const rowsOf = (runId: string): Promise<readonly unknown[]> =>
  workers.look(
    z.object({ pages: z.number(), events: z.number(), versions: z.number() }),
    `SELECT (SELECT count(*)::integer FROM sync_pages WHERE run_id = '${runId}') AS pages,
       (SELECT count(*)::integer FROM stream_events WHERE stream LIKE '%${runId}%') AS events,
       (SELECT count(*)::integer FROM record_versions) AS versions`,
  );
