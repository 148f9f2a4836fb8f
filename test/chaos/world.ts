import { randomBytes, randomUUID } from "node:crypto";
import type { Actor } from "../../src/access/actor.js";
import type { Clock } from "../../src/foundation/clock.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { startInSteps, type Stops } from "../../src/foundation/stops.js";
import { createStreams, type Streams } from "../../src/foundation/streams.js";
import { createDiscovery } from "../../src/quickbooks/discovery.js";
import { createOAuth } from "../../src/quickbooks/oauth.js";
import { realmLookup, sealRealm } from "../../src/quickbooks/realm.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { createInbox } from "../../src/sync/inbox/inbox.js";
import { createRuns, type Runs } from "../../src/sync/runs.js";
import { startSimulator, type Company, type Simulator } from "../../simulator/index.js";
import { freshDatabase } from "../support/database.js";
import { openPostBox } from "./post-box.js";
import { plugins, startProcess, type WorkerProcess } from "./process.js";

export const realmId = "9130000000000007";
const redirectUri = "http://127.0.0.1:1/api/auth/quickbooks/callback";

/** A simulated company, its connection, and the processes that mirror it. */
export interface World {
  readonly simulator: Simulator;
  readonly company: Company;
  /** The view of somebody who looks on: no process's death touches it. */
  readonly database: Database;
  readonly streams: Streams;
  readonly runs: Runs;
  readonly actor: Actor;
  readonly connectionId: string;
  /** Where notices of changes are taken, once the simulator is told to send them. */
  readonly postBoxUrl: string;
  readonly processes: readonly WorkerProcess[];
  addProcess(): Promise<WorkerProcess>;
  kill(process: WorkerProcess): Promise<void>;
  /** A person consents once more. */
  reconnect(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly hasLimits: boolean;
  /** Hears every line that a living process logs. */
  readonly onLog: (process: number, line: string) => void;
}

export function createWorld({ seed, hasLimits, onLog }: WorldOptions): Promise<World> {
  return startInSteps(async (stops: Stops) => {
    const log = createLog({ level: "silent" });
    const fresh = await freshDatabase();
    stops.add(() => fresh.drop());
    const simulator = await startSimulator({
      companies: [{ realmId, seed, size: 60 + (seed % 7) * 25 }],
      autoConsent: true,
      ...(hasLimits ? {} : { limits: "off" as const }),
      switches: { retryAfterSeconds: 0.2 },
    });
    stops.add(() => simulator.stop());
    const database = openDatabase(fresh.url, { log });
    stops.add(() => database.close());
    const clock: Clock = { now: () => new Date(simulator.clock.now()) };
    const { clientId, clientSecret, discoveryUrl: discoveryDocument, apiBaseUrl } = simulator;
    const keyRing = createKeyRing([{ id: "test", key: randomBytes(32) }]);
    const oauthSettings = { clientId, clientSecret, discoveryDocument, environment: "SIMULATOR" as const };
    const discovery = createDiscovery({ settings: oauthSettings, clock });
    const oauth = createOAuth({ settings: oauthSettings, discovery, clock });
    const tokens = createTokenStore({ database, keyRing, oauth, clock, log });
    const streams = createStreams({ database, log });
    await streams.start();
    stops.add(() => streams.stop());
    const processes: WorkerProcess[] = [];
    stops.add(async () => {
      await Promise.all(processes.map((process) => process.stop()));
    });
    const wakeWorkers = (): Promise<void> => {
      for (const process of processes) process.poke();
      return Promise.resolve();
    };
    const inbox = createInbox({
      database,
      keyRing,
      environment: "SIMULATOR",
      plugins,
      ids: randomIds,
      log,
      wakeWorkers,
    });
    stops.add(() => inbox.stop());
    const postBox = await openPostBox((body) => inbox.keep(body));
    stops.add(() => postBox.stop());
    const actor: Actor = {
      kind: "MEMBER",
      memberId: randomUUID(),
      organizationId: randomUUID(),
      role: "ADMIN",
      name: "Chaos",
    };
    const connectionId = randomUUID();
    const consent = async () => {
      const url = `${await oauth.authorizationUrl({ state: "chaos", redirectUri })}&realmId=${realmId}`;
      const answer = await fetch(url, { redirect: "manual" });
      const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
      return oauth.exchangeCode({ code, realmId, redirectUri });
    };
    const grant = await consent();
    await database.transaction(async (client) => {
      await client.query(
        `INSERT INTO connections (id, organization_id, environment, realm_id, realm_lookup, status, entities, connected_at,
           created_at, home_currency, time_zone)
         VALUES ($1, $2, 'SIMULATOR', $3, $4, 'CONNECTED', $5, now(), now(), 'USD', 'America/Los_Angeles')`,
        [
          connectionId,
          actor.organizationId,
          sealRealm(keyRing, connectionId, realmId),
          realmLookup(keyRing, "SIMULATOR", realmId),
          plugins.map(({ name }) => name),
        ],
      );
      await tokens.store(client, connectionId, grant);
    });
    const limits = hasLimits
      ? { requestsPerSecond: 10, requestsPerMinute: 450, concurrency: 10 }
      : { requestsPerSecond: 5_000, requestsPerMinute: 100_000, concurrency: 50 };
    let started = 0;
    const world = {
      simulator,
      postBoxUrl: postBox.url,
      company: companyOf(simulator),
      database,
      streams,
      runs: createRuns({ database, streams, plugins, ids: randomIds, log, wakeWorkers }),
      actor,
      connectionId,
      processes,
      async addProcess() {
        const number = ++started;
        const line = (text: string): void => onLog(number, text);
        const process = await startProcess({
          number,
          databaseUrl: fresh.url,
          keyRing,
          oauth,
          clock,
          apiBaseUrl,
          discoveryDocument,
          limits,
          onLog: line,
        });
        processes.push(process);
        return process;
      },
      async kill(process: WorkerProcess) {
        processes.splice(processes.indexOf(process), 1);
        await process.kill();
      },
      async reconnect() {
        const anew = await consent();
        await database.transaction(async (client) => {
          await client.query("UPDATE connections SET status = 'CONNECTED' WHERE id = $1", [connectionId]);
          await tokens.store(client, connectionId, anew);
        });
      },
    };
    await world.addProcess();
    return world;
  });
}

function companyOf({ companies }: Simulator): Company {
  const company = companies.get(realmId);
  if (company === undefined) throw new Error(`The simulator has no company ${realmId}.`);
  return company;
}
