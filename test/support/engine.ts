import { randomBytes, randomUUID } from "node:crypto";
import type { Actor } from "../../src/access/actor.js";
import { type Clock, systemClock } from "../../src/foundation/clock.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createKeyRing, type KeyRing } from "../../src/foundation/encryption.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import type { ApiLimits } from "../../src/foundation/settings.js";
import { createStreams, type Streams } from "../../src/foundation/streams.js";
import * as registry from "../../src/plugins/index.js";
import { createQuickBooksClient } from "../../src/quickbooks/client.js";
import { createDiscovery } from "../../src/quickbooks/discovery.js";
import { createLimiter } from "../../src/quickbooks/limits.js";
import { createOAuth } from "../../src/quickbooks/oauth.js";
import { realmLookup, sealRealm } from "../../src/quickbooks/realm.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { createQuota, type Quota } from "../../src/quickbooks/quota.js";
import { createUsage, type Usage } from "../../src/quickbooks/usage.js";
import { Engine } from "../../src/sync/engine.js";
import { createErasures, type Erasures } from "../../src/sync/erasure/erasures.js";
import { createInbox, type Inbox } from "../../src/sync/inbox/inbox.js";
import type { Pace } from "../../src/sync/inbox/pace.js";
import { queueWebhookRuns } from "../../src/sync/inbox/queue.js";
import { createLocalChanges, type LocalChanges } from "../../src/sync/local-changes/edits.js";
import type { LocalChange } from "../../src/sync/local-changes/local-change.js";
import { readChange } from "../../src/sync/local-changes/rows.js";
import type { PushPace } from "../../src/sync/push/pace.js";
import { beginLifeWhereReset } from "../../src/sync/new-life.js";
import { Pusher, type PusherOptions } from "../../src/sync/push/pusher.js";
import { createRuns, type Runs } from "../../src/sync/runs.js";
import type { SyncRun } from "../../src/generated/prisma/client.js";
import { createStore } from "../../src/sync/store/store.js";
import { Worker } from "../../src/sync/worker.js";
import { startSimulator, type CompanyOptions, type Simulator, type SimulatorOptions } from "../../simulator/index.js";
import { companyCreatedAt } from "./company.js";
import { freshDatabase } from "./database.js";
import { until } from "./until.js";

/** The sync engine with a real database and a simulated company, without HTTP before it. */
export interface EngineBench {
  readonly simulator: Simulator;
  readonly database: Database;
  readonly streams: Streams;
  readonly runs: Runs;
  readonly usage: Usage;
  readonly quota: Quota;
  readonly inbox: Inbox;
  readonly localChanges: LocalChanges;
  readonly erasures: Erasures;
  readonly keyRing: KeyRing;
  readonly actor: Actor;
  /** A connection to one of the simulator's companies. */
  connect(realmId: string): Promise<string>;
  /** A new grant for a connection that has lost its own. */
  authorizeAgain(connectionId: string, realmId: string): Promise<void>;
  /** Another worker, as of another process. */
  newWorker(): Worker;
  /** Nothing is pushed before one is started; as many as are made push as those of as many processes. */
  newPusher(options?: Partial<PusherOptions>): Pusher;
  /** The local change once it waits for nothing more. */
  pushed(localChangeId: string | null): Promise<LocalChange>;
  fullSync(connectionId: string): Promise<SyncRun>;
  incrementalSync(connectionId: string): Promise<SyncRun>;
  ended(runId: string): Promise<SyncRun>;
  stop(): Promise<void>;
}

export const plugins = Object.values(registry);

/** Webhook notices are applied at once, and tried again after a moment. */
const pace: Pace = { windowMs: 20, delayMs: 250, longestDelayMs: 250, mostRereads: 3, mostAttempts: 4 };

/** What fails is tried again after a moment. */
const pushPace: PushPace = { windowMs: 60_000, cutOffMs: 1_000, delayMs: 20, longestDelayMs: 200 };

const redirectUri = "http://127.0.0.1:1/api/auth/quickbooks/callback";

