import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { inACircle } from "../support/circle.js";
import { openedConflict } from "./opened.js";
import { openQueue, type Queue } from "./queue.js";

let queue: Queue;

beforeAll(async () => {
  queue = await openQueue("9130000000000419", "deadlocks");
});

afterAll(() => queue.stop());

const locked = (table: string, id: string): string => `SELECT 1 FROM ${table} WHERE id = '${id}' FOR UPDATE`;

test("a decision that PostgreSQL ends to undo a deadlock is made after all, once", async () => {
  const { conflict, recordId, changeId } = await openedConflict(queue);
  const decide = () =>
    queue.conflicts.resolve({ actor: queue.bench.actor, conflictId: conflict.id, default: "PLATFORM" });
  await inACircle(queue.bench.database.pool, locked("conflicts", conflict.id), locked("customers", recordId), decide);
  expect(await queue.conflictOf(changeId)).toMatchObject({ status: "RESOLVED" });
  expect(await queue.events(conflict.id)).toEqual(["OPENED", "RESOLVED"]);
  expect(await queue.audited(conflict.id)).toEqual([{ action: "conflict.resolve", actor: "Test" }]);
});

test("so is what is done about a conflict without deciding it", async () => {
  const { conflict, recordId, changeId } = await openedConflict(queue);
  const ignore = () => queue.conflicts.ignore({ actor: queue.bench.actor, conflictId: conflict.id });
  await inACircle(queue.bench.database.pool, locked("conflicts", conflict.id), locked("customers", recordId), ignore);
  expect(await queue.conflictOf(changeId)).toMatchObject({ status: "IGNORED" });
  expect(await queue.events(conflict.id)).toEqual(["OPENED", "IGNORED"]);
});
