import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { InjectedFault } from "../../simulator/index.js";
import type { SyncRun } from "../../src/generated/prisma/client.js";
import { mirrorDifferences } from "../support/comparing.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

let bench: EngineBench;
let realmId: string;
let connectionId: string;
let companies = 0;

beforeAll(async () => {
  bench = await engineBench([]);
});

beforeEach(async () => {
  companies += 1;
  realmId = `913000000000000${companies}`;
  bench.simulator.addCompany({ realmId, seed: `recovery ${companies}`, size: 300 });
  connectionId = await bench.connect(realmId);
});

afterAll(() => bench.stop());

const start = (more: { readonly transactionsFrom?: string } = {}) =>
  bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false, ...more });

const look = (runId: string): Promise<SyncRun> =>
  bench.database.prisma.syncRun.findUniqueOrThrow({ where: { id: runId } });

/** A run whose first page of invoices is held back by QuickBooks until the fault is released. */
async function heldRun(): Promise<{ readonly runId: string; readonly held: InjectedFault }> {
  const held = bench.simulator.faults.inject({ kind: "hold", realmId, entity: "Invoice", query: "MAXRESULTS 1000" });
  const { run } = await start();
  await until(() => held.met > 0 || undefined);
  return { runId: run.id, held };
}

/** Ends the session of whoever works on the run, as a death does; its process does not notice. */
const cutOff = (runId: string): Promise<unknown> =>
  bench.database.pool.query(
    `SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN quickbooks_syncs r
       ON ((l.classid::bigint << 32) | l.objid::bigint) = r.lease_owner WHERE r.id = $1 AND l.locktype = 'advisory'`,
    [runId],
  );

test("F13: who takes over from a worker that is gone need not wait for the lease, and what the old one still brings is refused", async () => {
  const { runId, held } = await heldRun();
  await cutOff(runId);
  const other = bench.newWorker();
  await other.start();
  // A session that is ended lives on for a moment; what looks again here is the sweep elsewhere.
  await until(async () => {
    other.poke();
    return (await look(runId)).fence === 2 || undefined;
  }, 5_000);
  expect(await bench.ended(runId)).toMatchObject({ status: "SUCCEEDED", fence: 2 });
  const pages = await bench.database.prisma.syncPage.count({ where: { runId } });
  const answered = bench.simulator.requests.length;
  held.release();
  await until(() => bench.simulator.requests.length > answered || undefined);
  await other.stop();
  expect(await mirrorDifferences(bench, connectionId, realmId)).toEqual([]);
  expect(await bench.database.prisma.syncPage.count({ where: { runId } })).toBe(pages);
});

test("a run that is cancelled while QuickBooks keeps it waiting ends without its answer, and what it took in stays", async () => {
  const { runId, held } = await heldRun();
  await bench.runs.cancel({ actor: bench.actor, syncRunId: runId });
  expect(await bench.ended(runId)).toMatchObject({ status: "CANCELLED", errorCode: null });
  held.release();
  expect(await mirrorDifferences(bench, connectionId, realmId, { entities: ["Account"] })).toEqual([]);
});

test("I5: another run of the same company waits whoever is free, joins are no runs, and one that is cancelled in line never begins", async () => {
  const { runId, held } = await heldRun();
  const other = bench.newWorker();
  await other.start();
  const narrower = await start({ transactionsFrom: "2026-01-01" });
  const cancelled = await start({ transactionsFrom: "2026-02-01" });
  expect([narrower.outcome, cancelled.outcome]).toEqual(["QUEUED", "QUEUED"]);
  expect(await start()).toMatchObject({ outcome: "JOINED", run: { id: runId } });
  expect(await start({ transactionsFrom: "2026-01-01" })).toMatchObject({
    outcome: "JOINED",
    run: { id: narrower.run.id },
  });
  const ended = await bench.runs.cancel({ actor: bench.actor, syncRunId: cancelled.run.id });
  expect(ended).toMatchObject({ status: "CANCELLED", startedAt: null });
  other.poke();
  // The other worker has looked once it has done something that came later.
  const neighbour = await anotherCompany();
  await bench.runs.start({ actor: bench.actor, connectionId: neighbour, mode: "FULL", dryRun: false });
  other.poke();
  await until(
    async () =>
      (await bench.database.prisma.syncRun.findFirst({ where: { connectionId: neighbour } }))?.finishedAt ?? undefined,
  );
  expect(await look(narrower.run.id)).toMatchObject({ status: "QUEUED", startedAt: null });
  held.release();
  const first = await bench.ended(runId);
  const second = await bench.ended(narrower.run.id);
  expect([first.status, second.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  expect(second.startedAt?.getTime()).toBeGreaterThanOrEqual(first.finishedAt?.getTime() ?? Infinity);
  await other.stop();
});

async function anotherCompany(): Promise<string> {
  companies += 1;
  const neighbour = `913000000000000${companies}`;
  bench.simulator.addCompany({ realmId: neighbour, seed: `recovery ${companies}`, size: 20 });
  return bench.connect(neighbour);
}

test("F12: a run that QuickBooks throttles gives its work back, goes on later, and counts as neither done nor failed meanwhile", async () => {
  bench.simulator.switches.retryAfterSeconds = 0;
  const throttled = bench.simulator.faults.inject({ kind: "429", realmId, entity: "Invoice", times: 5 });
  const { run } = await start();
  expect(await bench.ended(run.id)).toMatchObject({ status: "SUCCEEDED", attempts: 1, fence: 2 });
  expect(throttled.met).toBe(5);
  expect(await mirrorDifferences(bench, connectionId, realmId)).toEqual([]);
});

test("a company whose authorization is taken away fails its run and asks for a new one", async () => {
  const { runId, held } = await heldRun();
  bench.simulator.disconnect(realmId);
  held.release();
  expect(await bench.ended(runId)).toMatchObject({ status: "FAILED", errorCode: "ReconnectNeeded" });
  expect(await bench.database.prisma.connection.findUnique({ where: { id: connectionId } })).toMatchObject({
    status: "REAUTHORIZATION_REQUIRED",
  });
  await expect(start()).rejects.toMatchObject({ code: "REAUTHORIZATION_REQUIRED" });
});

test("runs that are ended while a page of theirs is being stored wait for it, and neither for the other in a circle", async () => {
  const { runId, held } = await heldRun();
  const { database, runs, actor } = bench;
  const page = await database.pool.connect();
  try {
    await page.query("BEGIN");
    await page.query("UPDATE sync_run_entities SET read = read WHERE run_id = $1 AND entity = 'Payment'", [runId]);
    const ending = database.transaction((client) => runs.endAll(client, connectionId, actor.organizationId));
    await until(async () => {
      const { rowCount } = await database.pool.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%sync_run_entities%'",
      );
      return rowCount === 0 ? undefined : true;
    });
    await page.query("SET LOCAL statement_timeout = '5s'");
    await page.query("UPDATE quickbooks_syncs SET api_calls = api_calls WHERE id = $1", [runId]);
    await page.query("COMMIT");
    await ending;
    expect((await look(runId)).status).toBe("CANCELLED");
  } finally {
    page.release(true);
    held.release();
  }
});
