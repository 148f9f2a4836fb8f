import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { day, hour, later, minute, monthlyReads, newWorld, now, type World } from "./world.js";

let world: World;

beforeAll(async () => {
  world = await newWorld();
});

afterEach(() => world.clear());

afterAll(() => world.stop());

const open = (kind: string) => ({ kind, status: "OPEN" });
const recovered = (kind: string) => ({ kind, status: "RECOVERED" });
const update = (id: string, data: object) => world.database.prisma.connection.update({ where: { id }, data });

/** So many runs of the last hour. */
async function runs(connectionId: string, count: number, status: "SUCCEEDED" | "FAILED"): Promise<void> {
  for (let index = 0; index < count; index++) await world.run(connectionId, later(-index * minute), { status });
}

test("where all is well there is no alert", async () => {
  const id = await world.connected();
  await world.notice(id, later(-minute));
  await world.edit(id, {});
  await world.database.prisma.quickBooksToken.create({
    data: {
      ...{ connectionId: id, accessToken: "", refreshToken: "", accessTokenExpiresAt: later(hour), generation: 1 },
      ...{ refreshTokenExpiresAt: later(90 * day), refreshTokenEndsAt: later(900 * day), refreshedAt: now },
    },
  });
  await world.look();
  expect(await world.alerts(id)).toEqual([]);
  expect(await world.alerts(null)).toEqual([]);
});

test("an error rate of 5 % of the runs is no alert, a higher one is, and it ends with the day", async () => {
  const [calm, bad] = [await world.connected(), await world.connected()];
  await runs(calm, 19, "SUCCEEDED");
  await runs(calm, 1, "FAILED");
  await runs(bad, 18, "SUCCEEDED");
  await runs(bad, 1, "FAILED");
  await world.look();
  expect(await world.alerts(calm)).toEqual([]);
  expect(await world.alerts(bad)).toEqual([open("ERROR_RATE")]);
  await world.look(later(23 * hour));
  expect(await world.alerts(bad)).toContainEqual(open("ERROR_RATE"));
  await world.look(later(24 * hour));
  expect(await world.alerts(bad)).toContainEqual(recovered("ERROR_RATE"));
});

test("more than 5 % of the records that could not be taken in are an alert, those of dry runs are not", async () => {
  const [bad, dry] = [await world.connected(), await world.connected()];
  await world.progress(await world.run(bad, later(-minute), { status: "PARTIAL" }), { read: 100, failed: 6 });
  await world.progress(await world.run(dry, later(-minute), { isDryRun: true }), { read: 100, failed: 60 });
  await world.look();
  expect(await world.alerts(bad)).toEqual([open("ERROR_RATE")]);
  expect(await world.alerts(dry)).toEqual([]);
});

test("a sync that was due and is not complete hours later is an alert: after one with priority, else after six", async () => {
  const [soon, long, priority] = [
    await world.connected(),
    await world.connected(),
    await world.connected({ isPriority: true }),
  ];
  const interrupted = { status: "INTERRUPTED" } as const;
  await world.run(soon, later(-5 * hour), interrupted);
  await world.run(long, later(-7 * hour), interrupted);
  await world.run(priority, later(-2 * hour), interrupted);
  await world.look();
  expect(await world.alerts(soon)).toEqual([]);
  expect(await world.alerts(long)).toEqual([open("FRESHNESS")]);
  expect(await world.alerts(priority)).toEqual([open("FRESHNESS")]);
  await world.run(long, later(minute));
  await world.look(later(2 * minute));
  expect(await world.alerts(long)).toEqual([recovered("FRESHNESS")]);
});

test("a sync that left an entity incomplete, or was of a part of the scope, is none that makes a mirror fresh", async () => {
  const [partial, narrowed, some] = [await world.connected(), await world.connected(), await world.connected()];
  for (const id of [partial, narrowed, some]) await world.run(id, later(-7 * hour), { status: "INTERRUPTED" });
  await world.progress(await world.run(partial, later(-hour), { status: "PARTIAL" }), { complete: false });
  await world.run(narrowed, later(-hour), { transactionsFrom: later(-2 * day) });
  await world.run(some, later(-hour), { entities: ["Customer"] });
  await world.look();
  for (const id of [partial, narrowed, some]) expect(await world.alerts(id)).toEqual([open("FRESHNESS")]);
});

