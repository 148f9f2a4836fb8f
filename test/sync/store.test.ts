import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { RecordSlice } from "../../src/foundation/json.js";
import { createLog } from "../../src/foundation/log.js";
import { customer } from "../../src/plugins/customer/index.js";
import { OtherLife } from "../../src/sync/store/other-life.js";
import { createStore, type Saved, type Store } from "../../src/sync/store/store.js";
import { inACircle } from "../support/circle.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

let fresh: FreshDatabase;
let database: Database;
let store: Store;
let connectionId: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
  store = createStore(database, { append: () => Promise.resolve() });
});

beforeEach(() => {
  connectionId = randomUUID();
});

/** Whatever a test did, the maintained totals are those of the table. */
afterEach(async () => {
  const counted = await rows(
    "SELECT epoch, state, count(*)::integer AS records FROM customers WHERE connection_id = $1 GROUP BY 1, 2 ORDER BY 1, 2",
  );
  const kept = await rows(
    "SELECT epoch, state, records FROM mirror_counts WHERE connection_id = $1 AND records <> 0 ORDER BY epoch, state",
  );
  expect(kept).toEqual(counted);
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

async function rows(sql: string): Promise<unknown[]> {
  return (await database.pool.query<Record<string, unknown>>(sql, [connectionId])).rows;
}

interface Parts {
  readonly id: string;
  readonly token?: number;
  readonly second?: number;
  readonly name?: string;
  readonly extra?: string;
  /** CreateTime. */
  readonly born?: string;
}

const firstDay = "2026-01-01T00:00:00-08:00";

/** A payload as text, so that its digits are what they are. */
function payload({
  id,
  token = 0,
  second = 0,
  name = `Customer ${id}`,
  extra = "",
  born = firstDay,
}: Parts): RecordSlice {
  const time = `2026-01-01T00:00:${String(second).padStart(2, "0")}-08:00`;
  const text = `{"Id":"${id}","SyncToken":"${token}","MetaData":{"CreateTime":"${born}","LastUpdatedTime":"${time}"},"DisplayName":${JSON.stringify(name)},"Active":true${extra}}`;
  return new RecordSlice(Buffer.from(text), id);
}

function save(
  records: readonly RecordSlice[],
  answeredSecond = 0,
  settlesFrom?: Date,
  isLifeCertain = false,
): Promise<Saved> {
  const page = { connectionId, epoch: 1, plugin: customer, runId: randomUUID(), records, request: "a test" };
  const answeredAt = new Date(Date.UTC(2026, 0, 1, 9, 0, answeredSecond));
  return store.save({ ...page, answeredAt, isLifeCertain, ...(settlesFrom && { settlesFrom }) }, () =>
    Promise.resolve(),
  );
}

const names = (): Promise<unknown[]> =>
  rows(
    "SELECT quickbooks_id AS id, display_name AS name, version FROM customers WHERE connection_id = $1 ORDER BY quickbooks_id",
  );

test("new records are created, the same again is left alone, a newer one replaces and keeps what was", async () => {
  expect(await save([payload({ id: "1" }), payload({ id: "2" })])).toMatchObject({ read: 2, created: 2, unchanged: 0 });
  expect(await save([payload({ id: "1" }), payload({ id: "2" })], 1)).toMatchObject({
    created: 0,
    updated: 0,
    unchanged: 2,
  });
  expect(await save([payload({ id: "1", token: 1, second: 5, name: "New" })])).toMatchObject({ updated: 1 });
  expect(await names()).toEqual([
    { id: "1", name: "New", version: 2 },
    { id: "2", name: "Customer 2", version: 1 },
  ]);
  expect(
    await rows("SELECT version, row->>'display_name' AS name FROM record_versions WHERE connection_id = $1"),
  ).toEqual([{ version: 1, name: "Customer 1" }]);
});

test("F7: a slow page does not overwrite what was read later", async () => {
  await save([payload({ id: "1", token: 2, second: 9, name: "Fresh" })]);
  expect(await save([payload({ id: "1", token: 1, second: 4, name: "Stale" })])).toMatchObject({
    updated: 0,
    unchanged: 1,
  });
  expect(await names()).toEqual([{ id: "1", name: "Fresh", version: 1 }]);
});

test("equal content under a newer guard writes no version, and the payload is the newest", async () => {
  await save([payload({ id: "1" })]);
  expect(await save([payload({ id: "1", second: 7 })])).toMatchObject({ updated: 0, unchanged: 1 });
  expect(
    await rows("SELECT version, raw->'MetaData'->>'LastUpdatedTime' AS time FROM customers WHERE connection_id = $1"),
  ).toEqual([{ version: 1, time: "2026-01-01T00:00:07-08:00" }]);
});

test("a page of unchanged records writes no row at all", async () => {
  await save([payload({ id: "1" })]);
  const written = "SELECT xmin::text, ctid::text, mirrored_at FROM customers WHERE connection_id = $1";
  const before = await rows(written);
  await save([payload({ id: "1" })], 30);
  expect(await rows(written)).toEqual(before);
});

test("digits are kept as they came, however many", async () => {
  await save([payload({ id: "1", extra: ',"Balance":12345678901234567.12345678,"Odd":100.0' })]);
  expect(
    await rows(
      "SELECT balance::text, raw->>'Balance' AS raw, raw->>'Odd' AS odd FROM customers WHERE connection_id = $1",
    ),
  ).toEqual([{ balance: "12345678901234567.12345678", raw: "12345678901234567.12345678", odd: "100.0" }]);
});

test("a record that cannot be taken in is kept as a failure with its reason, marks its row stale, and costs the others nothing", async () => {
  await save([payload({ id: "1" })]);
  const broken = new RecordSlice(Buffer.from('{"Id":"1","SyncToken":"1","DisplayName":""}'), "1");
  const saved = await save([broken, payload({ id: "2" })]);
  expect(saved).toMatchObject({ created: 1, refused: 1 });
  expect(
    await rows(
      "SELECT quickbooks_id AS id, stale_since IS NOT NULL AS stale FROM customers WHERE connection_id = $1 ORDER BY 1",
    ),
  ).toEqual([
    { id: "1", stale: true },
    { id: "2", stale: false },
  ]);
  const failures = "SELECT quickbooks_id AS id, status, attempts FROM record_failures WHERE connection_id = $1";
  await save([broken]);
  expect(await rows(failures)).toEqual([{ id: "1", status: "OPEN", attempts: 2 }]);
  await save([payload({ id: "1" })]);
  expect(await rows(failures)).toEqual([{ id: "1", status: "RESOLVED", attempts: 2 }]);
  expect(await rows("SELECT stale_since FROM customers WHERE connection_id = $1 AND quickbooks_id = '1'")).toEqual([
    { stale_since: null },
  ]);
});

test("a value that PostgreSQL cannot hold is searched for and refused alone", async () => {
  const records = Array.from({ length: 9 }, (_, index) => payload({ id: String(index) }));
  const unstorable = payload({ id: "7", extra: ',"Note":"\\ud800"' });
  const saved = await save(records.map((record) => (record.id === "7" ? unstorable : record)));
  expect(saved.created).toBe(8);
  expect(saved.refused).toBe(1);
  expect(await rows("SELECT quickbooks_id AS id, code FROM record_failures WHERE connection_id = $1")).toEqual([
    { id: "7", code: "INVALID_RECORD" },
  ]);
});

test("the reason of what PostgreSQL cannot hold names the field and what is wrong, and no value of the books", async () => {
  const born = "0000-07-08T09:10:11Z";
  expect((await save([payload({ id: "1" }), payload({ id: "2", born })])).refused).toBe(1);
  const extra = ',"Extra":1e999999';
  expect((await save([payload({ id: "3", extra })])).refused).toBe(1);
  const found = "SELECT code, reason FROM record_failures WHERE connection_id = $1 ORDER BY quickbooks_id";
  expect(await rows(found)).toEqual([
    {
      code: "UNSTORABLE_RECORD",
      reason:
        "PostgreSQL cannot hold this record: createdInQuickBooksAt is a date or time out of its range (SQLSTATE 22008).",
    },
    {
      code: "UNSTORABLE_RECORD",
      reason: "PostgreSQL cannot hold this record: A value is a number out of its range (SQLSTATE 22003).",
    },
  ]);
});

test("parts that are missing are settled by a read by id, begun after the row was saved", async () => {
  await save([payload({ id: "1" })]);
  const without = new RecordSlice(Buffer.from('{"Id":"1","SyncToken":"1","DisplayName":"No time"}'), "1");
  expect((await save([without])).reread).toEqual(["1"]);
  const now = await database.pool.query<{ now: Date }>("SELECT clock_timestamp() + interval '1 ms' AS now");
  expect((await save([without], 3, now.rows[0]?.now)).updated).toBe(1);
  expect(await names()).toEqual([{ id: "1", name: "No time", version: 2 }]);
});

test("a removed record is not revived by a page that was read before", async () => {
  await save([payload({ id: "1" })]);
  const mirror = { connectionId, epoch: 1 };
  expect((await store.remove(mirror, customer, ["1", "2"], () => Promise.resolve())).removed).toBe(1);
  expect((await save([payload({ id: "1", token: 1, second: 3 })])).reread).toEqual(["1"]);
  expect(await rows("SELECT state, version FROM customers WHERE connection_id = $1")).toEqual([
    { state: "DELETED", version: 2 },
  ]);
});

test("what is done alongside and the rows are written together or not at all", async () => {
  const page = {
    connectionId,
    epoch: 1,
    plugin: customer,
    runId: randomUUID(),
    request: "a test",
    answeredAt: new Date(),
  };
  const failing = store.save({ ...page, records: [payload({ id: "1" })] }, () =>
    Promise.reject(new Error("no checkpoint")),
  );
  await expect(failing).rejects.toThrow("no checkpoint");
  expect(await names()).toEqual([]);
});

test("F14: pages of the same records in opposite order, at once, end without a deadlock and with the newest", async () => {
  const ids = Array.from({ length: 50 }, (_, index) => String(index));
  const pages = Array.from({ length: 12 }, (_, token) => {
    const records = ids.map((id) => payload({ id, token, second: token, name: `${id} at ${token}` }));
    return token % 2 === 0 ? records : records.reverse();
  });
  await Promise.all(pages.map((page) => save(page)));
  const found = await names();
  expect(found).toHaveLength(50);
  for (const row of found) expect(row).toMatchObject({ name: expect.stringMatching(/ at 11$/) });
});

test("F14: a page that refuses a record waits for it before it numbers its changes, as whoever removes that record does", async () => {
  await save([payload({ id: "1" }), payload({ id: "2" })]);
  const page = [
    payload({ id: "1", token: 1, second: 1, name: "Other" }),
    new RecordSlice(Buffer.from('{"Id":"2"'), "2"),
  ];
  const row = `SELECT 1 FROM customers WHERE connection_id = '${connectionId}' AND quickbooks_id = '2' FOR UPDATE`;
  const numbers = `SELECT append_changes('${connectionId}', 'Customer', '[]')`;
  expect(await inACircle(database.pool, row, numbers, () => save(page))).toMatchObject({ updated: 1, refused: 1 });
});

test("a record that comes with another creation time is of another life of the company: nothing of its page is written", async () => {
  await save([payload({ id: "1" }), payload({ id: "2" })]);
  const born = "2026-02-01T00:00:00-08:00";
  const page = [payload({ id: "0" }), payload({ id: "1", token: 1, second: 9, name: "Other", born })];
  await expect(save(page, 9)).rejects.toThrow(OtherLife);
  expect(await names()).toEqual([
    { id: "1", name: "Customer 1", version: 1 },
    { id: "2", name: "Customer 2", version: 1 },
  ]);
});

test("a creation time that is missing, or written with another offset, shows no other life", async () => {
  await save([payload({ id: "1" })]);
  expect(await save([payload({ id: "1", token: 1, second: 1, born: "2026-01-01T09:00:00+01:00" })])).toMatchObject({
    unchanged: 1,
  });
  const without =
    '{"Id":"1","SyncToken":"2","MetaData":{"LastUpdatedTime":"2026-01-01T00:00:02-08:00"},"DisplayName":"A"}';
  expect(await save([new RecordSlice(Buffer.from(without), "1")])).toMatchObject({ updated: 1 });
  expect(await save([payload({ id: "1", token: 3, second: 3, born: "2026-02-01T00:00:00-08:00" })])).toMatchObject({
    updated: 1,
  });
});

test("where the life is certain, another creation time is taken over once and then known", async () => {
  const born = "2026-02-01T00:00:00-08:00";
  await save([payload({ id: "1" })]);
  expect(await save([payload({ id: "1", born })], 1, undefined, true)).toMatchObject({ unchanged: 1, updated: 0 });
  expect(await save([payload({ id: "1", token: 1, second: 1, name: "New", born })], 2)).toMatchObject({ updated: 1 });
});

test("equal ids of two companies and of two epochs are different records", async () => {
  await save([payload({ id: "1", name: "Here" })]);
  const other = randomUUID();
  const page = { plugin: customer, runId: randomUUID(), request: "a test", answeredAt: new Date() };
  await store.save({ ...page, connectionId: other, epoch: 1, records: [payload({ id: "1", name: "There" })] }, () =>
    Promise.resolve(),
  );
  await store.save({ ...page, connectionId, epoch: 2, records: [payload({ id: "1", name: "Anew" })] }, () =>
    Promise.resolve(),
  );
  expect(
    await rows("SELECT epoch, display_name AS name FROM customers WHERE connection_id = $1 ORDER BY epoch"),
  ).toEqual([
    { epoch: 1, name: "Here" },
    { epoch: 2, name: "Anew" },
  ]);
});
