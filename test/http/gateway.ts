import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { Registry } from "prom-client";
import type { Role } from "../../src/access/actor.js";
import { createApiKeys } from "../../src/access/api-keys.js";
import { createAuthenticator } from "../../src/access/authentication.js";
import { createBudgets } from "../../src/access/budgets.js";
import { createOrganizations } from "../../src/access/organizations.js";
import { mintToken } from "../../src/access/tokens.js";
import { systemClock } from "../../src/foundation/clock.js";
import { type Database, openDatabase } from "../../src/foundation/database/database.js";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { randomIds, randomToken } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { createStreams, type Streams } from "../../src/foundation/streams.js";
import { createHttpApp, type HttpApp } from "../../src/http/app.js";
import type { HttpServices } from "../../src/http/services.js";
import * as registry from "../../src/plugins/index.js";
import { createQuickBooksClient } from "../../src/quickbooks/client.js";
import { createConnectFlow } from "../../src/quickbooks/connect.js";
import { createDiscovery } from "../../src/quickbooks/discovery.js";
import { createLimiter } from "../../src/quickbooks/limits.js";
import { createOAuth } from "../../src/quickbooks/oauth.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { createQuota } from "../../src/quickbooks/quota.js";
import { createUsage } from "../../src/quickbooks/usage.js";
import { createConflicts } from "../../src/sync/conflicts/resolve.js";
import { createExports } from "../../src/sync/export/exports.js";
import { createErasures } from "../../src/sync/erasure/erasures.js";
import { createInbox } from "../../src/sync/inbox/inbox.js";
import { createLocalChanges } from "../../src/sync/local-changes/edits.js";
import { createRuns, type Runs } from "../../src/sync/runs.js";
import { type Simulator, startSimulator } from "../../simulator/index.js";
import { freshDatabase } from "../support/database.js";

/** The gateway's HTTP server on a real database with a simulated QuickBooks, and no worker: nothing happens unasked. */
export interface Gateway {
  readonly url: string;
  readonly app: HttpApp;
  readonly services: HttpServices;
  readonly database: Database;
  readonly streams: Streams;
  readonly runs: Runs;
  readonly simulator: Simulator;
  /** Everything that was logged, as text. */
  logged(): string;
  /** A new organization with a member of each role. */
  newFirm(): Promise<Firm>;
  stop(): Promise<void>;
}

export interface Firm {
  readonly organizationId: string;
  /** Of the member who was given this role; `claimed` is what the token says. */
  token(role: Role, validMs?: number, claimed?: Role): Promise<string>;
  memberId(role: Role): string;
}

const secret = randomToken(48);
const auth = { secret, autoProvision: "none" as const };
export const realmId = "9130000000000001";
export const publicUrl = "http://127.0.0.1:1";
export const webhookVerifierTokens = ["verifier-token-of-now", "verifier-token-of-before"];
export const trustedOrigin = "https://app.example.com";

export async function startGateway(
  changes: (services: HttpServices) => Partial<HttpServices> = () => ({}),
  port = 0,
): Promise<Gateway> {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLog({ level: "debug", destination });
  const [fresh, simulator] = await Promise.all([
    freshDatabase(),
    startSimulator({
      companies: [{ realmId, name: "Hillside", size: 12, seed: "http" }],
      limits: "off",
      autoConsent: true,
    }),
  ]);
  const database = openDatabase(fresh.url, { log });
  const parts = createParts(database, simulator, log);
  const services: HttpServices = {
    ...parts.services,
    authenticator: createAuthenticator({ auth, database, clock: systemClock }),
    settings: {
      publicUrl,
      allowedOrigins: [trustedOrigin],
      trustProxy: false,
      metricsToken: "metrics-token",
      mode: "configured",
      quickbooks: { webhookVerifierTokens },
    },
    isSchemaPublic: false,
    metrics: new Registry(),
  };
  const app = await createHttpApp({ ...services, ...changes(services) });
  await services.streams.start();
  const { url } = await app.listen(port, "127.0.0.1");
  app.setReady(true);
  return {
    url,
    app,
    services,
    database,
    streams: services.streams,
    runs: services.runs,
    simulator,
    logged: () => lines.join(""),
    newFirm: () => newFirm(database),
    async stop() {
      await app.stop();
      await services.streams.stop();
      await parts.stop();
      await database.close();
      await simulator.stop();
      await fresh.drop();
    },
  };
}

