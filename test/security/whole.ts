import { randomBytes } from "node:crypto";
import { createOrganizations } from "../../src/access/organizations.js";
import { mintToken } from "../../src/access/tokens.js";
import { systemClock } from "../../src/foundation/clock.js";
import { type Database, openDatabase } from "../../src/foundation/database/database.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import type { Environment, Settings } from "../../src/foundation/settings.js";
import { startGateway } from "../../src/gateway.js";
import { type Simulator, startSimulator } from "../../simulator/index.js";
import { realmId } from "../http/gateway.js";
import { freshDatabase } from "../support/database.js";

/** The whole gateway in this process, wired as its program wires it. */
export interface Whole {
  readonly url: string;
  /** The token of an organization's first ADMIN. */
  readonly admin: string;
  stop(): Promise<void>;
}

interface WholeOptions {
  readonly environment: Environment;
  readonly role: Settings["role"];
}

export async function startWhole({ environment, role }: WholeOptions): Promise<Whole> {
  const log = createLog({ level: "silent" });
  const [fresh, simulator] = await Promise.all([
    freshDatabase(),
    startSimulator({ companies: [{ realmId, size: 30, seed: "whole" }], limits: "off", autoConsent: true }),
  ]);
  const database = openDatabase(fresh.url, { log });
  const settings = settingsFor(simulator, { environment, role, databaseUrl: fresh.url });
  const gateway = await startGateway({ settings, database, log, clock: systemClock, ids: randomIds });
  return {
    url: gateway.url,
    admin: await newAdmin(database, settings),
    async stop() {
      await gateway.stop();
      await database.close();
      await simulator.stop();
      await fresh.drop();
    },
  };
}

function settingsFor(
  { clientId, clientSecret, discoveryUrl, apiBaseUrl }: Simulator,
  { environment, role, databaseUrl }: WholeOptions & { readonly databaseUrl: string },
): Settings {
  return {
    ...{ mode: "configured", port: 0, host: "127.0.0.1", publicUrl: "http://127.0.0.1:1", allowedOrigins: [] },
    ...{ trustProxy: false, databaseUrl, dataDir: ".", role, logLevel: "silent" },
    encryptionKeys: [{ id: "test", key: randomBytes(32) }],
    auth: { secret: newSecret(), autoProvision: "none" },
    quickbooks: {
      ...{ clientId, clientSecret, environment, discoveryDocument: discoveryUrl, apiBaseUrl },
      webhookVerifierTokens: [newSecret()],
      ...{ requestsPerMinute: 10_000, requestsPerSecond: 1_000, concurrency: 10, monthlyReads: 500_000 },
    },
  };
}

function newSecret(): string {
  return randomBytes(36).toString("base64");
}

async function newAdmin(database: Database, { auth: { secret = "" } }: Settings): Promise<string> {
  const organizations = createOrganizations({ database, clock: systemClock, ids: randomIds });
  const operator = { kind: "SYSTEM", name: "operator" } as const;
  const { organization } = await organizations.create(operator, { name: "Firm", admin: { subject: "ada" } });
  const expiresAt = new Date(Date.now() + 600_000);
  const auth = { secret, autoProvision: "none" } as const;
  return mintToken(auth, { subject: "ada", organizationId: organization.id, role: "ADMIN", expiresAt }, systemClock);
}
