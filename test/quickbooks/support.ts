import { randomUUID } from "node:crypto";
import { startSimulator, type Simulator, type SimulatorOptions } from "../../simulator/index.js";
import type { Actor } from "../../src/access/actor.js";
import type { Clock } from "../../src/foundation/clock.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { createQuickBooksClient, type CallReport, type QuickBooksClientOptions } from "../../src/quickbooks/client.js";
import { createConnectFlow, type ConnectFlow, type ConnectFlowOptions } from "../../src/quickbooks/connect.js";
import { createDiscovery } from "../../src/quickbooks/discovery.js";
import { createLimiter } from "../../src/quickbooks/limits.js";
import { createOAuth } from "../../src/quickbooks/oauth.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { createUsage } from "../../src/quickbooks/usage.js";
import { freshDatabase } from "../support/database.js";

/** All that speaks to Intuit, over a simulator and a database of its own. */
export type QuickBooksParts = Awaited<ReturnType<typeof startQuickBooks>>;

export const publicUrl = "http://gateway.test/base";
export const encryptionKey = new Uint8Array(32).fill(7);
export const keyRing = createKeyRing([{ id: "k1", key: encryptionKey }]);

/** A clock that stands where it was put. */
export class StoppedClock implements Clock {
  constructor(private time = new Date()) {}

  now(): Date {
    return this.time;
  }

  advance(ms: number): void {
    this.time = new Date(this.time.getTime() + ms);
  }
}

export async function startQuickBooks(options: SimulatorOptions = {}) {
  const [fresh, simulator] = await Promise.all([
    freshDatabase(),
    startSimulator({ autoConsent: true, limits: "off", companies: [{ seed: "one", size: 60 }], ...options }),
  ]);
  const lines: string[] = [];
  const log = createLog({ level: "debug", destination: { write: (line: string) => lines.push(line) } });
  const database = openDatabase(fresh.url, { log });
  const clock = new StoppedClock();
  const settings = {
    publicUrl,
    allowedOrigins: ["https://app.test"],
    quickbooks: {
      clientId: simulator.clientId,
      clientSecret: simulator.clientSecret,
      environment: "SIMULATOR",
      discoveryDocument: simulator.discoveryUrl,
      apiBaseUrl: simulator.apiBaseUrl,
      requestsPerMinute: 10_000,
      requestsPerSecond: 1000,
      concurrency: 50,
      monthlyReads: 1_000_000,
    },
  } as const;
  const common = { database, keyRing, clock, log, ids: randomIds };
  const discovery = createDiscovery({ settings: settings.quickbooks, clock, log });
  const oauth = createOAuth({ settings: settings.quickbooks, discovery, clock, log });
  const tokens = createTokenStore({ ...common, oauth });
  const limiter = createLimiter({ ...common, settings: settings.quickbooks });
  const usage = createUsage({ ...common, settings: settings.quickbooks });
  const slept: number[] = [];
  const clientOptions: QuickBooksClientOptions = {
    ...common,
    settings: settings.quickbooks,
    tokens,
    limiter,
    usage,
    random: () => 0.5,
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      return Promise.resolve();
    },
  };
  const quickbooks = createQuickBooksClient(clientOptions);
  const allEntities = ["Customer", "Invoice"];
  const flowOptions: ConnectFlowOptions = { ...common, oauth, tokens, quickbooks, settings, allEntities };
  return {
    simulator,
    database,
    clock,
    log,
    lines,
    slept,
    settings,
    oauth,
    tokens,
    limiter,
    usage,
    quickbooks,
    clientOptions,
    flow: createConnectFlow(flowOptions),
    flowOptions,
    async stop() {
      await Promise.all([limiter.close(), usage.close()]);
      await database.close();
      await Promise.all([simulator.stop(), fresh.drop()]);
    },
  };
}

export function someActor(organizationId: string = randomUUID()): Actor {
  return { kind: "MEMBER", id: randomUUID(), organizationId, role: "ADMIN", name: "Ada" };
}

/** Goes through consent as a browser does: from the authorization URL to what the callback gets. */
export async function consentAt(authorizationUrl: string, choice: Record<string, string> = {}) {
  const url = new URL(authorizationUrl);
  for (const [name, value] of Object.entries(choice)) url.searchParams.set(name, value);
  const response = await fetch(url, { redirect: "manual" });
  return Object.fromEntries(new URL(response.headers.get("location") ?? "").searchParams);
}

/** From the button to the handle in the browser's address. */
export async function handleFor(
  flow: ConnectFlow,
  input: Parameters<ConnectFlow["begin"]>[0],
  choice: Record<string, string> = {},
): Promise<string> {
  const { authorizationUrl } = await flow.begin(input);
  const { redirectTo } = await flow.callback(await consentAt(authorizationUrl, choice));
  const handle = new URL(redirectTo).searchParams.get("connect");
  if (handle === null) throw new Error(`The callback ended without a handle: ${redirectTo}`);
  return handle;
}

/** The id of a new connection. */
export async function connectCompany(flow: ConnectFlow, actor: Actor, realmId?: string): Promise<string> {
  const choice = realmId === undefined ? {} : { realmId };
  const handle = await handleFor(flow, { actor, returnTo: "/console" }, choice);
  const { id } = await flow.complete({ actor, handle }, () => Promise.resolve());
  return id;
}

/** A company that is connected anew, with a client for it and the calls that it makes. */
export async function connectAnew({ flow, quickbooks }: QuickBooksParts, actor: Actor) {
  const connectionId = await connectCompany(flow, actor);
  const calls: CallReport[] = [];
  const onCall = (call: CallReport) => void calls.push(call);
  return { connectionId, calls, onCall, company: await quickbooks.for(connectionId, { onCall }) };
}

/** QuickBooks answers again, and nobody has to wait for it. */
export async function calmDown({ simulator, database }: QuickBooksParts): Promise<void> {
  simulator.faults.clear();
  await database.pool.query("UPDATE api_limits SET throttled_until = NULL");
}

export async function statusOf(database: Database, connectionId: string): Promise<string> {
  const { status } = await database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  return status;
}

export function onlyCompany(simulator: Simulator): string {
  const [realmId] = simulator.companies.keys();
  if (realmId === undefined) throw new Error("The simulator has no company.");
  return realmId;
}
