import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { createLog } from "../../src/foundation/log.js";
import { type Database, openDatabase } from "../../src/foundation/database/database.js";
import { erasedTables } from "../../src/sync/erasure/company.js";
import { type FreshDatabase, freshDatabase } from "../support/database.js";
import { plugins } from "../support/engine.js";

/** Why what hangs on a connection, or on one of its runs, is not removed with its data. */
const stays: Readonly<Record<string, string>> = {
  alerts: "what wanted attention, without a word of the books",
  api_grants: "requests of the last minute, without a word of what was asked",
  api_limits: "until when QuickBooks asked to wait",
  api_usage: "how many calls the deployment has made",
  connect_attempts: "encrypted codes, which retention removes within minutes",
  data_exports: "what was asked to be exported; files are made when they are fetched, and kept nowhere",
  erased_records: "who must not be taken in again",
  erasures: "what was asked to be erased",
  quickbooks_syncs: "when it was read, and how much of it; what it met is emptied",
  quickbooks_tokens: "forgotten by disconnecting",
  sync_run_entities: "how much was read",
};

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

test("every table that hangs on a connection is emptied by its erasure, or says here why it stays", async () => {
  const { rows } = await database.pool.query(
    `SELECT DISTINCT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name IN ('connection_id', 'run_id') ORDER BY 1`,
  );
  const names = z.array(z.object({ name: z.string() })).parse(rows);
  const erased = erasedTables(plugins);
  const others = names.map(({ name }) => name).filter((name) => !erased.includes(name));
  expect(others).toEqual(Object.keys(stays).sort());
});
