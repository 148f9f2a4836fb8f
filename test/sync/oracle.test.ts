import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineBench, plugins, type EngineBench } from "../support/engine.js";
import { differences } from "../support/oracle/index.js";
import { entities } from "../support/oracle/entities.js";

const realmId = "9130000000000001";
let bench: EngineBench;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "oracle", size: 800, currencies: ["CAD"] }]);
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
});

afterAll(() => bench.stop());

function* served(entity: string): Generator<string> {
  for (const { text } of bench.simulator.companies.get(realmId)?.records(entity) ?? []) yield text;
}

/** What the oracle finds after a statement that is undone again. */
async function foundAfter(statement: string): Promise<readonly string[]> {
  const client = await bench.database.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query(statement);
    return await differences(client, connectionId, served);
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

test("the oracle knows every entity of the registry", () => {
  expect(Object.keys(entities).sort()).toEqual(plugins.map(({ name }) => name).sort());
});

test("a mirror that holds all that QuickBooks serves is equal", async () => {
  expect(await foundAfter("SELECT 1")).toEqual([]);
});

test.each([
  ["a digit", "UPDATE invoices SET total_amount = total_amount + 0.00000001", /^Invoice record .*total_amount is/],
  ["a payload", `UPDATE items SET raw = raw || '{"Name":"x"}'`, /^Item record .*raw is/],
  ["a missing record", "DELETE FROM payments", /^Payment record .*is missing in the mirror/],
  ["a missing line", "DELETE FROM invoice_lines WHERE position = 0", /^Invoice invoice_lines .*is missing/],
  [
    "a line too many",
    "UPDATE invoice_lines SET position = 99 WHERE record_id = (SELECT id FROM invoices LIMIT 1) AND position = 0",
    /^Invoice invoice_lines .*in the mirror alone/,
  ],
  ["a false removal", "UPDATE customers SET state = 'DELETED'", /^Customer record .*the mirror says DELETED/],
  ["a wrong state", "UPDATE accounts SET state = 'INACTIVE'", /^Account record .*state is INACTIVE, not ACTIVE/],
  ["a wrong total", "UPDATE mirror_counts SET records = records + 1", /^Account counts ACTIVE/],
  ["a column of its own", "ALTER TABLE items ADD COLUMN color text", /^Item has a column.*items.color/],
])("the oracle finds %s", async (_what, statement, difference) => {
  expect(await foundAfter(statement)).toContainEqual(expect.stringMatching(difference));
});
