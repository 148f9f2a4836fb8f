import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { Program } from "../support/program.js";
import { until } from "../support/until.js";
import {
  connectCompany,
  encryptionKey,
  onlyCompany,
  type QuickBooksParts,
  someActor,
  startQuickBooks,
  statusOf,
} from "./support.js";

const waitMs = 30_000;
const outcomes = z.array(z.string());
let parts: QuickBooksParts;
let connectionId: string;
let companyName: string;
const programs: Program[] = [];

beforeAll(async () => {
  parts = await startQuickBooks();
  companyName = parts.simulator.companies.get(onlyCompany(parts.simulator))?.name ?? "";
});

afterAll(() => parts.stop());

beforeEach(async () => {
  connectionId = await connectCompany(parts.flow, someActor());
  await parts.database.prisma.quickBooksToken.updateMany({ data: { accessTokenExpiresAt: new Date() } });
});

afterEach(async () => {
  parts.simulator.faults.clear();
  parts.simulator.switches.refreshMode = "rotate-immediately";
  await Promise.all(programs.splice(0).map((program) => program.kill()));
  await parts.database.pool.query("TRUNCATE connections, quickbooks_tokens");
});

/** A process of its own that reads the company with so many requests at once. */
function reading(requests: number): Program {
  const { simulator, database } = parts;
  const program = new Program(["--import", "tsx", "test/quickbooks/reading.ts"], {
    DATABASE_URL: database.url,
    DISCOVERY_DOCUMENT: simulator.discoveryUrl,
    API_BASE_URL: simulator.apiBaseUrl,
    CLIENT_ID: simulator.clientId,
    CLIENT_SECRET: simulator.clientSecret,
    ENCRYPTION_KEY: Buffer.from(encryptionKey).toString("base64"),
    CONNECTION_ID: connectionId,
    REQUESTS: String(requests),
  });
  programs.push(program);
  return program;
}

const read = async (program: Program) => outcomes.parse(JSON.parse(await program.ended()));

const renewals = () => parts.simulator.requests.filter(({ path }) => path.endsWith("/tokens/bearer")).length;

/** How many sessions of the database wait for a lock of this kind. */
async function waiting(lock: string): Promise<number> {
  const { rows } = await parts.database.pool.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = $1",
    [lock],
  );
  return rows.length;
}

test("F4: twenty requests of two processes at expiry cause one refresh, however late its answer, and none fails", async () => {
  const held = parts.simulator.faults.inject({ kind: "hold", path: "/tokens/bearer" });
  const before = renewals();
  const both = [reading(10), reading(10)];
  await until(() => held.met > 0 || undefined, waitMs);
  await until(async () => (await waiting("transactionid")) > 0 || undefined, waitMs);
  held.release();
  const all = (await Promise.all(both.map(read))).flat();
  expect(all).toEqual(Array.from({ length: 20 }, () => companyName));
  expect(renewals() - before).toBe(1);
});

/** Kills a process when Intuit has rotated the token and answered, and the new one is not committed. */
async function killBeforeCommit(): Promise<void> {
  const { pool } = parts.database;
  const gate = await pool.connect();
  try {
    await gate.query("SELECT pg_advisory_lock(1)");
    await pool.query(
      `CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN new; END'`,
    );
    await pool.query(
      "CREATE TRIGGER gate AFTER UPDATE ON quickbooks_tokens FOR EACH ROW EXECUTE FUNCTION wait_at_gate()",
    );
    const process = reading(1);
    await until(async () => (await waiting("advisory")) > 0 || undefined, waitMs);
    await process.kill();
  } finally {
    await gate.query("SELECT pg_advisory_unlock(1)");
    gate.release();
    await pool.query("DROP FUNCTION wait_at_gate CASCADE");
  }
}

const stored = () => parts.database.prisma.quickBooksToken.findMany();

test.each(["same-until-24h", "rotate-with-24h-grace"] as const)(
  "F4: killed between Intuit's answer and our commit, the connection goes on where the old token serves (%s)",
  async (refreshMode) => {
    parts.simulator.switches.refreshMode = refreshMode;
    await killBeforeCommit();
    expect(await stored()).toMatchObject([{ connectionId, generation: 1 }]);
    expect(await read(reading(3))).toEqual([companyName, companyName, companyName]);
    expect(await statusOf(parts.database, connectionId)).toBe("CONNECTED");
  },
  60_000,
);

test("F4: killed between Intuit's answer and our commit, a connection whose old token is dead asks for consent and stays", async () => {
  await killBeforeCommit();
  const before = renewals();
  expect(await read(reading(3))).toEqual(["ReconnectNeeded", "ReconnectNeeded", "ReconnectNeeded"]);
  expect(renewals() - before).toBe(1);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
  expect(await stored()).toMatchObject([{ connectionId }]);
  const { organizationId } = await parts.database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  expect(await connectCompany(parts.flow, someActor(organizationId))).toBe(connectionId);
  expect(await read(reading(1))).toEqual([companyName]);
}, 60_000);

test("a company that QuickBooks closes to us (403, 3100) is never answered by a refresh, by whichever process", async () => {
  await parts.tokens.accessToken(connectionId);
  parts.simulator.faults.inject({ kind: "403-3100", path: "/companyinfo", times: 1000 });
  const before = renewals();
  const all = (await Promise.all([reading(5), reading(5)].map(read))).flat();
  expect(new Set(all)).toEqual(new Set(["ReconnectNeeded"]));
  expect(renewals() - before).toBe(0);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
  expect(await read(reading(5))).toEqual(Array(5).fill("ReconnectNeeded"));
  expect(renewals() - before).toBe(0);
}, 60_000);

test("tokens that are refused however new they are (401) are refreshed once by a process at most, then the authorization ends", async () => {
  await parts.tokens.accessToken(connectionId);
  parts.simulator.faults.inject({ kind: "401", path: "/companyinfo", times: 1000 });
  const before = renewals();
  const all = (await Promise.all([reading(5), reading(5)].map(read))).flat();
  expect(new Set(all)).toEqual(new Set(["ReconnectNeeded"]));
  const refreshes = renewals() - before;
  expect(refreshes).toBeGreaterThan(0);
  expect(refreshes).toBeLessThan(3);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
  expect(await read(reading(5))).toEqual(Array(5).fill("ReconnectNeeded"));
  expect(renewals() - before).toBe(refreshes);
}, 60_000);
