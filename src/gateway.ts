import type { Express } from "express";
import { Registry } from "prom-client";
import { createApiKeys } from "./access/api-keys.js";
import { createAuthenticator } from "./access/authentication.js";
import { createBudgets } from "./access/budgets.js";
import { createOrganizations } from "./access/organizations.js";
import type { Clock } from "./foundation/clock.js";
import type { Database } from "./foundation/database/database.js";
import type { KeyRing } from "./foundation/encryption.js";
import { openKeyRing } from "./foundation/encryption/stored.js";
import type { Ids } from "./foundation/ids.js";
import { openJobs, type Jobs } from "./foundation/jobs.js";
import type { Log } from "./foundation/log.js";
import type { Settings } from "./foundation/settings.js";
import { startInSteps, type Stops } from "./foundation/stops.js";
import { createStreams, type Streams } from "./foundation/streams.js";
import { createHttpApp } from "./http/app.js";
import * as registry from "./plugins/index.js";
import type { EntityPlugin } from "./plugins/plugin.js";
import { type AuthorizationCare, createAuthorizationCare } from "./quickbooks/authorization-care.js";
import { createQuickBooksClient, type QuickBooksClient } from "./quickbooks/client.js";
import { createConnectFlow, type ConnectFlow } from "./quickbooks/connect.js";
import { createDiscovery } from "./quickbooks/discovery.js";
import { createLimiter } from "./quickbooks/limits.js";
import { createOAuth } from "./quickbooks/oauth.js";
import { createQuota } from "./quickbooks/quota.js";
import { createTokenStore } from "./quickbooks/tokens.js";
import { createUsage, type Usage } from "./quickbooks/usage.js";
import { encodeId } from "./schema/relay.js";
import { type Alerts, createAlerts } from "./sync/alerts/alerts.js";
import { type AlertWebhook, createAlertWebhook } from "./sync/alerts/webhook.js";
import { encryptedColumns } from "./sync/encrypted-columns.js";
import { createConflicts } from "./sync/conflicts/resolve.js";
import { Engine } from "./sync/engine.js";
import { createExports } from "./sync/export/exports.js";
import { Eraser } from "./sync/erasure/eraser.js";
import { createErasures } from "./sync/erasure/erasures.js";
import { createInbox } from "./sync/inbox/inbox.js";
import { defaultPace } from "./sync/inbox/pace.js";
import { queueWebhookRuns } from "./sync/inbox/queue.js";
import { createLocalChanges } from "./sync/local-changes/edits.js";
import { connectionStream } from "./sync/run-view.js";
import { Pusher } from "./sync/push/pusher.js";
import { createRetention, type Retention } from "./sync/retention.js";
import { createRuns, type Runs } from "./sync/runs.js";
import { enqueueDue } from "./sync/schedule/due.js";
import { warnOfQuota } from "./sync/schedule/quota-warnings.js";
import { planAnewForQuota } from "./sync/schedule/scheduled-connection.js";
import { startListening } from "./sync/schedule/missed-notices.js";
import { createStore } from "./sync/store/store.js";
import { Worker } from "./sync/worker.js";

/** What a gateway is made of that is not its own to make. */
export interface GatewayParts {
  readonly settings: Settings;
  readonly database: Database;
  readonly log: Log;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Adds what only a demo serves. */
  readonly addRoutes?: (app: Express) => void;
}

