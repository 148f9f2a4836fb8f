import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { createOrganizations } from "../../src/access/organizations.js";
import { mintToken } from "../../src/access/tokens.js";
import { systemClock } from "../../src/foundation/clock.js";
import { type Database, openDatabase } from "../../src/foundation/database/database.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import type { Settings } from "../../src/foundation/settings.js";
import { startGateway, type Gateway } from "../../src/gateway.js";
import { startSimulator, type Simulator } from "../../simulator/index.js";
import { connectCompany } from "../http/client.js";
import { realmId } from "../http/gateway.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";
import { until } from "../support/until.js";
import { verifierToken } from "./bodies.js";

/** The whole way: an edit in QuickBooks, its notice, the inbox, a job, a run, the mirror. */

const auth = { secret: randomBytes(36).toString("base64"), autoProvision: "none" as const };
const log = createLog({ level: "silent" });
let simulator: Simulator;
let fresh: FreshDatabase;
let database: Database;
let gateway: Gateway;

beforeAll(async () => {
  [fresh, simulator] = await Promise.all([
    freshDatabase(),
    startSimulator({ companies: [{ realmId, size: 60, seed: "notices" }], limits: "off", autoConsent: true }),
  ]);
  database = openDatabase(fresh.url, { log });
  gateway = await startGateway({ settings: settings(), database, log, clock: systemClock, ids: randomIds });
  const url = `${gateway.url}/api/webhooks/quickbooks`;
  simulator.webhooks.configure({ url, verifierToken, delayMs: 0 });
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
    webhookVerifierTokens: [verifierToken],
    requestsPerMinute: 10_000,
    requestsPerSecond: 1_000,
    concurrency: 10,
    monthlyReads: 500_000,
  },
});

async function admin(): Promise<string> {
  const organizations = createOrganizations({ database, clock: systemClock, ids: randomIds });
  const operator = { kind: "SYSTEM", name: "operator" } as const;
  const { organization } = await organizations.create(operator, { name: "Firm", admin: { subject: "ada" } });
  const expiresAt = new Date(Date.now() + 600_000);
  return mintToken(auth, { subject: "ada", organizationId: organization.id, role: "ADMIN", expiresAt }, systemClock);
}

test.each(["cloudevents", "legacy"] as const)(
  "an edit in QuickBooks that a %s notice tells of is in the mirror, and nobody asked for it",
  async (format) => {
    simulator.webhooks.configure({ format });
    if ((await database.prisma.connection.count()) === 0) await connectCompany(gateway, await admin());
    await until(async () => (await database.prisma.syncRun.count({ where: { status: "SUCCEEDED" } })) > 0 || undefined);
    const company = simulator.companies.get(realmId);
    const [record] = company?.records("Customer") ?? [];
    company?.change("Customer", record?.id ?? "", { Notes: `written beside ${format}` });
    const notes = { notes: `written beside ${format}` };
    await until(async () => (await database.prisma.customer.findFirst({ where: notes })) ?? undefined);
    const events = await until(async () => {
      const all = await database.prisma.webhookEvent.findMany();
      return all.every(({ status }) => status === "DONE") ? all : undefined;
    });
    expect(events.at(-1)).toMatchObject({ entity: "Customer", operation: "UPDATE", quickbooksId: record?.id });
  },
);
