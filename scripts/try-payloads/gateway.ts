import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Simulator } from "../../simulator/index.js";
import { demoToken } from "../../src/demo/first-start.js";
import { systemClock } from "../../src/foundation/clock.js";
import type { Database } from "../../src/foundation/database/database.js";
import { randomIds, randomToken } from "../../src/foundation/ids.js";
import type { Log } from "../../src/foundation/log.js";
import type { Settings } from "../../src/foundation/settings.js";
import type { Stops } from "../../src/foundation/stops.js";
import { startGateway } from "../../src/gateway.js";
import type { SyncRun } from "../../src/generated/prisma/client.js";

/** A whole gateway, used as an application uses it. */
export interface TriedGateway {
  /** Connects a company and waits for the end of its first sync. Throws the signal's reason. */
  mirror(realmId: string, signal: AbortSignal): Promise<SyncRun>;
}

const syncDeadlineMs = 5 * 60_000;

export async function openGateway(
  quickbooks: Simulator,
  { database, log }: { readonly database: Database; readonly log: Log },
  stops: Stops,
): Promise<TriedGateway> {
  const services = { database, log, clock: systemClock, ids: randomIds };
  const auth = { secret: randomToken(48), autoProvision: "none" as const };
  const gateway = await startGateway({ ...services, settings: { ...settingsFor(quickbooks), auth } });
  stops.add(() => gateway.stop());
  const token = await demoToken({ ...services, auth });
  return {
    async mirror(realmId, signal) {
      await connect(gateway.url, token, realmId);
      return firstRunEnded(database, signal);
    },
  };
}

function settingsFor({ clientId, clientSecret, discoveryUrl, apiBaseUrl }: Simulator): Omit<Settings, "auth"> {
  return {
    mode: "configured",
    port: 0,
    host: "127.0.0.1",
    publicUrl: "http://127.0.0.1",
    allowedOrigins: [],
    trustProxy: false,
    dataDir: "",
    role: "all",
    logLevel: "silent",
    quickbooks: {
      clientId,
      clientSecret,
      environment: "SIMULATOR",
      discoveryDocument: discoveryUrl,
      apiBaseUrl,
      webhookVerifierTokens: [randomToken()],
      requestsPerMinute: 100_000,
      requestsPerSecond: 5_000,
      concurrency: 50,
      monthlyReads: 1_000_000_000,
    },
    encryptionKeys: [{ id: "try", key: randomBytes(32) }],
  };
}

const begun = z.object({ connectQuickBooks: z.object({ authorizationUrl: z.url() }) });
const completed = z.object({ completeConnection: z.object({ connection: z.object({ id: z.string() }) }) });

/** Authorization URL, consent, callback, completion: as a person connects a company. */
async function connect(url: string, token: string, realmId: string): Promise<void> {
  const { connectQuickBooks } = await ask(
    url,
    token,
    begun,
    'mutation { connectQuickBooks(input: { returnTo: "/" }) { authorizationUrl } }',
  );
  const callback = await redirectOf(`${connectQuickBooks.authorizationUrl}&realmId=${realmId}`);
  const { searchParams } = await redirectOf(new URL(callback.pathname + callback.search, url).href);
  await ask(
    url,
    token,
    completed,
    `mutation { completeConnection(input: { handle: ${JSON.stringify(searchParams.get("connect"))} }) { connection { id } } }`,
  );
}

async function redirectOf(url: string): Promise<URL> {
  const response = await fetch(url, { redirect: "manual" });
  await response.body?.cancel();
  const location = response.headers.get("location");
  if (location === null) throw new Error(`A step of connecting a company answered ${String(response.status)}.`);
  return new URL(location, url);
}

async function ask<Data>(url: string, token: string, data: z.ZodType<Data>, query: string): Promise<Data> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  const answer = z.object({ data }).safeParse(JSON.parse(text));
  if (!answer.success) throw new Error(`The gateway did not do what it was asked: ${text}`, { cause: answer.error });
  return answer.data.data;
}

/** The first run of the connection that was made last, as soon as it has ended. */
async function firstRunEnded({ prisma }: Database, signal: AbortSignal): Promise<SyncRun> {
  const { id } = await prisma.connection.findFirstOrThrow({ orderBy: { createdAt: "desc" }, select: { id: true } });
  const deadline = Date.now() + syncDeadlineMs;
  while (Date.now() < deadline) {
    const run = await prisma.syncRun.findFirst({ where: { connectionId: id, finishedAt: { not: null } } });
    if (run !== null) return run;
    signal.throwIfAborted();
    await delay(20);
  }
  throw new Error(`The sync did not end within ${syncDeadlineMs / 60_000} minutes. Try again with LOG_LEVEL=info.`);
}
