import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createOrganizations } from "../../src/access/organizations.js";
import { mintToken } from "../../src/access/tokens.js";
import { type Database, openDatabase } from "../../src/foundation/database/database.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import type { Settings } from "../../src/foundation/settings.js";
import { startGateway, type Gateway } from "../../src/gateway.js";
import { type Company, startSimulator, type Simulator } from "../../simulator/index.js";
import { connectCompany, dataOf } from "../http/client.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";
import { differences } from "../support/oracle/index.js";
import { until } from "../support/until.js";

/** The whole gateway, whose clock is QuickBooks'. */

const day = 24 * 60 * 60_000;
const realmId = "9130000000000001";
const auth = { secret: randomBytes(36).toString("base64"), autoProvision: "none" as const };
const log = createLog({ level: "silent" });
let simulator: Simulator;
let fresh: FreshDatabase;
let database: Database;
let gateway: Gateway;
let company: Company;

const clock = { now: () => new Date(simulator.clock.now()) };

beforeAll(async () => {
  [fresh, simulator] = await Promise.all([
    freshDatabase(),
    startSimulator({ companies: [{ realmId, size: 150, seed: "end" }], limits: "off", autoConsent: true }),
  ]);
  const found = simulator.companies.get(realmId);
  if (found === undefined) throw new Error("The simulator has no company.");
  company = found;
  database = openDatabase(fresh.url, { log });
  gateway = await startGateway({ settings: settings(), database, log, clock, ids: randomIds });
});

afterAll(async () => {
  await gateway.stop();
  await database.close();
  await simulator.stop();
  await fresh.drop();
});

const settings = (): Settings => ({
  mode: "configured",
  port: 0,
  host: "127.0.0.1",
  publicUrl: "http://127.0.0.1:1",
  allowedOrigins: [],
  trustProxy: false,
  databaseUrl: fresh.url,
  dataDir: ".",
  role: "all",
  logLevel: "silent",
  encryptionKeys: [{ id: "test", key: randomBytes(32) }],
  auth,
  quickbooks: {
    clientId: simulator.clientId,
    clientSecret: simulator.clientSecret,
    environment: "SIMULATOR",
    discoveryDocument: simulator.discoveryUrl,
    apiBaseUrl: simulator.apiBaseUrl,
    webhookVerifierTokens: [],
    requestsPerMinute: 10_000,
    requestsPerSecond: 1_000,
    concurrency: 10,
    monthlyReads: 500_000,
  },
});

/** The token of the firm's only member; it lasts ten minutes, by the gateway's clock. */
async function admin(): Promise<string> {
  const organization =
    (await database.prisma.organization.findFirst()) ??
    (
      await createOrganizations({ database, clock, ids: randomIds }).create(
        { kind: "SYSTEM", name: "operator" },
        { name: "Firm", admin: { subject: "ada" } },
      )
    ).organization;
  const expiresAt = new Date(clock.now().getTime() + 600_000);
  return mintToken(auth, { subject: "ada", organizationId: organization.id, role: "ADMIN", expiresAt }, clock);
}

const start = async (connectionId: string) =>
  dataOf(
    gateway,
    "mutation ($id: ID!) { startSync(input: { connectionId: $id, mode: INCREMENTAL }) { syncRun { id } userErrors { code message } } }",
    { token: await admin(), variables: { id: connectionId } },
  );

const renewals = () => simulator.requests.filter(({ path }) => path.endsWith("/tokens/bearer")).length;

/** Where the mirror differs from QuickBooks. */
async function wrong(connectionId: string): Promise<readonly string[]> {
  const client = await database.pool.connect();
  try {
    return await differences(client, connectionId, function* (entity) {
      for (const { text } of company.records(entity)) yield text;
    });
  } finally {
    client.release();
  }
}

