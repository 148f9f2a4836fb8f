import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { Program } from "../support/program.js";
import { until } from "../support/until.js";
import { connectCompany, onlyCompany, type QuickBooksParts, someActor, startQuickBooks } from "./support.js";

/** I13 over processes of their own; the simulator refuses (429) what Intuit would. */

const waitMs = 60_000;
const programs: Program[] = [];
let parts: QuickBooksParts;
let connectionId: string;

beforeAll(async () => {
  parts = await startQuickBooks({ limits: {} });
  connectionId = await connectCompany(parts.flow, someActor());
});

beforeEach(async () => {
  // The gateway forgets what it sent, so what the company still counts has to be over.
  await until(() => Date.now() - (parts.simulator.requests.at(-1)?.at ?? 0) > 1000 || undefined, waitMs);
  await parts.database.pool.query("TRUNCATE api_grants, api_limits");
});

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.kill()));
});

afterAll(() => parts.stop());

/** A process that asks so many requests of the company as soon as the limits let it. */
async function asking(requests: number, perSecond = 10): Promise<Program> {
  const { simulator, database, tokens } = parts;
  const realmId = onlyCompany(simulator);
  const program = new Program(["--import", "tsx", "test/quickbooks/asking.ts"], {
    DATABASE_URL: database.url,
    URL: `${simulator.apiBaseUrl}/v3/company/${realmId}/companyinfo/${realmId}?minorversion=75`,
    TOKEN: (await tokens.accessToken(connectionId)).token,
    CONNECTION_ID: connectionId,
    REQUESTS: String(requests),
    PER_SECOND: String(perSecond),
  });
  programs.push(program);
  return program;
}

const statuses = async (program: Program) => z.array(z.number()).parse(JSON.parse(await program.ended()));

const allFine = (requests: number): readonly number[] => Array.from({ length: requests }, () => 200);

/** When the company was asked, by the simulator's clock, since its log had so many entries. */
const askedAt = (since: number) =>
  parts.simulator.requests
    .slice(since)
    .filter(({ path }) => path.includes("/companyinfo/"))
    .map(({ at }) => at);

test("I13: two processes together send no more than ten requests in any second", async () => {
  const both = await Promise.all([asking(20), asking(20)]);
  const all = (await Promise.all(both.map(statuses))).flat();
  expect(all).toEqual(allFine(40));
}, 120_000);

test("I13: two processes together have no more than ten requests in flight", async () => {
  const { simulator, database } = parts;
  const { limits } = simulator;
  if (limits !== undefined) simulator.limits = { ...limits, perSecond: 1000 };
  const held = simulator.faults.inject({ kind: "hold", path: "/companyinfo", times: 20 });
  const both = await Promise.all([asking(10, 1000), asking(10, 1000)]);
  const asks = async () => {
    const { rows } = await database.pool.query<{ count: number }>(
      "SELECT last_value::integer AS count FROM api_grants_id_seq",
    );
    return rows[0]?.count ?? 0;
  };
  await until(() => held.met >= 10 || undefined, waitMs);
  const before = await asks();
  // Every look for a free place counts: of both processes there have been many, and all were refused.
  await until(async () => (await asks()) >= before + 40 || undefined, waitMs);
  expect(held.met).toBe(10);
  held.release();
  expect((await Promise.all(both.map(statuses))).flat()).toEqual(allFine(20));
  if (limits !== undefined) simulator.limits = limits;
}, 120_000);

test("I6: a process that dies with all its requests in flight leaves the company room again within a minute", async () => {
  const { simulator } = parts;
  const { limits } = simulator;
  if (limits !== undefined) simulator.limits = { ...limits, perSecond: 1000, concurrent: 1000 };
  const held = simulator.faults.inject({ kind: "hold", path: "/companyinfo", times: 10 });
  const dying = await asking(10, 1000);
  await until(() => held.met >= 10 || undefined, waitMs);
  await dying.kill();
  const diedAt = Date.now();
  expect(await statuses(await asking(1, 1000))).toEqual([200]);
  expect(Date.now() - diedAt).toBeLessThan(60_000);
  held.release();
  if (limits !== undefined) simulator.limits = limits;
}, 120_000);

test("I13: two processes together send no more than 450 requests in any minute", async () => {
  await parts.database.pool.query(
    `INSERT INTO api_grants (connection_id, granted_for, finished_at)
     SELECT $1, clock_timestamp() - interval '45 s', clock_timestamp() FROM generate_series(1, 445)`,
    [connectionId],
  );
  const hasRoomAt = Date.now() + 15_000;
  const before = parts.simulator.requests.length;
  const both = await Promise.all([asking(5), asking(5)]);
  expect((await Promise.all(both.map(statuses))).flat()).toEqual(allFine(10));
  const early = askedAt(before).filter((at) => at < hasRoomAt);
  expect(early.length).toBeLessThanOrEqual(5);
  expect(askedAt(before)).toHaveLength(10);
}, 120_000);
