import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { connectCompany, dataOf } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";

let gateway: Gateway;
let firm: Firm;
let connectionId: string;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  ({ connectionId } = await connectCompany(gateway, await firm.token("ADMIN")));
});

afterAll(() => gateway.stop());

const query = `query ($connection: ID, $since: DateTime) { dashboard(connectionId: $connection, since: $since) {
  activeConnections runsToday successRate averageRunSeconds apiUsage { reads writes throttledSeconds }
  recentRuns { status } recentFailures { quickbooksId connection { companyName } }
  freshness { entity lagSeconds connection { companyName } }
} }`;

const ask = async (variables: object = {}, by: Firm = firm) =>
  (await dataOf(gateway, query, { token: await by.token("VIEWER"), variables: { ...variables } }))["dashboard"];

/** A run that ended so, after ten seconds. */
const addRun = (status: string, queuedAt: string) =>
  gateway.database.pool.query(
    `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at, started_at, finished_at)
     SELECT gen_random_uuid(), id, 1, 'FULL', 'MANUAL', $1, '{}', ${queuedAt}, ${queuedAt}, ${queuedAt} + interval '10 s' FROM connections`,
    [status],
  );

test("before anything has run there is nothing to divide by", async () => {
  expect(await ask()).toMatchObject({
    activeConnections: 1,
    runsToday: 1,
    successRate: null,
    averageRunSeconds: null,
    recentRuns: [{ status: "QUEUED" }],
    recentFailures: [],
    freshness: [],
  });
});

test("runs since then are counted, cancelled ones without a word on success, and what waits and lags is shown", async () => {
  const { pool } = gateway.database;
  for (const status of ["SUCCEEDED", "SUCCEEDED", "PARTIAL", "FAILED", "CANCELLED"]) await addRun(status, "now()");
  await addRun("FAILED", "now() - interval '3 days'");
  await pool.query(
    `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, code, reason, status, first_seen_at, last_seen_at)
     SELECT gen_random_uuid(), id, 1, id, 'Item', n::text, 'INVALID_RECORD', 'torn', CASE n WHEN 1 THEN 'OPEN' ELSE 'DISMISSED' END::"FailureStatus", now(), now()
     FROM connections, generate_series(1, 2) n`,
  );
  await pool.query(
    `INSERT INTO mirror_status (connection_id, entity, epoch, watermark) SELECT id, 'Item', 1, now() - interval '90 s' FROM connections`,
  );
  await pool.query(
    `INSERT INTO api_usage (connection_id, month, reads, writes, throttled_ms)
     SELECT id, date_trunc('month', now() AT TIME ZONE 'UTC'), 7, 2, 3500 FROM connections
     ON CONFLICT (connection_id, month) DO UPDATE SET reads = 7, writes = 2, throttled_ms = 3500`,
  );
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const companyName = "Hillside";
  expect(await ask({ connection: connectionId, since })).toMatchObject({
    runsToday: 6,
    successRate: 0.5,
    averageRunSeconds: 10,
    apiUsage: { writes: 2, throttledSeconds: 4 },
    recentFailures: [{ quickbooksId: "1", connection: { companyName } }],
    freshness: [{ entity: "ITEM", lagSeconds: expect.any(Number), connection: { companyName } }],
  });
  expect(await ask({ since: new Date(Date.now() - 7 * 86_400_000).toISOString() })).toMatchObject({ runsToday: 7 });
});

test("whether QuickBooks answers is told by the last minutes' requests, and without any by a request that is not metered", async () => {
  const health = async () => {
    const { dashboard } = await dataOf(gateway, "{ dashboard { apiHealth } }", { token: await firm.token("VIEWER") });
    return dashboard;
  };
  const calls = (answered: string, failed: string) =>
    gateway.database.pool.query(`UPDATE api_usage SET answered_at = ${answered}, failed_at = ${failed}`);
  await calls("now()", "now() - interval '6 minutes'");
  expect(await health()).toEqual({ apiHealth: "UP" });
  await calls("now()", "now()");
  expect(await health()).toEqual({ apiHealth: "DEGRADED" });
  await calls("NULL", "now()");
  expect(await health()).toEqual({ apiHealth: "DOWN" });
  const asked = gateway.simulator.requests.length;
  await calls("now() - interval '6 minutes'", "now() - interval '6 minutes'");
  expect(await health()).toEqual({ apiHealth: "UP" });
  expect(await health()).toEqual({ apiHealth: "UP" });
  expect(gateway.simulator.requests.slice(asked).map(({ path }) => path)).toEqual([expect.stringContaining("openid")]);
});