test("refresh token at its end: the run says so, the mirror stays, nobody asks Intuit again, and a new consent reads all that was missed", async () => {
  const { connectionId } = await connectCompany(gateway, await admin());
  await until(async () => (await database.prisma.syncRun.count({ where: { status: "SUCCEEDED" } })) > 0 || undefined);
  const { id } = await database.prisma.connection.findFirstOrThrow();
  expect(await wrong(id)).toEqual([]);
  const asked = renewals();

  // The care of idle authorizations would be the first to hear of the end, if its sweep came before the run.
  await database.prisma.quickBooksToken.updateMany({ data: { checkAt: new Date(clock.now().getTime() + 365 * day) } });
  simulator.clock.advance(102 * day);
  const [edited, deleted] = [...company.records("Invoice")].map((record) => record.id);
  const mirrored = await database.prisma.invoice.count();
  company.change("Invoice", edited ?? "", { PrivateNote: "written while nobody was let in" });
  company.delete("Invoice", deleted ?? "");
  await start(connectionId);
  const failed = await until(
    async () => (await database.prisma.syncRun.findFirst({ where: { status: "FAILED" } })) ?? undefined,
  );
  expect(failed).toMatchObject({ mode: "INCREMENTAL", errorCode: "ReconnectNeeded" });
  expect(failed.errorMessage).toMatch(/[Cc]onnect (it|the company) again/);
  const state = "query ($id: ID!) { connection(id: $id) { status isConnected } }";
  const shown = await dataOf(gateway, state, { token: await admin(), variables: { id: connectionId } });
  expect(shown).toEqual({ connection: { status: "REAUTHORIZATION_REQUIRED", isConnected: false } });
  expect(await database.prisma.streamEvent.count({ where: { kind: "REAUTHORIZATION_REQUIRED" } })).toBe(1);
  expect(await database.prisma.invoice.count({ where: { state: { not: "DELETED" } } })).toBe(mirrored);

  await start(connectionId);
  expect((await connectCompany(gateway, await admin())).connectionId).toBe(connectionId);
  const read = await until(async () => {
    const all = await database.prisma.syncRun.findMany({ where: { id: { not: failed.id } } });
    return all.every(({ finishedAt }) => finishedAt !== null) ? all : undefined;
  }, 60_000);
  expect(read.map(({ status }) => status)).toEqual(read.map(() => "SUCCEEDED"));
  expect(read.filter(({ mode }) => mode === "FULL")).toHaveLength(2);
  expect(await wrong(id)).toEqual([]);
  // One renewal that was refused, and the new consent.
  expect(renewals() - asked).toBe(2);
}, 120_000);

const eventsOf = (kind: string) => database.prisma.streamEvent.findMany({ where: { kind } });

test("an end that is near, and a disconnect at Intuit, are told by the connection's stream, though no sync asks", async () => {
  const connection = await database.prisma.connection.findFirstOrThrow();
  const refreshTokenEndsAt = new Date(clock.now().getTime() + 20 * day);
  await database.prisma.quickBooksToken.updateMany({ data: { refreshTokenEndsAt } });
  const [warning] = await until(async () => {
    const events = await eventsOf("AUTHORIZATION_ENDING");
    return events.length > 0 ? events : undefined;
  }, 60_000);
  expect(warning?.data).toEqual({ connectionId: connection.id });

  simulator.disconnect(realmId);
  simulator.clock.advance(2 * 60_000);
  const told = (await eventsOf("REAUTHORIZATION_REQUIRED")).length;
  await fetch(`${gateway.url}/api/auth/quickbooks/disconnected?realmId=${realmId}`, { redirect: "manual" });
  await until(async () => (await eventsOf("REAUTHORIZATION_REQUIRED")).length > told || undefined, 60_000);
  expect(await database.prisma.connection.findFirst()).toMatchObject({ status: "REAUTHORIZATION_REQUIRED" });
  expect(await eventsOf("AUTHORIZATION_ENDING")).toHaveLength(1);
}, 150_000);
