import { PostgresBackend } from "@agendajs/postgres-backend";
import { Agenda, type AgendaBackend } from "agenda";
import { Pool } from "pg";
import type { Log } from "./log.js";

/** Wakes workers. The work itself is rows: a lost job costs a delay, never work. */
export interface Jobs {
  /** Call before start. A handler must be short: it wakes, it does not work. */
  define(name: string, handler: () => Promise<void>): void;
  /** Runs the job now, in whichever process is free first. */
  now(name: string): Promise<void>;
  /** Runs the job again and again, in one process at a time; the interval is in Agenda's words ("15 seconds"). */
  every(interval: string, name: string): Promise<void>;
  /** A process that only enqueues does not start. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface JobsOptions {
  readonly databaseUrl: string;
  /** Moves Agenda's jobs to MongoDB. */
  readonly mongodbUrl?: string | undefined;
  readonly log: Log;
}

/** Connects to where the jobs are kept; rejects where that cannot be reached. */
export async function openJobs({ databaseUrl, mongodbUrl, log }: JobsOptions): Promise<Jobs> {
  const pool = new Pool({ connectionString: databaseUrl, max: 4 });
  pool.on("error", (error) => {
    log.warn({ err: error }, "An idle database connection of the jobs was lost; another is opened when it is needed.");
  });
  const backend =
    mongodbUrl === undefined ? await postgresBackend(pool) : await connected(await mongoBackend(mongodbUrl));
  // A short lock lifetime, because handlers are short and Agenda keeps a timer of half of it alive.
  const agenda = new Agenda({
    backend,
    processEvery: "5 seconds",
    defaultLockLifetime: 10_000,
    removeOnComplete: true,
  });
  agenda.on("error", (error: unknown) => {
    log.warn({ err: error }, "Agenda met an error; the sweep finds whatever was not woken.");
  });
  return {
    define(name, handler) {
      agenda.define(name, handler);
    },
    async now(name) {
      await agenda.now(name);
    },
    async every(interval, name) {
      await agenda.every(interval, name);
    },
    async start() {
      await agenda.start();
    },
    async stop() {
      await agenda.stop();
      await pool.end();
    },
  };
}

/** Any number that nothing else in this database locks. */
const setUpLock = 7_274_002;

/**
 * Connecting makes Agenda's table and its trigger anew, and PostgreSQL refuses one of two processes that do it at the same time
 * ("tuple concurrently updated"): they wait for one another.
 */
async function postgresBackend(pool: Pool): Promise<AgendaBackend> {
  const client = await pool.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [setUpLock]);
    return await connected(new PostgresBackend({ pool }));
  } finally {
    // Ends the session, and the lock with it, whatever happened.
    client.release(true);
  }
}

/** Agenda connects in its constructor, where nobody can catch a failure: so it is given a backend that is connected already. */
async function connected(backend: AgendaBackend): Promise<AgendaBackend> {
  await backend.connect();
  return new Proxy(backend, {
    get: (target, key): unknown => (key === "connect" ? () => Promise.resolve() : Reflect.get(target, key, target)),
  });
}

/** Loaded only where it is used: most gateways never need it, and every start would wait for it. */
async function mongoBackend(address: string): Promise<AgendaBackend> {
  const { MongoBackend } = await import("@agendajs/mongo-backend");
  return new MongoBackend({ address });
}