export async function engineBench(
  companies: readonly CompanyOptions[],
  simulatorOptions: SimulatorOptions = {},
  {
    monthlyReads = 1_000_000_000,
    clock = systemClock,
    limits = {},
  }: {
    readonly monthlyReads?: number;
    readonly clock?: Clock;
    readonly limits?: Partial<Pick<ApiLimits, "requestsPerMinute" | "requestsPerSecond" | "concurrency">>;
  } = {},
): Promise<EngineBench> {
  const log = createLog({ level: process.env["TEST_LOG"] === "1" ? "debug" : "silent" });
  const [fresh, simulator] = await Promise.all([
    freshDatabase(),
    startSimulator({ companies, limits: "off", autoConsent: true, ...simulatorOptions }),
  ]);
  const database = openDatabase(fresh.url, { log });
  const settings = {
    clientId: simulator.clientId,
    clientSecret: simulator.clientSecret,
    environment: "SIMULATOR" as const,
    discoveryDocument: simulator.discoveryUrl,
    apiBaseUrl: simulator.apiBaseUrl,
    requestsPerMinute: 100_000,
    requestsPerSecond: 5_000,
    concurrency: 50,
    monthlyReads,
    webhookVerifierTokens: [],
    ...limits,
  };
  const keyRing = createKeyRing([{ id: "test", key: randomBytes(32) }]);
  const oauth = createOAuth({ settings, discovery: createDiscovery({ settings, clock, log }), clock, log });
  const tokens = createTokenStore({ database, keyRing, oauth, clock, log });
  const limiter = createLimiter({ database, settings, clock, log });
  const usage = createUsage({ database, settings, clock, log });
  const quota = createQuota(database, settings);
  const quickbooks = createQuickBooksClient({ settings, database, keyRing, tokens, limiter, usage, clock, log });
  const streams = createStreams({ database, log });
  await streams.start();
  const store = createStore(database, streams);
  const engine = new Engine({ database, streams, store, quickbooks, plugins, log, pace });
  const queueRuns = (): Promise<void> => queueWebhookRuns({ database, usage }, pace);
  const workers: Worker[] = [];
  const newWorker = (): Worker => {
    const worker = new Worker({ database, streams, engine, log, queueRuns, heartbeatMs: 500 });
    workers.push(worker);
    return worker;
  };
  const worker = newWorker();
  const pushers: Pusher[] = [];
  const wakeWorkers = (): Promise<void> => {
    worker.poke();
    for (const pusher of pushers) pusher.poke();
    return Promise.resolve();
  };
  const runs = createRuns({ database, streams, plugins, ids: randomIds, log, wakeWorkers });
  const inbox = createInbox({ database, keyRing, environment: "SIMULATOR", plugins, ids: randomIds, log, wakeWorkers });
  const editing = { database, streams, plugins, ids: randomIds, clock, log, wakeWorkers };
  const localChanges = createLocalChanges(editing);
  // Nobody disconnects here: a company is erased by the gateway as a whole.
  const connectFlow = { disconnect: () => Promise.reject(new Error("A bench has no connect flow.")) };
  const erasures = createErasures({ ...editing, runs, connectFlow });
  const newPusher = (options: Partial<PusherOptions> = {}): Pusher => {
    const services = { database, streams, store, quickbooks, plugins, runs, log, environment: settings.environment };
    const pusher = new Pusher({ ...services, pace: pushPace, heartbeatMs: 200, ...options });
    pushers.push(pusher);
    return pusher;
  };
  const actor: Actor = {
    kind: "MEMBER",
    id: randomUUID(),
    organizationId: randomUUID(),
    role: "ADMIN",
    name: "Test",
  };
  await worker.start();

  const consent = async (realmId: string) => {
    const url = `${await oauth.authorizationUrl({ state: "test", redirectUri })}&realmId=${realmId}`;
    const answer = await fetch(url, { redirect: "manual" });
    const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
    return oauth.exchangeCode({ code, realmId, redirectUri });
  };

  const bench: EngineBench = {
    simulator,
    database,
    streams,
    runs,
    usage,
    quota,
    inbox,
    localChanges,
    erasures,
    keyRing,
    actor,
    newWorker,
    newPusher,
    pushed: (id) =>
      until(async () => {
        const change = await readChange(database.pool, id ?? "");
        return change === undefined || ["PENDING", "PUSHING", "UNKNOWN"].includes(change.status) ? undefined : change;
      }, 60_000),
    async connect(realmId) {
      const grant = await consent(realmId);
      const id = randomUUID();
      await database.transaction(async (client) => {
        await client.query(
          `INSERT INTO connections (id, organization_id, environment, realm_id, realm_lookup, status, entities, connected_at,
             created_at, home_currency, time_zone)
           VALUES ($1, $2, 'SIMULATOR', $3, $4, 'CONNECTED', $5, now(), now(), 'USD', 'America/Los_Angeles')`,
          [
            id,
            actor.organizationId,
            sealRealm(keyRing, id, realmId),
            realmLookup(keyRing, "SIMULATOR", realmId),
            plugins.map(({ name }) => name),
          ],
        );
        await tokens.store(client, id, grant);
      });
      return id;
    },
    async authorizeAgain(connectionId, realmId) {
      const grant = await consent(realmId);
      await database.transaction(async (client) => {
        await client.query("UPDATE connections SET status = 'CONNECTED' WHERE id = $1", [connectionId]);
        await tokens.store(client, connectionId, grant);
        const connection = { connectionId, organizationId: actor.organizationId };
        const services = { streams, plugins, ids: randomIds };
        await beginLifeWhereReset(client, services, connection, companyCreatedAt(simulator, realmId));
      });
    },
    async fullSync(connectionId) {
      const { run } = await runs.start({ actor, connectionId, mode: "FULL", dryRun: false });
      return bench.ended(run.id);
    },
    async incrementalSync(connectionId) {
      const { run } = await runs.start({ actor, connectionId, mode: "INCREMENTAL", dryRun: false });
      return bench.ended(run.id);
    },
    async ended(runId) {
      return until(async () => {
        const run = await database.prisma.syncRun.findUniqueOrThrow({ where: { id: runId } });
        return run.finishedAt === null ? undefined : run;
      }, 120_000);
    },
    async stop() {
      await Promise.all([...pushers, ...workers].map((each) => each.stop()));
      await streams.stop();
      await Promise.all([limiter.close(), usage.close()]);
      await database.close();
      await simulator.stop();
      await fresh.drop();
    },
  };
  return bench;
}
