import { setTimeout as pause } from "node:timers/promises";
import { openDatabase } from "../../src/foundation/database/database.js";
import type { KeyRing } from "../../src/foundation/encryption.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { createStreams } from "../../src/foundation/streams.js";
import * as registry from "../../src/plugins/index.js";
import { createQuickBooksClient } from "../../src/quickbooks/client.js";
import { createDiscovery } from "../../src/quickbooks/discovery.js";
import { createLimiter } from "../../src/quickbooks/limits.js";
import { createOAuth } from "../../src/quickbooks/oauth.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { createUsage } from "../../src/quickbooks/usage.js";
import { connectionStream } from "../../src/sync/run-view.js";
import { Engine } from "../../src/sync/engine.js";
import type { Pace } from "../../src/sync/inbox/pace.js";
import { queueWebhookRuns } from "../../src/sync/inbox/queue.js";
import type { PushPace } from "../../src/sync/push/pace.js";
import { Pusher } from "../../src/sync/push/pusher.js";
import { createRuns } from "../../src/sync/runs.js";
import { createStore } from "../../src/sync/store/store.js";
import { Worker } from "../../src/sync/worker.js";
import type { Simulator } from "../../simulator/index.js";
import { openLogin } from "./login.js";

export const plugins = Object.values(registry);

/** A worker with everything that a process has for itself. */
export interface WorkerProcess {
  readonly number: number;
  poke(): void;
  /** Ends it at whatever instruction it is: it gives nothing back and writes nothing more. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly number: number;
  readonly databaseUrl: string;
  readonly keyRing: KeyRing;
  readonly simulator: Simulator;
  /** How far its clock is ahead of QuickBooks'. */
  readonly skewMs: number;
  readonly limits: ProcessLimits;
  readonly hasLimits: boolean;
  /** Keeps the bodies that are sent, by requestid. */
  readonly sent: Map<string, Set<string>>;
  /** Hears every line of the log, as long as the process lives. */
  readonly onLog: (line: string) => void;
}

export interface ProcessLimits {
  readonly requestsPerSecond: number;
  readonly requestsPerMinute: number;
  readonly concurrency: number;
  readonly monthlyReads: number;
}

/** Notices are tried again soon: a history is over in seconds. */
const pace: Pace = { windowMs: 20, delayMs: 100, longestDelayMs: 500, mostRereads: 3, mostAttempts: 20 };

/**
 * The simulator does what it is asked for within a fraction of a second or never, and goes on remembering the answers: so the window of
 * 15 minutes and the cut-off of two behind it are short here.
 */
const pushPace: PushPace = { windowMs: 500, cutOffMs: 1_000, delayMs: 20, longestDelayMs: 150 };
/** Where limits are kept, who sends waits for their turn. */
const limitedPushPace: PushPace = { ...pushPace, windowMs: 4_000 };

/** Pauses between attempts pass this much faster. */
const pauseFactor = 100;

export async function startProcess(options: ProcessOptions): Promise<WorkerProcess> {
  let isAlive = true;
  const write = (line: string): void => {
    if (isAlive) options.onLog(line);
  };
  const log = createLog({ level: "warn", destination: { write } });
  const login = await openLogin(options.databaseUrl);
  const database = openDatabase(login.url, { log, poolSize: 6 });
  const fetchWhileAlive: typeof fetch = (...request) => {
    if (!isAlive) return Promise.reject(new TypeError("This process is dead."));
    noteSent(options.sent, ...request);
    return fetch(...request);
  };
  const { simulator, skewMs, keyRing } = options;
  const clock = { now: () => new Date(simulator.clock.now() + skewMs) };
  const { clientId, clientSecret, discoveryUrl: discoveryDocument, apiBaseUrl } = simulator;
  const address = { environment: "SIMULATOR" as const, apiBaseUrl, discoveryDocument };
  const settings = { clientId, clientSecret, ...address, ...options.limits };
  const shared = { database, settings, keyRing, clock, log, fetch: fetchWhileAlive };
  const streams = createStreams({ database, log });
  const tokens = createTokenStore({
    ...shared,
    oauth: createOAuth({ ...shared, discovery: createDiscovery(shared) }),
    onReauthorizationRequired: async (client, { id: connectionId, organizationId }) => {
      await streams.append(client, connectionStream(organizationId), "REAUTHORIZATION_REQUIRED", { connectionId });
    },
  });
  const limiter = createLimiter(shared);
  const usage = createUsage(shared);
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    pause(ms / pauseFactor, undefined, signal && { signal });
  const quickbooks = createQuickBooksClient({ ...shared, tokens, limiter, usage, sleep });
  const parts = { database, streams, store: createStore(database, streams), quickbooks, plugins, log };
  const engine = new Engine({ ...parts, pace });
  const queueRuns = (): Promise<void> => queueWebhookRuns({ database, usage }, pace);
  const worker = new Worker({ database, streams, engine, log, queueRuns, heartbeatMs: 200 });
  const poke = (): void => {
    worker.poke();
    pusher.poke();
  };
  const wakeWorkers = (): Promise<void> => {
    poke();
    return Promise.resolve();
  };
  const runs = createRuns({ ...parts, ids: randomIds, wakeWorkers });
  const pusher = new Pusher({
    ...parts,
    runs,
    environment: "SIMULATOR",
    pace: options.hasLimits ? limitedPushPace : pushPace,
    heartbeatMs: 200,
  });
  await worker.start();
  await pusher.start();
  return {
    number: options.number,
    poke,
    async kill() {
      isAlive = false;
      await login.withdraw();
      // What is left of it in this program ends by itself, each step with an error that nobody hears.
      await Promise.allSettled([worker.stop(), pusher.stop(), limiter.close(), usage.close()]);
      await Promise.allSettled([database.close()]);
    },
    async stop() {
      await Promise.all([worker.stop(), pusher.stop()]);
      await Promise.all([limiter.close(), usage.close()]);
      await database.close();
      await login.withdraw();
    },
  };
}

function noteSent(sent: Map<string, Set<string>>, ...[url, init]: Parameters<typeof fetch>): void {
  if (init?.method !== "POST" || typeof init.body !== "string") return;
  const address = new URL(url instanceof Request ? url.url : url);
  const requestId = address.searchParams.get("requestid");
  if (requestId === null) return;
  const bodies = sent.get(requestId) ?? new Set();
  sent.set(requestId, bodies.add(`${address.pathname} ${address.searchParams.get("operation") ?? ""} ${init.body}`));
}