test("a sync that somebody cancelled, and one from before a new consent, are not waited for", async () => {
  const [cancelled, anew] = [await world.connected(), await world.connected({ connectedAt: later(-hour) })];
  await world.run(cancelled, later(-7 * hour), { status: "CANCELLED" });
  await world.run(anew, later(-7 * hour), { status: "INTERRUPTED" });
  await world.look();
  expect(await world.alerts(cancelled)).toEqual([]);
  expect(await world.alerts(anew)).toEqual([]);
});

test("a schedule that nobody serves is an alert; one that was put off, because the month's reads run out, is not", async () => {
  const unserved = await world.connected({ nextSyncAt: later(-7 * hour) });
  const stretched = await world.connected({ nextSyncAt: later(10 * day) });
  await world.look();
  expect(await world.alerts(unserved)).toEqual([open("FRESHNESS")]);
  expect(await world.alerts(stretched)).toEqual([]);
});

test("a pause opens no alert of freshness, and takes none back", async () => {
  const [before, meanwhile] = [await world.connected(), await world.connected({ isPaused: true })];
  for (const id of [before, meanwhile]) await world.run(id, later(-7 * hour), { status: "FAILED", finishedAt: null });
  await world.look();
  await update(before, { isPaused: true });
  await world.look(later(2 * minute));
  expect(await world.alerts(before)).toEqual([open("FRESHNESS")]);
  expect(await world.alerts(meanwhile)).toEqual([]);
});

test("an authorization that ends soon is an alert, and one that is lost another, until both are given anew", async () => {
  const id = await world.connected();
  const { quickBooksToken } = world.database.prisma;
  await quickBooksToken.create({
    data: {
      ...{ connectionId: id, accessToken: "", refreshToken: "", accessTokenExpiresAt: now, generation: 1 },
      ...{ refreshTokenExpiresAt: later(90 * day), refreshTokenEndsAt: later(29 * day), refreshedAt: now },
    },
  });
  await world.look();
  expect(await world.alerts(id)).toEqual([open("AUTHORIZATION_ENDING")]);
  await update(id, { status: "REAUTHORIZATION_REQUIRED" });
  await world.look(later(2 * minute));
  expect(await world.alerts(id)).toEqual([open("AUTHORIZATION_ENDING"), open("AUTHORIZATION_LOST")]);
  await quickBooksToken.update({ where: { connectionId: id }, data: { refreshTokenEndsAt: later(1800 * day) } });
  await update(id, { status: "CONNECTED" });
  await world.look(later(4 * minute));
  expect(await world.alerts(id)).toEqual([recovered("AUTHORIZATION_ENDING"), recovered("AUTHORIZATION_LOST")]);
});

test("what was disconnected, or belongs to another environment, has no alerts, and those it had end", async () => {
  const [gone, foreign] = [await world.connected(), await world.newConnection({ environment: "PRODUCTION" })];
  await update(gone, { status: "REAUTHORIZATION_REQUIRED" });
  await update(foreign, { status: "REAUTHORIZATION_REQUIRED" });
  await world.look();
  expect(await world.alerts(foreign)).toEqual([]);
  await update(gone, { status: "DISCONNECTED" });
  await world.look(later(2 * minute));
  expect(await world.alerts(gone)).toEqual([recovered("AUTHORIZATION_LOST")]);
});

const reads = (connectionId: string, count: number) => {
  const month = new Date("2026-11-01");
  const key = { connectionId_month: { connectionId, month } };
  const create = { connectionId, month, reads: count };
  return world.database.prisma.apiUsage.upsert({ where: key, create, update: { reads: count } });
};

test("reads that run out are one alert for each organization, about no connection, until far fewer are needed", async () => {
  const organizationId = randomUUID();
  const id = await world.connected({ organizationId });
  await world.connected({ organizationId });
  await world.connected();
  // A little more than half of the month has passed.
  await reads(id, monthlyReads * 0.55);
  await world.look();
  expect(await world.alerts(null)).toEqual([open("QUOTA"), open("QUOTA")]);
  await reads(id, monthlyReads * 0.5);
  await world.look(later(2 * minute));
  expect(await world.alerts(null)).toEqual([open("QUOTA"), open("QUOTA")]);
  await reads(id, monthlyReads * 0.3);
  await world.look(later(4 * minute));
  expect(await world.alerts(null)).toEqual([recovered("QUOTA"), recovered("QUOTA")]);
});

