import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { PoolClient } from "pg";
import type { Company } from "../../simulator/index.js";
import type { SyncRun } from "../../src/generated/prisma/client.js";
import { createReader } from "../../src/sync/read/reader.js";
import { lockFeed } from "../../src/sync/store/change-feed.js";
import { mirrorDifferences } from "../support/comparing.js";
import { companyOf } from "../support/company.js";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";
import { cloudBody, type Told } from "../webhooks/bodies.js";

/** A person clears all data of a company in QuickBooks: a new life begins, in which ids begin anew. */

const realmId = "9130000000000061";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeEach(async () => {
  bench = await engineBench([{ realmId, seed: "reset", size: 150 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
});

afterEach(() => bench.stop());

/** Clears the company's books, and works in the new ones, with customers under ids that the old ones had too. */
function reset(): void {
  bench.simulator.clock.advance(60_000);
  company.reset();
  bench.simulator.clock.advance(1_000);
  for (const name of ["First of the new life", "Second of the new life"]) createCustomer(name);
}

const createCustomer = (DisplayName: string): string => company.create("Customer", { DisplayName });

const connection = () => bench.database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });

async function events(): Promise<readonly { readonly kind: string }[]> {
  return bench.database.prisma.streamEvent.findMany({
    where: { stream: `connections:${bench.actor.organizationId}` },
    orderBy: { number: "asc" },
  });
}

/** The run that reads the new life whole, once it has ended. */
async function recovery(): Promise<SyncRun> {
  return until(async () => {
    await bench.runs.wake();
    const where = { connectionId, trigger: "RECOVERY" as const, finishedAt: { not: null } };
    return (await bench.database.prisma.syncRun.findFirst({ where })) ?? undefined;
  }, 30_000);
}

/** A run found out, and another one has read the new life whole: the mirror is that of it, and nothing is left of the old one. */
async function expectNewLife(found: SyncRun): Promise<void> {
  expect(found).toMatchObject({ status: "INTERRUPTED", errorCode: "COMPANY_RESET", epoch: 1 });
  expect(found.errorMessage).toContain("begun anew");
  const whole = await recovery();
  expect(whole).toMatchObject({ mode: "FULL", status: "SUCCEEDED", epoch: 2, requestedBy: null });
  expect(await mirrorDifferences(bench, connectionId, realmId)).toEqual([]);
  expect(await connection()).toMatchObject({ epoch: 2, companyCreatedAt: expect.any(Date) });
  expect((await events()).filter(({ kind }) => kind === "COMPANY_RESET")).toHaveLength(1);
}

async function customersOf(epoch: number): Promise<string[]> {
  const rows = await bench.database.prisma.customer.findMany({
    where: { connectionId, epoch },
    orderBy: { id: "asc" },
  });
  return rows.map(({ displayName }) => displayName);
}

const notice = (told: Omit<Told, "realmId" | "name" | "operation">): string =>
  cloudBody([{ realmId, name: "Customer", operation: "Update", ...told }]);
const now = (): Date => new Date(bench.simulator.clock.now());

async function notices(): Promise<readonly { readonly status: string; readonly reason: string | null }[]> {
  return bench.database.prisma.webhookEvent.findMany({ orderBy: { receivedAt: "asc" } });
}

test("company reset: a full sync recognises it by CompanyInfo, before it reads anything else", async () => {
  reset();
  const found = await bench.fullSync(connectionId);
  await expectNewLife(found);
  expect(found.apiCalls).toBe(2);
  expect(await bench.database.prisma.auditEntry.findMany({ where: { action: "connection.beginLife" } })).toMatchObject([
    { subjectId: connectionId, actorKind: "SYSTEM", before: { epoch: 1 }, after: { epoch: 2 } },
  ]);
});

test("company reset: an incremental sync recognises it by a record's creation time, before the lives mix", async () => {
  const before = await customersOf(1);
  reset();
  const found = await bench.incrementalSync(connectionId);
  await expectNewLife(found);
  expect(await customersOf(1)).toEqual(before);
  expect(await customersOf(2)).toEqual(expect.arrayContaining(["First of the new life", "Second of the new life"]));
});

test("company reset: a webhook's record shows it, and the notice is applied to the new life", async () => {
  reset();
  const [{ id = "" } = {}] = company.records("Customer");
  await bench.inbox.keep(Buffer.from(notice({ id, at: now() })));
  const found = await until(async () => {
    const where = { connectionId, trigger: "WEBHOOK" as const, finishedAt: { not: null } };
    return (await bench.database.prisma.syncRun.findFirst({ where })) ?? undefined;
  });
  await expectNewLife(found);
  await bench.database.pool.query("UPDATE quickbooks_webhook_events SET next_attempt_at = now()");
  await until(async () => {
    await bench.runs.wake();
    return (await notices()).every(({ status }) => status === "DONE") || undefined;
  });
});

test("company reset: notices of the old life are ignored, and say why", async () => {
  const changed = now();
  await bench.database.pool.query("UPDATE connections SET is_paused = true");
  await bench.inbox.keep(Buffer.from(notice({ id: "1", at: changed })));
  reset();
  await bench.database.pool.query("UPDATE connections SET is_paused = false");
  await bench.database.pool.query("UPDATE quickbooks_webhook_events SET next_attempt_at = now() + interval '1 hour'");
  await expectNewLife(await bench.fullSync(connectionId));
  expect(await notices()).toMatchObject([{ status: "IGNORED", reason: expect.stringContaining("reset") }]);
});

test("company reset: a record with an id of both lives is another record, and the old one is found by no id of ours", async () => {
  const old = await bench.database.prisma.customer.findFirstOrThrow({ where: { connectionId, quickbooksId: "1" } });
  reset();
  await expectNewLife(await bench.incrementalSync(connectionId));
  const both = await bench.database.prisma.customer.findMany({ where: { connectionId, quickbooksId: "1" } });
  expect(new Set(both.map(({ id }) => id)).size).toBe(2);
  const young = both.find(({ epoch }) => epoch === 2)?.id ?? "";
  const asking = {
    database: bench.database.pool,
    reach: { organizationId: bench.actor.organizationId },
    at: new Date(),
  };
  const selection = { fields: ["displayName"], references: [], children: [], lists: [] };
  const found = await createReader(plugins).byIds(asking, "Customer", [old.id, young], selection);
  expect(found).toEqual([null, { displayName: "First of the new life" }]);
});

test("company reset: lists and their totals are of the new life", async () => {
  reset();
  await expectNewLife(await bench.incrementalSync(connectionId));
  const asking = {
    database: bench.database.pool,
    reach: { organizationId: bench.actor.organizationId },
    at: new Date(),
  };
  const record = { fields: ["quickbooksId"], references: [], children: [], lists: [] };
  const page = {
    first: 100,
    binding: "",
    order: { field: "quickbooksId", direction: "ASC" },
    conditions: [],
    record,
    edgeFields: [],
    withTotal: true,
  } as const;
  for (const [entity, count] of [
    ["Customer", 2],
    ["Invoice", 0],
  ] as const) {
    const list = await createReader(plugins).list(asking, entity, connectionId, page);
    expect(list).toMatchObject({ total: count, rows: { length: count } });
  }
});

test("company reset: the change feed tells of every record of the old life that it is gone, once, and then of the new", async () => {
  bench.simulator.clock.advance(600_000);
  const [{ id = "" } = {}] = company.records("Payment");
  company.delete("Payment", id);
  await bench.incrementalSync(connectionId);
  const old = new Set<string>();
  for (const table of plugins.map((plugin) => plugin.table)) {
    const { rows } = await bench.database.pool.query<{ id: string }>(`SELECT id FROM ${table}`);
    for (const { id } of rows) old.add(id);
  }
  reset();
  await expectNewLife(await bench.incrementalSync(connectionId));
  const feed = await bench.database.prisma.entityChange.findMany({
    where: { connectionId },
    orderBy: { number: "asc" },
  });
  const removed = feed.filter(({ kind }) => kind === "REMOVED").map(({ recordId }) => recordId);
  expect(removed).toHaveLength(old.size);
  expect(new Set(removed)).toEqual(old);
  const last = feed.findLastIndex(({ kind }) => kind === "REMOVED");
  const created = feed.slice(last + 1);
  expect(created.every(({ kind, recordId }) => kind === "CREATED" && !old.has(recordId))).toBe(true);
  expect(feed.map(({ number }) => Number(number))).toEqual(feed.map((_, index) => index + 1));
});

test("company reset: a full sync that it happens to ends, whatever it had read, and the new life is read whole", async () => {
  for (const entity of ["Invoice", "Payment"]) bench.simulator.faults.inject({ kind: "hold", entity });
  const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  await until(() => bench.simulator.faults.all.some(({ met }) => met > 0) || undefined);
  reset();
  for (const held of bench.simulator.faults.all) held.release();
  await expectNewLife(await bench.ended(run.id));
});

test("company reset: what a complete reading finds gone may have gone with all data, so the company is asked", async () => {
  bench.simulator.faults.inject({ kind: "hold", entity: "Invoice" });
  const { run } = await bench.runs.start({
    actor: bench.actor,
    connectionId,
    mode: "FULL",
    entities: ["Invoice"],
    dryRun: false,
  });
  await until(() => bench.simulator.faults.all.some(({ met }) => met > 0) || undefined);
  reset();
  for (const held of bench.simulator.faults.all) held.release();
  await expectNewLife(await bench.ended(run.id));
});

test("company reset: a death while it is recognised leaves nothing of it, or all of it with the run that goes on", async () => {
  reset();
  const { pool } = bench.database;
  await pool.query(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a death before the commit'; END $$;
    CREATE TRIGGER die BEFORE INSERT ON quickbooks_syncs FOR EACH ROW WHEN (NEW.trigger = 'RECOVERY') EXECUTE FUNCTION die()`);
  const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  await until(async () => {
    const { attempts } = await bench.database.prisma.syncRun.findUniqueOrThrow({ where: { id: run.id } });
    return attempts > 0 || undefined;
  });
  expect(await connection()).toMatchObject({ epoch: 1 });
  expect((await events()).some(({ kind }) => kind === "COMPANY_RESET")).toBe(false);
  await pool.query("DROP TRIGGER die ON quickbooks_syncs");
  await pool.query("UPDATE quickbooks_syncs SET lease_until = now() WHERE status = 'RUNNING'");
  await bench.runs.wake();
  await expectNewLife(await bench.ended(run.id));
});

test("company reset: runs that wait, and failures that are open, end with the old life", async () => {
  reset();
  await bench.database.pool.query("UPDATE connections SET is_paused = true");
  const { run: first } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
  const { run: second } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "VERIFY", dryRun: false });
  await bench.database.pool.query(
    `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, code, reason, status, first_seen_at, last_seen_at)
     VALUES (gen_random_uuid(), $1, 1, $2, 'Invoice', '5', 'INVALID_RECORD', 'a test', 'OPEN', now(), now())`,
    [connectionId, first.id],
  );
  await bench.database.pool.query("UPDATE connections SET is_paused = false");
  await bench.runs.wake();
  await expectNewLife(await bench.ended(first.id));
  expect(await bench.ended(second.id)).toMatchObject({
    status: "INTERRUPTED",
    errorCode: "COMPANY_RESET",
    apiCalls: 0,
  });
  expect(await bench.database.prisma.recordFailure.findMany()).toMatchObject([
    { status: "DISMISSED", note: expect.stringContaining("reset") },
  ]);
});

test("company reset: QuickBooks' own word that it was reset (10200) is made certain by CompanyInfo", async () => {
  bench.simulator.faults.inject({ kind: "10200", path: "cdc" });
  const [first, second] = [await bench.incrementalSync(connectionId), await bench.incrementalSync(connectionId)];
  expect(first).toMatchObject({ status: "FAILED", errorCode: "COMPANY_RESET", epoch: 1 });
  expect(second).toMatchObject({ status: "SUCCEEDED", epoch: 1 });
  bench.simulator.faults.inject({ kind: "10200", path: "cdc" });
  reset();
  await expectNewLife(await bench.incrementalSync(connectionId));
});

test("a record whose creation time has changed, of a company that was not reset, is taken in, with one look at CompanyInfo", async () => {
  await bench.database.pool.query(
    "UPDATE customers SET created_in_quickbooks_at = created_in_quickbooks_at - interval '1 hour' WHERE quickbooks_id = '1'",
  );
  bench.simulator.clock.advance(600_000);
  company.change("Customer", "1", { Notes: "changed" });
  const run = await bench.incrementalSync(connectionId);
  // The changes, CompanyInfo with Preferences, and the changes again.
  expect(run).toMatchObject({ status: "SUCCEEDED", epoch: 1, apiCalls: 4 });
  expect(await mirrorDifferences(bench, connectionId, realmId)).toEqual([]);
  expect((await bench.incrementalSync(connectionId)).apiCalls).toBe(1);
});

test.each([
  ["the feed", (page: PoolClient) => lockFeed(page, connectionId), "%INTO event_streams (name%"],
  [
    "its progress",
    (page: PoolClient, runId: string) =>
      page.query("UPDATE sync_run_entities SET read = read WHERE run_id = $1", [runId]),
    "%sync_run_entities%",
  ],
])(
  "a reset found while a page of the same run has locked %s waits for it, not in a circle",
  async (_, lock, waiting) => {
    reset();
    const page = await bench.database.pool.connect();
    const hold = bench.simulator.faults.inject({ kind: "hold", path: "/companyinfo/" });
    try {
      const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode: "FULL", dryRun: false });
      await until(() => hold.met > 0 || undefined);
      await page.query("BEGIN");
      await lock(page, run.id);
      hold.release();
      await until(async () => {
        const { rowCount } = await bench.database.pool.query(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1",
          [waiting],
        );
        return rowCount === 0 ? undefined : true;
      });
      await page.query("SET LOCAL statement_timeout = '5s'");
      await page.query("UPDATE quickbooks_syncs SET api_calls = api_calls WHERE id = $1", [run.id]);
      await page.query("COMMIT");
      await expectNewLife(await bench.ended(run.id));
    } finally {
      hold.release();
      page.release(true);
    }
  },
);
