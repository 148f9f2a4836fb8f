import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DatabaseError } from "pg";
import { againAfterDeadlock } from "../../src/foundation/database/deadlocks.js";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import { until } from "../support/until.js";
import { editingOffice, type Office } from "./office.js";

let office: Office;

beforeAll(async () => {
  office = await editingOffice("9130000000000409", 30);
});

afterAll(() => office.stop());

test("an edit that PostgreSQL ends to undo a deadlock is made after all", async () => {
  const { pool } = office.bench.database;
  const parent = await office.create("Customer", { displayName: "Named by an edit" });
  const child = await office.create("Customer", { displayName: "Edited in a circle" });
  const other = await pool.connect();
  try {
    // The edit is to be the one that is ended.
    await other.query("BEGIN; SET LOCAL deadlock_timeout = '1min'");
    await other.query("SELECT 1 FROM customers WHERE id = $1 FOR UPDATE", [child.recordId]);
    const values = { parent: new RecordReference("Customer", parent.recordId) };
    const edit = office.edit("UPDATE", "Customer", { recordId: child.recordId, values });
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    await until(async () => (await pool.query(waiting)).rows.length > 0 || undefined);
    await other.query("SELECT 1 FROM customers WHERE id = $1 FOR UPDATE", [parent.recordId]);
    await other.query("COMMIT");
    expect(await edit).toMatchObject({ localChangeId: child.localChangeId });
  } finally {
    other.release();
  }
});

test("a transaction that is undone each time is tried three times, and any other failure once", async () => {
  const tried = async (code: string): Promise<number> => {
    let tries = 0;
    const failure = Object.assign(new DatabaseError("undone", 1, "error"), { code });
    const run = againAfterDeadlock(() => {
      tries += 1;
      return tries > 10 ? Promise.resolve() : Promise.reject(failure);
    });
    await expect(run).rejects.toBe(failure);
    return tries;
  };
  expect(await tried("40P01")).toBe(3);
  expect(await tried("23505")).toBe(1);
});
