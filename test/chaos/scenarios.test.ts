import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { LeaseLost, Progress } from "../../src/sync/progress.js";
import type { RunRow } from "../../src/sync/run-view.js";
import { until } from "../support/until.js";
import { violations, watchWatermarks } from "./checks/index.js";
import { plenty, traitsOf } from "./traits.js";
import { createWorld, type World } from "./world.js";

const calm = { size: 85, hasLimits: false, monthlyReads: plenty, mostSkewMs: 0, switches: { retryAfterSeconds: 0.2 } };
let world: World;

beforeAll(async () => {
  world = await createWorld({ traits: { ...traitsOf(1), ...calm }, onLog: () => undefined });
  await watchWatermarks(world.database.pool);
});

/** What came before lies outside the overlap that every reading goes back. */
beforeEach(async () => {
  expect((await sync("FULL")).status).toBe("SUCCEEDED");
  world.pass(10 * 60_000);
});

afterAll(() => world.stop());

async function start(mode: "FULL" | "INCREMENTAL"): Promise<RunRow> {
  const {
    webs: [{ runs }],
    actor,
    connectionId,
  } = world;
  return (await runs.start({ actor, connectionId, mode, dryRun: false })).run;
}

/** Well before the lease of a dead worker runs out. */
const ended = (id: string) =>
  until(async () => {
    const run = await world.database.prisma.syncRun.findUniqueOrThrow({ where: { id } });
    return run.finishedAt === null ? undefined : run;
  }, 15_000);

const sync = async (mode: "FULL" | "INCREMENTAL") => ended((await start(mode)).id);

const anyInvoice = (): string => [...world.company.records("Invoice")].at(-1)?.id ?? "";

test("a commit that becomes visible 100 s after its own time arrives with the next sync", async () => {
  world.company.change("Invoice", anyInvoice(), { PrivateNote: "late" }, { visibleAfterMs: 100_000 });
  world.pass(30_000);
  await sync("INCREMENTAL");
  world.pass(71_000);
  await sync("INCREMENTAL");
  expect(await violations(world)).toEqual([]);
});

test("what was deleted between two full syncs is gone after the second", async () => {
  world.company.delete("Invoice", anyInvoice());
  await sync("FULL");
  expect(await violations(world)).toEqual([]);
});

test("of two runs of one company the second begins when the first has ended", async () => {
  const held = world.simulator.faults.inject({ kind: "hold", entity: "Invoice" });
  const first = await start("FULL");
  await until(() => held.met > 0 || undefined);
  const second = await start("INCREMENTAL");
  expect(second.status).toBe("QUEUED");
  world.simulator.faults.clear();
  const [before, after] = [await ended(first.id), await ended(second.id)];
  expect(after.startedAt?.getTime()).toBeGreaterThanOrEqual(before.finishedAt?.getTime() ?? Infinity);
});

test("F13: the run of a worker that was killed is gone on with at once, and nothing of it is lost", async () => {
  const [victim] = world.processes;
  if (victim === undefined) throw new Error("There is no worker to kill.");
  const held = world.simulator.faults.inject({ kind: "hold", entity: "Invoice" });
  world.company.change("Customer", "1", { Notes: "before the death" });
  const { id } = await start("FULL");
  await until(() => held.met > 0 || undefined);
  await world.kill(victim);
  world.simulator.faults.clear();
  await world.addProcess();
  expect((await ended(id)).status).toBe("SUCCEEDED");
  expect(await violations(world)).toEqual([]);
});

test("a worker whose run was taken over writes nothing more", async () => {
  const {
    database,
    webs: [{ streams }],
    connectionId,
  } = world;
  const { rows } = await database.pool.query<{ id: string; fence: number }>(
    "SELECT id, fence FROM quickbooks_syncs WHERE connection_id = $1 ORDER BY queued_at DESC LIMIT 1",
    [connectionId],
  );
  const [run] = rows;
  if (run === undefined) throw new Error("There is no run.");
  await database.pool.query(
    "UPDATE quickbooks_syncs SET status = 'RUNNING', fence = fence + 1, lease_until = now() + interval '1 hour' WHERE id = $1",
    [run.id],
  );
  const late = new Progress(streams, run.id, run.fence);
  const write = database.transaction((client) => late.advance(client, "Customer", { read: 1 }));
  await expect(write).rejects.toThrow(LeaseLost);
  await database.pool.query("UPDATE quickbooks_syncs SET status = 'SUCCEEDED' WHERE id = $1", [run.id]);
});