/** As the server wires them, without a worker. */
function createParts(database: Database, simulator: Simulator, log: HttpServices["log"]) {
  const clock = systemClock;
  const plugins = Object.values(registry);
  const settings = {
    clientId: simulator.clientId,
    clientSecret: simulator.clientSecret,
    environment: "SIMULATOR" as const,
    discoveryDocument: simulator.discoveryUrl,
    apiBaseUrl: simulator.apiBaseUrl,
    requestsPerMinute: 100_000,
    requestsPerSecond: 5_000,
    concurrency: 50,
    monthlyReads: 1_000_000,
    webhookVerifierTokens,
  };
  const keyRing = createKeyRing([{ id: "test", key: randomBytes(32) }]);
  const oauth = createOAuth({ settings, discovery: createDiscovery({ settings, clock, log }), clock, log });
  const tokens = createTokenStore({ database, keyRing, oauth, clock, log });
  const limiter = createLimiter({ database, settings, clock, log });
  const usage = createUsage({ database, settings, clock, log });
  const quota = createQuota(database, settings);
  const quickbooks = createQuickBooksClient({ settings, database, keyRing, tokens, limiter, usage, clock, log });
  const streams = createStreams({ database, log });
  const unwatched = { database, streams, plugins, ids: randomIds, log, wakeWorkers: () => Promise.resolve() };
  const runs = createRuns(unwatched);
  const localChanges = createLocalChanges({ ...unwatched, clock });
  const conflicts = createConflicts({ ...unwatched, clock });
  const { environment } = settings;
  const inbox = createInbox({
    database,
    keyRing,
    plugins,
    ids: randomIds,
    log,
    environment,
    wakeWorkers: () => Promise.resolve(),
  });
  const connectFlow = createConnectFlow({
    database,
    keyRing,
    oauth,
    tokens,
    quickbooks,
    clock,
    ids: randomIds,
    settings: { publicUrl, allowedOrigins: [trustedOrigin], quickbooks: settings },
    log,
    allEntities: plugins.map(({ name }) => name),
    onDisconnected: (tx, { id, organizationId }) => runs.endAll(tx, id, organizationId),
  });
  const access = { database, clock, ids: randomIds };
  const budgets = createBudgets({ pool: database.pool, log, pointsPerSecond: 1_000_000 });
  return {
    services: {
      database,
      plugins,
      clock,
      log,
      keyRing,
      organizations: createOrganizations(access),
      apiKeys: createApiKeys(access),
      budgets,
      streams,
      runs,
      inbox,
      localChanges,
      conflicts,
      exports: createExports({ ...unwatched, clock }),
      connectFlow,
      erasures: createErasures({ database, plugins, connectFlow, runs, clock, ids: randomIds }),
      quickbooks,
      quota,
    },
    stop: () => Promise.all([limiter.close(), usage.close(), budgets.close()]),
  };
}

async function newFirm(database: Database): Promise<Firm> {
  const operator = { kind: "SYSTEM", name: "operator" } as const;
  const organizations = createOrganizations({ database, clock: systemClock, ids: randomIds });
  const { organization, admin } = await organizations.create(operator, { name: "Firm", admin: { subject: "ADMIN" } });
  const add = (role: Role) => organizations.addMember(operator, organization.id, { subject: role, role });
  const members = { ADMIN: admin, OPERATOR: await add("OPERATOR"), VIEWER: await add("VIEWER") };
  return {
    organizationId: organization.id,
    token: (subject, validMs = 600_000, role = subject) =>
      mintToken(
        auth,
        { subject, organizationId: organization.id, role, expiresAt: new Date(Date.now() + validMs) },
        systemClock,
      ),
    memberId: (role) => members[role].id,
  };
}
