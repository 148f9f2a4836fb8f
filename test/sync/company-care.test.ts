import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Company } from "../../simulator/index.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";
import { cloudBody } from "../webhooks/bodies.js";

/** Nothing tells of changes of CompanyInfo and Preferences: they are read daily, and whenever a company is read whole. */

const realmId = "9130000000000062";
let bench: EngineBench;
let company: Company;
let connectionId: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "care", size: 60, name: "Hillside Tools" }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  expect((await bench.fullSync(connectionId)).status).toBe("SUCCEEDED");
});

/** What an earlier test changed lies outside the overlap that every reading goes back. */
beforeEach(async () => {
  bench.simulator.clock.advance(600_000);
  await bench.incrementalSync(connectionId);
});

afterAll(() => bench.stop());

const connection = () => bench.database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });

const changes = () =>
  bench.database.prisma.streamEvent.count({
    where: { stream: `connections:${bench.actor.organizationId}`, kind: "CHANGED" },
  });

/** As it is a day after the last reading. */
const aDayLater = () =>
  bench.database.pool.query("UPDATE connections SET company_read_at = company_read_at - interval '24 hours'");

test("what a full sync learns of the company is kept: who it is, where, in which currency, and since when", async () => {
  expect(await connection()).toMatchObject({
    companyName: "Hillside Tools",
    country: "US",
    timeZone: "America/Los_Angeles",
    homeCurrency: "USD",
    companyCreatedAt: expect.any(Date),
    companyReadAt: expect.any(Date),
    epoch: 1,
  });
});

test("a company that is renamed shows its new name with the first sync of the next day, and costs no call before", async () => {
  company.change("CompanyInfo", "1", { CompanyName: "Hillside Garden Tools" });
  const told = await changes();
  expect(await bench.incrementalSync(connectionId)).toMatchObject({ status: "SUCCEEDED", apiCalls: 1 });
  expect((await connection()).companyName).not.toBe("Hillside Garden Tools");
  await aDayLater();
  expect(await bench.incrementalSync(connectionId)).toMatchObject({ status: "SUCCEEDED", apiCalls: 3 });
  expect(await connection()).toMatchObject({ companyName: "Hillside Garden Tools" });
  expect(await changes()).toBe(told + 1);
  expect(await bench.incrementalSync(connectionId)).toMatchObject({ status: "SUCCEEDED", apiCalls: 1 });
});

test("a full sync looks at the company once, whether that was due or not", async () => {
  const { apiCalls } = await bench.fullSync(connectionId);
  await aDayLater();
  expect(await bench.fullSync(connectionId)).toMatchObject({ status: "SUCCEEDED", apiCalls });
});

test("a day on which nothing about the company has changed tells nobody anything", async () => {
  const told = await changes();
  const before = await connection();
  await aDayLater();
  await bench.incrementalSync(connectionId);
  expect(await changes()).toBe(told);
  const { companyReadAt, ...after } = await connection();
  expect({ ...after, companyReadAt: before.companyReadAt }).toEqual(before);
  expect(companyReadAt?.getTime()).toBeGreaterThan(before.companyReadAt?.getTime() ?? 0);
});

test("whatever is read first of a day brings the company up to date: notices too", async () => {
  company.change("CompanyInfo", "1", { CompanyName: "Hillside by Notice" });
  await aDayLater();
  const [{ id = "" } = {}] = company.records("Customer");
  const notice = { realmId, name: "Customer", id, operation: "Update", at: new Date(0) } as const;
  await bench.inbox.keep(Buffer.from(cloudBody([notice])));
  await until(async () => (await connection()).companyName === "Hillside by Notice" || undefined);
});

test("another time zone has the times to come planned anew, and leaves one that has passed to be served", async () => {
  const { pool } = bench.database;
  const plan = (sync: string, verification: string) =>
    pool.query(
      `UPDATE connections SET company_read_at = NULL, next_sync_at = now() + $1::interval, next_verification_at = now() + $2::interval`,
      [sync, verification],
    );
  await plan("5 hours", "3 days");
  await bench.incrementalSync(connectionId);
  expect(await connection()).toMatchObject({ nextSyncAt: expect.any(Date), nextVerificationAt: expect.any(Date) });
  company.change("CompanyInfo", "1", { DefaultTimeZone: "Australia/Sydney" });
  await plan("5 hours", "-1 hour");
  await bench.incrementalSync(connectionId);
  expect(await connection()).toMatchObject({
    timeZone: "Australia/Sydney",
    nextSyncAt: null,
    nextVerificationAt: expect.any(Date),
  });
});

test("the creation time that is known stays: only a later one means another life, one that is missing none", async () => {
  const { companyCreatedAt: known } = await connection();
  const later = "company_created_at + interval '1 day'";
  await bench.database.pool.query(`UPDATE connections SET company_read_at = NULL, company_created_at = ${later}`);
  expect(await bench.incrementalSync(connectionId)).toMatchObject({ status: "SUCCEEDED", epoch: 1 });
  expect(await connection()).toMatchObject({
    epoch: 1,
    companyCreatedAt: new Date((known?.getTime() ?? 0) + 86_400_000),
  });
});