test("a forecast that stays within the quota opens no alert", async () => {
  await reads(await world.connected(), monthlyReads * 0.5);
  await world.look();
  expect(await world.alerts(null)).toEqual([]);
});

/** A sync that found changes of an entity two hours ago. */
async function changesFound(id: string, given: Parameters<World["progress"]>[1] = {}): Promise<void> {
  const run = await world.run(id, later(-2 * hour));
  await world.progress(run, { updated: 3, proof: "CHANGES", ...given });
}

test("a connection that was told of changes, and is told of none though its syncs find some, is an alert until it is", async () => {
  const id = await world.connected();
  await world.notice(id, later(-13 * hour));
  await changesFound(id);
  await world.look();
  expect(await world.alerts(id)).toEqual([open("WEBHOOK_SILENCE")]);
  await world.look(later(60 * day));
  expect(await world.alerts(id)).toContainEqual(open("WEBHOOK_SILENCE"));
  await world.notice(id, later(60 * day));
  await world.look(later(60 * day + minute));
  expect(await world.alerts(id)).toContainEqual(recovered("WEBHOOK_SILENCE"));
});

test("silence is no alert where nothing changed, where notices never came or came lately, or of another entity", async () => {
  const { connected } = world;
  const [quiet, never, lately] = await Promise.all([connected(), connected(), connected()]);
  const [other, whole, early] = await Promise.all([connected(), connected(), connected()]);
  for (const id of [quiet, whole, early]) await world.notice(id, later(-13 * hour));
  await world.notice(lately, later(-11 * hour));
  await world.notice(other, later(-13 * hour), "Item");
  await changesFound(quiet, { updated: 0 });
  for (const id of [never, lately, other]) await changesFound(id);
  await changesFound(whole, { proof: "IDS_AND_COUNT" });
  const late = await world.run(early, later(-30 * minute));
  await world.progress(late, { updated: 3, proof: "CHANGES" });
  await world.look();
  for (const id of [quiet, never, lately, other, whole, early]) expect(await world.alerts(id)).toEqual([]);
});

test("a run without a page or a phase for an hour is an alert until it moves", async () => {
  const id = await world.connected();
  const runId = await world.run(id, later(-2 * hour), { status: "RUNNING", finishedAt: null });
  await world.progress(runId, { startedAt: later(-50 * minute), finishedAt: null, complete: false });
  await world.look();
  expect(await world.alerts(id)).toEqual([]);
  await world.look(later(11 * minute));
  expect(await world.alerts(id)).toEqual([open("STUCK_WORK")]);
  const page = { runId, entity: "Customer", range: 0, statement: "", ids: [], committedAt: later(12 * minute) };
  await world.database.prisma.syncPage.create({ data: page });
  await world.look(later(13 * minute));
  expect(await world.alerts(id)).toEqual([recovered("STUCK_WORK")]);
});

test("a run that nobody begins for an hour is an alert, one that waits behind another is not", async () => {
  const [alone, behind] = [await world.connected(), await world.connected()];
  const waiting = { status: "QUEUED", startedAt: null, finishedAt: null } as const;
  for (const id of [alone, behind]) await world.run(id, later(-2 * hour), waiting);
  await world.run(behind, later(-10 * minute), { status: "RUNNING", mode: "VERIFY", finishedAt: null });
  await world.look();
  expect(await world.alerts(alone)).toEqual([open("STUCK_WORK")]);
  expect(await world.alerts(behind)).toEqual([]);
});

test("an edit that cannot be sent for an hour is an alert, whether nobody tries or all tries fail", async () => {
  const longAgo = { createdAt: later(-2 * hour), updatedAt: later(-2 * hour) };
  const { connected } = world;
  const [untried, failing] = await Promise.all([connected(), connected()]);
  const [trying, person] = await Promise.all([connected(), connected()]);
  await world.edit(untried, longAgo);
  await world.edit(failing, { ...longAgo, updatedAt: now, attempts: 40 });
  await world.edit(trying, { ...longAgo, updatedAt: now, attempts: 5 });
  await world.edit(person, { ...longAgo, status: "UNKNOWN", errorCode: "AMBIGUOUS" });
  await world.look();
  for (const id of [untried, failing]) expect(await world.alerts(id)).toEqual([open("STUCK_WORK")]);
  for (const id of [trying, person]) expect(await world.alerts(id)).toEqual([]);
});
