import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { createEditingWorld, type EditingWorld } from "../schema/editing-world.js";
import { until } from "../support/until.js";
import { begin, bytesOf, linesOf, order } from "./download.js";

/** Downloads that take long, because there is much or because nobody takes it. */

/** More than all buffers between the gateway and a reader hold. */
const many = { count: 8_000, padding: 4_000 };
let world: EditingWorld;
let path: string;
const open: IncomingMessage[] = [];

beforeAll(async () => {
  world = await createEditingWorld();
  const { gateway, connectionId, tokens } = world;
  await gateway.database.pool.query(
    `INSERT INTO customers SELECT (jsonb_populate_record(t, jsonb_build_object(
         'id', gen_random_uuid(), 'quickbooks_id', 'many-' || n, 'notes', repeat('x', $2)))).*
     FROM customers t CROSS JOIN generate_series(1, $1) n WHERE t.quickbooks_id = '2'`,
    [many.count, many.padding],
  );
  const asked = { token: tokens.ADMIN, connectionId, format: "NDJSON", entities: ["CUSTOMER", "ITEM"] };
  path = (await order(gateway, "exportData", asked)).paths["export.ndjson"] ?? "";
});

afterEach(async () => {
  for (const answer of open.splice(0)) answer.destroy();
  await until(async () => (await cursors()) === 0 || undefined);
});

afterAll(() => world.stop());

/** A download of which nothing more is taken than what fits into the buffers. */
async function stalled(token = world.tokens.ADMIN): Promise<IncomingMessage> {
  const answer = await begin(world.gateway, path, { token });
  expect(answer.statusCode).toBe(200);
  open.push(answer);
  return answer;
}

/** The transactions that hold a cursor. */
async function cursors(): Promise<number> {
  const { rows } = await world.gateway.database.pool.query(
    `SELECT count(*)::integer AS count FROM pg_stat_activity
     WHERE datname = current_database() AND query LIKE 'FETCH % FROM exported' AND state LIKE 'idle in transaction%'`,
  );
  return z.object({ count: z.number() }).parse(rows[0]).count;
}

/** The reader has taken what fits, and the gateway waits for them. */
const waits = () => until(async () => ((await cursors()) > 0 ? true : undefined));

test("all of a file is of one instant, whatever is mirrored while it is taken", async () => {
  const answer = await stalled();
  await waits();
  const times = { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime: "2026-02-01T00:00:00Z" };
  for (const Id of ["1", "2", "many-1", "many-7999", "new-1"])
    await world.mirror("Customer", { Id, DisplayName: `Changed ${Id}`, Balance: 0, SyncToken: "1", MetaData: times });
  await world.remove("Customer", "many-8000");
  await world.mirror("Item", { Id: "1", Name: "Changed", Type: "Service", SyncToken: "1", MetaData: times });
  const { rows, end } = linesOf((await bytesOf(answer)).toString());
  const names = rows.map(({ name, displayName }) => String(name ?? displayName));
  expect(names.filter((name) => name.startsWith("Changed"))).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(["Ada", "Chair"]));
  expect(rows.find(({ quickbooksId }) => quickbooksId === "many-8000")).toMatchObject({ state: "ACTIVE" });
  const customers = rows.filter(({ __typename }) => __typename === "Customer");
  const ids = customers.map(({ quickbooksId }) => quickbooksId);
  const held = new Set<unknown>(ids);
  expect(held.size).toBe(ids.length);
  const expected = Array.from({ length: many.count }, (_, index) => `many-${index + 1}`);
  expect(expected.filter((id) => !held.has(id)).slice(0, 3)).toEqual([]);
  expect(end["records"]).toEqual({ Customer: ids.length, Item: 2 });
});

test("a reader who leaves frees what their download held", async () => {
  const answer = await stalled();
  await waits();
  answer.destroy();
  await until(async () => (await cursors()) === 0 || undefined);
  const { pool } = world.gateway.database;
  await until(() => pool.idleCount === pool.totalCount || undefined);
  expect(world.gateway.logged()).toContain("A download did not reach its end.");
});

test("an organization has two downloads at a time, and the next one when one has ended", async () => {
  const { gateway, tokens } = world;
  const [first] = [await stalled(), await stalled()];
  const third = await begin(gateway, path, { token: tokens.ADMIN });
  expect({ status: third.statusCode, wait: third.headers["retry-after"] }).toEqual({ status: 429, wait: "30" });
  third.resume();
  first.destroy();
  const next = await until(async () => {
    const answer = await begin(gateway, path, { token: tokens.ADMIN });
    if (answer.statusCode === 200) return answer;
    answer.resume();
    return undefined;
  });
  open.push(next);
});

test("a download that is cut off does not look like a whole one", async () => {
  const answer = await stalled();
  await waits();
  const { pool } = world.gateway.database;
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND query LIKE 'FETCH % FROM exported' AND pid <> pg_backend_pid()`,
  );
  await expect(bytesOf(answer)).rejects.toThrow("aborted");
});

test("whoever may not fetch it any more is cut off in the middle", async () => {
  const { gateway, firm } = world;
  const operator = { kind: "SYSTEM", name: "operator" } as const;
  const { key } = await gateway.services.apiKeys.create(operator, firm.organizationId, { name: "One", role: "ADMIN" });
  const answer = await stalled(key);
  await waits();
  const { id } = await gateway.database.prisma.apiKey.findFirstOrThrow({ where: { name: "One" } });
  await gateway.services.apiKeys.revoke(operator, firm.organizationId, id);
  await until(() => gateway.logged().includes("may not do so any more") || undefined);
  await expect(bytesOf(answer)).rejects.toThrow("aborted");
});
