import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }), poolSize: 3 });
  await database.pool.query("CREATE TABLE notes (text text)");
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

test("a transaction commits what its work did", async () => {
  const result = await database.transaction(async (client) => {
    await client.query("INSERT INTO notes VALUES ('kept')");
    return 7;
  });
  expect(result).toBe(7);
  expect((await database.pool.query("SELECT * FROM notes WHERE text = 'kept'")).rowCount).toBe(1);
});

test("a transaction whose work fails leaves nothing and throws what the work threw", async () => {
  const failure = new Error("no");
  const work = database.transaction(async (client) => {
    await client.query("INSERT INTO notes VALUES ('lost')");
    throw failure;
  });
  await expect(work).rejects.toBe(failure);
  expect((await database.pool.query("SELECT * FROM notes WHERE text = 'lost'")).rowCount).toBe(0);
});

test("failed transactions give their clients back", async () => {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await expect(database.transaction((client) => client.query("SELECT 1 / 0"))).rejects.toThrow("division by zero");
  }
  expect(database.pool.idleCount).toBe(database.pool.totalCount);
});

test("an instant comes back unchanged though the server's zone is not UTC", async () => {
  const name = new URL(fresh.url).pathname.slice(1);
  await database.pool.query(`ALTER DATABASE ${name} SET TimeZone = 'America/New_York'`);
  const other = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
  try {
    const rows = await other.prisma.$queryRaw`SELECT '2026-01-01T00:00:00Z'::timestamptz AS at`;
    expect(rows).toEqual([{ at: new Date("2026-01-01T00:00:00Z") }]);
  } finally {
    await other.close();
  }
});

test("a transaction that stands still gives its locks up before a minute is over, and after the longest wait for Intuit", async () => {
  const { rows } = await database.pool.query(
    "SELECT setting::integer AS ms FROM pg_settings WHERE name LIKE 'idle_in_transaction%'",
  );
  expect(rows).toEqual([{ ms: 40_000 }]);
});

test("losing idle connections is logged and survived", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", destination: { write: (line) => void lines.push(line) } });
  const victim = openDatabase(fresh.url, { log, poolSize: 1 });
  try {
    const { rows } = await victim.pool.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await database.pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(lines[0]).toContain("An idle database connection was lost");
    expect((await victim.pool.query("SELECT 1")).rowCount).toBe(1);
  } finally {
    await victim.close();
  }
});

test("losing the connection in the middle of a transaction fails that transaction and nothing else", async () => {
  const victim = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
  try {
    const lost = victim.transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      const ended = new Promise<void>((resolve) => client.once("end", resolve));
      await database.pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
      await ended;
      await client.query("SELECT 1");
    });
    await expect(lost).rejects.toThrow();
    expect((await victim.pool.query("SELECT 1")).rowCount).toBe(1);
  } finally {
    await victim.close();
  }
});
