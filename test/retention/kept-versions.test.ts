import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { removeOld } from "../../src/sync/retention.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

/** How far back versions reach is written before they go, and never sinks. */

const now = new Date("2026-11-16T12:00:00Z");
const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);

let fresh: FreshDatabase;
let database: Database;
let connectionId: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
});

beforeEach(async () => {
  connectionId = randomUUID();
  const kept = { status: "CONNECTED" as const, entities: [], retention: { versionDays: 30 } };
  const times = { connectedAt: daysAgo(900), createdAt: daysAgo(900) };
  const whose = { id: connectionId, organizationId: connectionId, environment: "SIMULATOR" as const };
  await database.prisma.connection.create({
    data: { ...whose, realmId: "", realmLookup: connectionId, ...kept, ...times },
  });
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const endedAgo = async (...days: readonly number[]): Promise<void> => {
  const ended = { connectionId, entity: "Item", version: 1, validFrom: daysAgo(900), row: {}, children: {} };
  const data = days.map((age) => ({ ...ended, recordId: randomUUID(), validTo: daysAgo(age) }));
  await database.prisma.recordVersion.createMany({ data });
};

const setDays = (versionDays: number | null) =>
  database.prisma.connection.update({ where: { id: connectionId }, data: { retention: { versionDays } } });

const sweep = (signal = new AbortController().signal) => removeOld(database, now, signal);

/** From when on the connection says that versions are whole, and when those that there are ended. */
async function state(): Promise<readonly [Date | null, readonly Date[]]> {
  const { versionsFrom } = await database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  const versions = await database.prisma.recordVersion.findMany({
    where: { connectionId },
    orderBy: { validTo: "asc" },
  });
  return [versionsFrom, versions.map(({ validTo }) => validTo)];
}

test("a sweep that removes versions says to what instant, and one that removes none says nothing", async () => {
  await endedAgo(29, 30);
  await sweep();
  expect(await state()).toEqual([null, [30, 29].map(daysAgo)]);
  await endedAgo(400, 31, 40);
  await sweep();
  expect(await state()).toEqual([daysAgo(31), [30, 29].map(daysAgo)]);
  await setDays(7);
  await sweep();
  expect(await state()).toEqual([daysAgo(29), []]);
});

test("a sweep that is cut short has said how far it goes, and more days take nothing of that back", async () => {
  await endedAgo(31, 40);
  await sweep(AbortSignal.abort());
  expect(await state()).toEqual([daysAgo(31), [40, 31].map(daysAgo)]);
  await setDays(35);
  await sweep();
  expect(await state()).toEqual([daysAgo(31), [daysAgo(31)]]);
});

test("days that are narrowed while a sweep is under way hold from the next one on", async () => {
  await endedAgo(31, 20);
  await database.pool.query(`CREATE FUNCTION narrow() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN NEW.retention := '{"versionDays": 7}'; RETURN NEW; END$$`);
  await database.pool.query(`CREATE TRIGGER narrow BEFORE UPDATE OF versions_from ON connections
    FOR EACH ROW WHEN (NEW.id = '${connectionId}') EXECUTE FUNCTION narrow()`);
  await sweep();
  expect(await state()).toEqual([daysAgo(31), [daysAgo(20)]]);
  await sweep();
  expect(await state()).toEqual([daysAgo(20), []]);
});

test("processes that sweep at once leave what the furthest of them has said", async () => {
  await endedAgo(10, 31, 50);
  await Promise.all([sweep(), removeOld(database, daysAgo(15), new AbortController().signal), sweep()]);
  expect(await state()).toEqual([daysAgo(31), [daysAgo(10)]]);
});