/** A running gateway, or the part of it that this process plays. */
export interface Gateway {
  /** Where this process listens. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

const wakeJob = "wake workers";
const sweepInterval = "15 seconds";
const retentionJob = "remove what is no longer needed";
const retentionInterval = "1 day";

/** Wires all rooms together and starts them: the one place that knows them all. */
export function startGateway(parts: GatewayParts): Promise<Gateway> {
  return startInSteps(async (stops) => {
    const { settings, database, log, clock, ids, addRoutes } = parts;
    const plugins = Object.values(registry);
    const keyRing = await openKeyRing(database, settings.encryptionKeys, encryptedColumns);
    const streams = createStreams({ database, log });
    stops.add(() => streams.stop());
    await streams.start();
    const jobs = await openJobs({ databaseUrl: database.url, mongodbUrl: settings.mongodbUrl, log });
    stops.add(() => jobs.stop());
    const { environment } = settings.quickbooks;
    const wakeWorkers = (): Promise<void> => jobs.now(wakeJob);
    const own = { database, streams, plugins, ids, clock, log, wakeWorkers };
    const runs = createRuns(own);
    const editing = { localChanges: createLocalChanges(own), conflicts: createConflicts(own) };
    const inbox = createInbox({ database, keyRing, environment, plugins, ids, log, wakeWorkers });
    stops.add(() => inbox.stop());
    const company = connectQuickBooks({ ...parts, keyRing, streams, runs, plugins }, stops);
    const quota = createQuota(database, settings.quickbooks);
    const budgets = createBudgets({ pool: database.pool, log, pointsPerSecond: settings.queryPointsPerSecond });
    stops.add(() => budgets.close());
    const access = { organizations: createOrganizations(parts), apiKeys: createApiKeys(parts), budgets };
    const erasures = createErasures({ ...own, ...company, runs });
    const work = { runs, inbox, quota, exports: createExports(own), erasures, ...editing, ...company };
    const services = { database, plugins, clock, log, keyRing, streams, ...access, ...work };
    if (settings.role !== "web") {
      const store = createStore(database, streams);
      const engine = new Engine({ ...services, store });
      const queueRuns = (): Promise<void> => queueWebhookRuns(services, defaultPace);
      const worker = new Worker({ ...services, engine, queueRuns });
      const pusher = new Pusher({ ...services, store, environment });
      const eraser = new Eraser(services);
      await planAnewForQuota(database.pool, { ...settings.quickbooks, now: clock.now() });
      const sweep = async () => {
        const wanted = await enqueueDue({ ...services, environment }, clock.now());
        await warnOfQuota(services, clock.now());
        return wanted;
      };
      const retention = createRetention({ database, clock, log });
      const webhook = alertWebhook(parts, keyRing);
      const alerts = createAlerts({ ...services, environment, webhook, globalId: encodeId });
      stops.add(() => Promise.all([eraser.stop(), retention.stop(), alerts.stop()]));
      await startWorker({ ...company, worker, pusher, eraser, jobs, sweep, alerts, retention, log });
      stops.add(() => Promise.all([worker.stop(), pusher.stop()]));
    }
    const authenticator = createAuthenticator({ auth: settings.auth, database, clock, ids });
    const http = await createHttpApp(
      { ...services, settings, authenticator, isSchemaPublic: environment !== "PRODUCTION", metrics: new Registry() },
      addRoutes,
    );
    stops.add(() => http.stop());
    const listening = await http.listen(settings.port, settings.host);
    if (settings.role !== "worker") {
      const listener = startListening({ ...services, environment });
      stops.add(() => listener.stop());
    }
    http.setReady(true);
    return listening;
  });
}

/** Where alerts are told, if anywhere. */
function alertWebhook({ settings, clock }: GatewayParts, keyRing: KeyRing): AlertWebhook | undefined {
  const { alertWebhookUrl: url, quickbooks } = settings;
  const { environment } = quickbooks;
  return url === undefined ? undefined : createAlertWebhook({ url, keyRing, environment, clock });
}

interface QuickBooksParts extends GatewayParts {
  readonly keyRing: KeyRing;
  readonly streams: Streams;
  readonly runs: Runs;
  readonly plugins: readonly EntityPlugin[];
}

/** All that speaks to Intuit. */
function connectQuickBooks(
  { settings, keyRing, streams, runs, plugins, ...parts }: QuickBooksParts,
  stops: Stops,
): {
  readonly quickbooks: QuickBooksClient;
  readonly usage: Usage;
  readonly connectFlow: ConnectFlow;
  readonly authorizationCare: AuthorizationCare;
} {
  const common = { ...parts, keyRing, settings: settings.quickbooks };
  const oauth = createOAuth({ ...common, discovery: createDiscovery(common) });
  const tokens = createTokenStore({
    ...common,
    oauth,
    onReauthorizationRequired: async (client, { id: connectionId, organizationId }) => {
      await streams.append(client, connectionStream(organizationId), "REAUTHORIZATION_REQUIRED", { connectionId });
    },
  });
  const limiter = createLimiter(common);
  const usage = createUsage(common);
  stops.add(async () => {
    await limiter.close();
    await usage.close();
  });
  const quickbooks = createQuickBooksClient({ ...common, tokens, limiter, usage });
  const connectFlow = createConnectFlow({
    ...common,
    settings,
    oauth,
    tokens,
    quickbooks,
    allEntities: plugins.map(({ name }) => name),
    onDisconnected: (client, { id, organizationId }) => runs.endAll(client, id, organizationId),
  });
  const authorizationCare = createAuthorizationCare({
    ...common,
    tokens,
    onEnding: async (client, { id: connectionId, organizationId }) => {
      await streams.append(client, connectionStream(organizationId), "AUTHORIZATION_ENDING", { connectionId });
    },
  });
  stops.add(() => authorizationCare.stop());
  return { quickbooks, usage, connectFlow, authorizationCare };
}

interface WorkerParts {
  readonly worker: Worker;
  readonly pusher: Pusher;
  readonly eraser: Eraser;
  readonly authorizationCare: AuthorizationCare;
  readonly jobs: Jobs;
  /** Enqueues the runs whose time has come, and gives how many. */
  readonly sweep: () => Promise<number>;
  readonly alerts: Alerts;
  readonly retention: Retention;
  readonly log: Log;
}

/** Jobs wake the worker and the pusher, and a sweep finds what no job woke it for, and what the schedules want. */
async function startWorker({
  worker,
  pusher,
  eraser,
  authorizationCare,
  jobs,
  sweep,
  alerts,
  retention,
  log,
}: WorkerParts): Promise<void> {
  jobs.define(wakeJob, async () => {
    worker.poke();
    pusher.poke();
    eraser.poke();
    // Renewals wait for Intuit, which a job must not.
    void authorizationCare.sweep();
    try {
      if ((await sweep()) > 0) worker.poke();
    } catch (error) {
      log.error({ err: error }, "The schedules could not be looked at; the next sweep looks again.");
    }
    // After the schedules, so that what they are about to start is not missed; and their receiver must not be waited for.
    void alerts.sweep();
  });
  jobs.define(retentionJob, () => retention.sweep());
  await jobs.start();
  await jobs.every(sweepInterval, wakeJob);
  await jobs.every(retentionInterval, retentionJob);
  await worker.start();
  await pusher.start();
}
