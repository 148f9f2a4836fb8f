import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Client } from "pg";
import { emptyDatabase, type FreshDatabase } from "../support/database.js";
import { pluginOf } from "./support.js";

let fresh: FreshDatabase;
let client: Client;

beforeAll(async () => {
  fresh = await emptyDatabase();
  client = new Client({ connectionString: fresh.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await fresh.drop();
});

test.each([
  ["nothing paid, not due yet", "ACTIVE", 100, 100, "2026-06-02", "OPEN"],
  ["nothing paid, due today", "ACTIVE", 100, 100, "2026-06-01", "OPEN"],
  ["nothing paid, without a due date", "ACTIVE", 100, 100, null, "OPEN"],
  ["nothing paid, due yesterday", "ACTIVE", 100, 100, "2026-05-31", "OVERDUE"],
  ["a part paid, not due yet", "ACTIVE", 40, 100, "2026-06-02", "PARTIALLY_PAID"],
  ["a part paid, due yesterday", "ACTIVE", 40, 100, "2026-05-31", "OVERDUE"],
  ["all paid, long due", "ACTIVE", 0, 100, "2026-01-31", "PAID"],
  ["an invoice over nothing", "ACTIVE", 0, 0, "2026-01-31", "PAID"],
  ["voided, long due", "VOIDED", 0, 0, "2026-01-31", "VOIDED"],
])("on 2026-06-01, %s: %s, balance %d of %d, due %s is %s", async (_, state, balance, total, due, status) => {
  const expression = pluginOf("Invoice").fields["status"]?.expression?.("r", "DATE '2026-06-01'") ?? "";
  const { rows } = await client.query(
    `SELECT ${expression} AS status FROM (VALUES ($1::text, $2::numeric, $3::numeric, $4::date)) AS r(state, balance, total_amount, due_date)`,
    [state, balance, total, due],
  );
  expect(rows).toEqual([{ status }]);
});
