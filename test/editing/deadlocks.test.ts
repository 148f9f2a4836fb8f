import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DatabaseError } from "pg";
import { againAfterDeadlock } from "../../src/foundation/database/deadlocks.js";
import { RecordReference } from "../../src/sync/local-changes/edits.js";
import { inACircle } from "../support/circle.js";
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
  const locked = (id: string): string => `SELECT 1 FROM customers WHERE id = '${id}' FOR UPDATE`;
  const values = { parent: new RecordReference("Customer", parent.recordId) };
  const edited = await inACircle(pool, locked(child.recordId), locked(parent.recordId), () =>
    office.edit("UPDATE", "Customer", { recordId: child.recordId, values }),
  );
  expect(edited).toMatchObject({ localChangeId: child.localChangeId });
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