test("another organization sees nothing of it", async () => {
  const other = await gateway.newFirm();
  expect(await ask({ connection: connectionId }, other)).toBeNull();
  expect(await ask({}, other)).toMatchObject({ activeConnections: 0, runsToday: 0, recentRuns: [], freshness: [] });
});

const points = "at runs succeeded failed recordsRead recordsChanged apiCalls";
const seriesSince = async (since: Date | undefined, by: Firm = firm): Promise<readonly Record<string, unknown>[]> => {
  const { dashboard } = await dataOf(
    gateway,
    `query ($since: DateTime) { dashboard(since: $since) { series { ${points} } } }`,
    { token: await by.token("VIEWER"), variables: { since } },
  );
  return z.object({ series: z.array(z.record(z.string(), z.unknown())) }).parse(dashboard).series;
};
const nothing = { runs: 0, succeeded: 0, failed: 0, recordsRead: 0, recordsChanged: 0, apiCalls: 0 };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startOf = (unitMs: number, time: number): string => new Date(Math.floor(time / unitMs) * unitMs).toISOString();

test("the series has a point for every hour or day, also those in which nothing ran", async () => {
  const { pool } = gateway.database;
  await pool.query("DELETE FROM quickbooks_syncs");
  const now = Date.now();
  for (const [status, hours, isDryRun] of [
    ["SUCCEEDED", 3, false],
    ["SUCCEEDED", 3, true],
    ["INTERRUPTED", 3, false],
    ["PARTIAL", 1, false],
  ] as const) {
    await pool.query(
      `WITH run AS (INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at, api_calls, is_dry_run)
         SELECT gen_random_uuid(), id, 1, 'FULL', 'MANUAL', $1, '{}', $2, 7, $3 FROM connections RETURNING id)
       INSERT INTO sync_run_entities (run_id, entity, position, phase, read, created, updated, removed)
       SELECT id, entity, 0, 'DONE', 100, 1, 2, 3 FROM run, unnest(ARRAY['Item', 'Invoice']) entity`,
      [status, new Date(now - hours * hourMs), isDryRun],
    );
  }
  const hourly = await seriesSince(new Date(now - 4 * hourMs));
  expect(hourly.map(({ at }) => at)).toEqual([4, 3, 2, 1, 0].map((ago) => startOf(hourMs, now - ago * hourMs)));
  expect(hourly[0]).toMatchObject(nothing);
  expect(hourly[1]).toMatchObject({
    runs: 3,
    succeeded: 2,
    failed: 1,
    recordsRead: 600,
    recordsChanged: 24,
    apiCalls: 21,
  });
  expect(hourly[2]).toMatchObject(nothing);
  expect(hourly[3]).toMatchObject({
    runs: 1,
    succeeded: 0,
    failed: 0,
    recordsRead: 200,
    recordsChanged: 12,
    apiCalls: 7,
  });
  const daily = await seriesSince(new Date(now - 3 * dayMs));
  expect(daily.map(({ at }) => at)).toEqual([3, 2, 1, 0].map((ago) => startOf(dayMs, now - ago * dayMs)));
  expect(daily.reduce((sum, { runs }) => sum + Number(runs), 0)).toBe(4);
});

test("the series has 400 points at most, none of another organization's runs, and none of the time to come", async () => {
  const all = await seriesSince(new Date(0));
  expect(all).toHaveLength(400);
  expect(all.at(-1)).toMatchObject({ at: startOf(dayMs, Date.now()) });
  expect(await seriesSince(new Date(Date.now() + dayMs))).toEqual([]);
  const foreign = await seriesSince(new Date(Date.now() - dayMs), await gateway.newFirm());
  expect(foreign.every(({ runs }) => runs === 0)).toBe(true);
  expect(foreign.length).toBeGreaterThan(0);
});
