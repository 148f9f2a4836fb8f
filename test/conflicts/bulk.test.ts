import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { until } from "../support/until.js";
import { endedConflict, openedConflict, type Opened } from "./opened.js";
import { openQueue, type Queue } from "./queue.js";

let queue: Queue;

beforeAll(async () => {
  queue = await openQueue("9130000000000413", "bulk");
});

afterAll(() => queue.stop());

const opened = () => openedConflict(queue);
const ended = (end: "delete" | "void") => endedConflict(queue, end);
const actor = () => queue.bench.actor;

test("in bulk, by a filter or by ids: each is decided by itself, and what cannot be is counted with its reason", async () => {
  const [one, two, gone] = [await opened(), await opened(), await ended("delete")];
  const ids = [one, two, gone].map(({ conflict }) => conflict.id);
  const request = { actor: actor(), resolution: "PLATFORM_WINS", note: "all ours" } as const;
  expect(await queue.conflicts.resolveMany({ ...request, ids, dryRun: true })).toMatchObject({
    resolved: 2,
    skippedCount: 1,
  });
  expect(await queue.conflictOf(one.changeId)).toMatchObject({ status: "OPEN" });
  const outcome = await queue.conflicts.resolveMany({ ...request, where: { id: { in: ids }, entity: "Customer" } });
  expect(outcome).toMatchObject({ resolved: 2, skipped: [], skippedCount: 0 });
  expect(await queue.conflictOf(two.changeId)).toMatchObject({ status: "RESOLVED", note: "all ours" });
  const again = await queue.conflicts.resolveMany({ ...request, ids: [...ids, randomUUID(), "no id"] });
  expect(again.resolved).toBe(0);
  expect(again.skipped.map(({ reason }) => reason.slice(0, 24))).toEqual([
    "This conflict was resolv",
    "This conflict was resolv",
    "The record is gone in Qu",
    "There is no such conflic",
    "There is no such conflic",
  ]);
  expect(
    await queue.conflicts.resolveMany({ actor: actor(), resolution: "QUICKBOOKS_WINS", ids: [gone.conflict.id] }),
  ).toMatchObject({
    resolved: 1,
  });
  expect(await queue.change(gone.changeId)).toMatchObject({ status: "CANCELLED" });
});

/** Does something after many were asked for, while the first of them is being decided. */
async function whileDeciding({ conflict }: Opened, work: () => unknown): Promise<void> {
  const { database } = queue.bench;
  await database.transaction(async (client) => {
    await client.query("SELECT FROM conflicts WHERE id = $1 FOR UPDATE", [conflict.id]);
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    const { pid } = z.object({ pid: z.number() }).parse(rows[0]);
    const text = "SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))";
    await until(async () => ((await database.pool.query(text, [pid])).rows.length > 0 ? true : undefined));
    await work();
  });
}

test("one that changes after many were asked for is skipped with what has changed, and waits for a person", async () => {
  const [first, second] = [await opened(), await opened()];
  const ids = [first, second].map(({ conflict }) => conflict.id);
  const deciding = queue.conflicts.resolveMany({ actor: actor(), ids, resolution: "PLATFORM_WINS" });
  await whileDeciding(first, () => queue.edit("Customer", second.recordId, { notes: "here again" }));
  const { resolved, skipped, remaining } = await deciding;
  expect({ resolved, remaining }).toEqual({ resolved: 1, remaining: 0 });
  expect(skipped).toEqual([{ conflictId: second.conflict.id, reason: expect.stringMatching(/changed: notes/) }]);
  expect(await queue.conflictOf(second.changeId)).toMatchObject({ status: "OPEN", version: 2 });
});

test("once nobody waits for the answer no further one is decided, and those left are told", async () => {
  const [first, second] = [await opened(), await opened()];
  const ids = [first, second].map(({ conflict }) => conflict.id);
  const leaving = new AbortController();
  const request = { actor: actor(), ids, resolution: "QUICKBOOKS_WINS", signal: leaving.signal } as const;
  const deciding = queue.conflicts.resolveMany(request);
  await whileDeciding(first, () => leaving.abort());
  expect(await deciding).toMatchObject({ resolved: 1, skippedCount: 0, remaining: 1 });
  expect(await queue.conflictOf(second.changeId)).toMatchObject({ status: "OPEN" });
});

test("one call decides 1,000 at most: it tells how many are left, and what it cannot decide comes last", async () => {
  const gone = await ended("delete");
  const { pool } = queue.bench.database;
  await pool.query(
    `INSERT INTO conflicts (id, connection_id, epoch, entity, record_id, local_change_id, kind, status, fields, record_version, detected_at, updated_at)
     SELECT gen_random_uuid(), connection_id, epoch, entity, record_id, gen_random_uuid(), kind, status, fields, record_version, detected_at, updated_at
     FROM conflicts, generate_series(1, 1001) WHERE id = $1`,
    [gone.conflict.id],
  );
  const last = await opened();
  const where = { id: { not: gone.conflict.id }, OR: [{ kind: gone.conflict.kind }, { id: last.conflict.id }] };
  const request = { actor: actor(), resolution: "PLATFORM_WINS" } as const;
  const outcome = await queue.conflicts.resolveMany({ ...request, where });
  expect(outcome).toMatchObject({ resolved: 1, skippedCount: 999, remaining: 2 });
  expect(outcome.skipped).toHaveLength(100);
  const ids = Array.from({ length: 1_001 }, () => randomUUID());
  await expect(queue.conflicts.resolveMany({ ...request, ids })).rejects.toMatchObject({
    code: "INVALID",
    field: "conflictIds",
    message: expect.stringContaining("1000 at most"),
  });
});
