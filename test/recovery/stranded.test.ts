import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { endStrandedRuns } from "../../src/sync/recovery/stranded.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";

const [realmId, otherRealmId, thirdRealmId] = ["9130000000000044", "9130000000000045", "9130000000000046"];
let bench: EngineBench;

beforeAll(async () => {
  bench = await engineBench([
    { realmId, seed: "stranded", size: 60 },
    { realmId: otherRealmId, seed: "other", size: 60 },
    { realmId: thirdRealmId, seed: "third", size: 60 },
  ]);
});

afterAll(() => bench.stop());

/** A run as it waits in its row, older than any other. */
async function waiting(connectionId: string, mode: "FULL" | "RECORDS", status: "QUEUED" | "RUNNING"): Promise<string> {
  const id = randomUUID();
  await bench.database.pool.query(
    `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at, lease_until)
     SELECT $1, id, epoch, $3, 'MANUAL', $4, entities, now() - interval '1 hour', CASE WHEN $4 = 'RUNNING'::"SyncRunStatus" THEN now() - interval '1 minute' END
     FROM connections WHERE id = $2`,
    [id, connectionId, mode, status],
  );
  return id;
}

test("runs of a company that was disconnected or reset while they waited end as interrupted, and say why; others go on", async () => {
  const [connectionId, otherId] = [await bench.connect(realmId), await bench.connect(otherRealmId)];
  const { pool } = bench.database;
  await pool.query("UPDATE connections SET is_paused = true WHERE id = $1", [connectionId]);
  const left = [
    await waiting(connectionId, "FULL", "QUEUED"),
    await waiting(connectionId, "RECORDS", "QUEUED"),
    await waiting(connectionId, "FULL", "RUNNING"),
  ];
  await pool.query("UPDATE connections SET status = 'DISCONNECTED', is_paused = false WHERE id = $1", [connectionId]);
  expect((await bench.fullSync(otherId)).status).toBe("SUCCEEDED");
  for (const id of left) {
    expect(await bench.ended(id)).toMatchObject({
      status: "INTERRUPTED",
      errorCode: "NOT_CONNECTED",
      errorMessage: expect.stringContaining("Connect it again"),
      apiCalls: 0,
    });
  }

  await pool.query("UPDATE connections SET status = 'CONNECTED', is_paused = true WHERE id = $1", [connectionId]);
  const old = await waiting(connectionId, "FULL", "QUEUED");
  await pool.query("UPDATE connections SET epoch = epoch + 1, is_paused = false WHERE id = $1", [connectionId]);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await bench.ended(old)).toMatchObject({ status: "INTERRUPTED", errorCode: "COMPANY_RESET", apiCalls: 0 });
});

test("a run that waits because its company is paused keeps waiting", async () => {
  const { rows } = await bench.database.pool.query<{ id: string }>("SELECT id FROM connections LIMIT 1");
  const connectionId = rows[0]?.id ?? "";
  await bench.database.pool.query("UPDATE connections SET is_paused = true WHERE id = $1", [connectionId]);
  const id = await waiting(connectionId, "FULL", "QUEUED");
  const { rows: others } = await bench.database.pool.query<{ id: string }>(
    "SELECT id FROM connections WHERE NOT is_paused",
  );
  await bench.fullSync(others[0]?.id ?? "");
  const run = await bench.database.prisma.syncRun.findUniqueOrThrow({ where: { id } });
  expect(run.status).toBe("QUEUED");
});

test("ending what is stranded takes its locks in the order of a page: progress, then the run", async () => {
  const { pool } = bench.database;
  const connectionId = await bench.connect(thirdRealmId);
  await pool.query("UPDATE connections SET is_paused = true WHERE id = $1", [connectionId]);
  const id = await waiting(connectionId, "FULL", "RUNNING");
  await pool.query(
    "INSERT INTO sync_run_entities (run_id, entity, position, phase) VALUES ($1, 'Customer', 0, 'READING')",
    [id],
  );
  await pool.query("UPDATE connections SET status = 'DISCONNECTED' WHERE id = $1", [connectionId]);
  const page = await pool.connect();
  try {
    await page.query("BEGIN");
    await page.query("SELECT 1 FROM sync_run_entities WHERE run_id = $1 FOR UPDATE", [id]);
    const ending = endStrandedRuns(bench.database, bench.streams);
    await until(async () => (await waitForLocks()) || undefined);
    await page.query("SELECT 1 FROM quickbooks_syncs WHERE id = $1 FOR UPDATE", [id]);
    await page.query("COMMIT");
    await ending;
  } finally {
    page.release();
  }
  expect(await bench.ended(id)).toMatchObject({ status: "INTERRUPTED", errorCode: "NOT_CONNECTED" });

  async function waitForLocks(): Promise<boolean> {
    const { rows } = await pool.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    return rows.length > 0;
  }
});
