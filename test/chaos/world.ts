import { randomBytes, randomUUID } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Actor } from "../../src/access/actor.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { startInSteps, type Stops } from "../../src/foundation/stops.js";
import { createInbox } from "../../src/sync/inbox/inbox.js";
import { startSimulator, type Company, type Simulator } from "../../simulator/index.js";
import { freshDatabase } from "../support/database.js";
import { watchBooks, type BookEntry } from "./books.js";
import { personOf, realmId, type Consent } from "./consent.js";
import { Ledger } from "./ledger.js";
import { openPostBox } from "./post-box.js";
import { plugins, type WorkerProcess } from "./process.js";
import { Processes } from "./processes.js";
import type { Traits } from "./traits.js";
import { openWeb, type Web } from "./web.js";

/** A simulated company, its connection, and the processes that serve and mirror it. */
export interface World {
  readonly traits: Traits;
  readonly simulator: Simulator;
  readonly company: Company;
  /** The view of somebody who looks on. */
  readonly database: Database;
  /** Those who serve: what the second asks for wakes nobody. */
  readonly webs: readonly [Web, Web];
  readonly actor: Actor;
  readonly connectionId: string;
  readonly consent: Consent;
  /** Where notices of changes are taken, once the simulator is told to send them. */
  readonly postBoxUrl: string;
  readonly processes: readonly WorkerProcess[];
  /** Records that QuickBooks cannot give, as they were broken. */
  readonly poisoned: Set<string>;
  /** How far QuickBooks' clock had been moved on, since when by the machine's clock. */
  readonly moves: readonly { readonly at: number; readonly offsetMs: number }[];
  /** Mishaps by which an answered renewal of tokens may be lost, so that another follows. */
  readonly lostRenewals: string[];
  /** All that was done in QuickBooks, by whomever, in order. */
  readonly books: readonly BookEntry[];
  /** What people edited on the platform. */
  readonly ledger: Ledger;
  /** The bodies that were sent under each requestid. */
  readonly sent: ReadonlyMap<string, ReadonlySet<string>>;
  /** How long this program, which plays all parts, has stood still at most: so much later may a request be met than it was sent. */
  longestLagMs(): number;
  /** QuickBooks' clock moves on. */
  pass(milliseconds: number): void;
  poke(): void;
  addProcess(): Promise<WorkerProcess>;
  kill(process: WorkerProcess): Promise<void>;
  /** The month's reads never end any more: all processes end in good order, and one begins. */
  buyReads(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly traits: Traits;
  /** Hears every line that a living process logs. */
  readonly onLog: (process: number, line: string) => void;
}

export function createWorld({ traits, onLog }: WorldOptions): Promise<World> {
  return startInSteps(async (stops: Stops) => {
    const { seed, size, hasLimits, switches } = traits;
    const log = createLog({ level: "silent" });
    const [fresh, simulator] = await Promise.all([
      freshDatabase(),
      startSimulator({
        companies: [{ realmId, seed, size }],
        autoConsent: true,
        ...(hasLimits ? {} : { limits: "off" as const }),
        switches,
      }),
    ]);
    stops.add(() => fresh.drop());
    stops.add(() => simulator.stop());
    const database = openDatabase(fresh.url, { log });
    stops.add(() => database.close());
    const keyRing = createKeyRing([{ id: "test", key: randomBytes(32) }]);
    const sent = new Map<string, Set<string>>();
    const processes = new Processes({ traits, simulator, databaseUrl: fresh.url, keyRing, onLog, sent });
    stops.add(() => processes.stop());
    const wakeWorkers = (): Promise<void> => {
      processes.poke();
      return Promise.resolve();
    };
    const clock = { now: () => new Date(simulator.clock.now()) };
    const webs = [
      await openWeb({ databaseUrl: fresh.url, clock, wakeWorkers }, stops),
      await openWeb({ databaseUrl: fresh.url, clock, wakeWorkers: () => Promise.resolve() }, stops),
    ] as const;
    const inboxParts = { database, keyRing, environment: "SIMULATOR" as const, plugins, ids: randomIds, log };
    const inbox = createInbox({ ...inboxParts, wakeWorkers });
    stops.add(() => inbox.stop());
    const postBox = await openPostBox((body) => inbox.keep(body));
    stops.add(() => postBox.stop());
    const actor: Actor = {
      kind: "MEMBER",
      id: randomUUID(),
      organizationId: randomUUID(),
      role: "ADMIN",
      name: "Chaos",
    };
    const connectionId = randomUUID();
    const consent = personOf({ simulator, database, keyRing, actor, streams: webs[0].streams });
    await consent.connect(connectionId);
    await processes.add();
    const lag = monitorEventLoopDelay({ resolution: 5 });
    lag.enable();
    stops.add(() => Promise.resolve(void lag.disable()));
    const moves = [{ at: 0, offsetMs: simulator.clock.offsetMs }];
    const company = companyOf(simulator);
    const known = { traits, simulator, company, database, webs, actor, connectionId, consent, moves, sent };
    return {
      ...known,
      postBoxUrl: postBox.url,
      poisoned: new Set<string>(),
      lostRenewals: [],
      books: watchBooks(company, simulator),
      ledger: new Ledger(),
      processes: processes.all,
      longestLagMs: () => lag.max / 1e6,
      pass(milliseconds: number) {
        simulator.clock.advance(milliseconds);
        moves.push({ at: Date.now(), offsetMs: simulator.clock.offsetMs });
      },
      poke: () => processes.poke(),
      addProcess: () => processes.add(),
      kill: (process: WorkerProcess) => processes.kill(process),
      buyReads: () => processes.buyReads(),
    };
  });
}

function companyOf({ companies }: Simulator): Company {
  const company = companies.get(realmId);
  if (company === undefined) throw new Error(`The simulator has no company ${realmId}.`);
  return company;
}
