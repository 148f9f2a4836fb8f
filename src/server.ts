import { join } from "node:path";
import { systemClock } from "./foundation/clock.js";
import { openDatabase, type Database } from "./foundation/database/database.js";
import { startEmbeddedDatabase } from "./foundation/database/embedded.js";
import { applyMigrations } from "./foundation/database/migrations.js";
import { randomIds } from "./foundation/ids.js";
import { createLog, type Log, type LogLevel } from "./foundation/log.js";
import { readSettings, type Mode } from "./foundation/settings.js";
import { startInSteps, type Stops } from "./foundation/stops.js";

const shutdownDeadlineMs = 30_000;

/** Starts the gateway as the environment asks. */
function start(env: NodeJS.ProcessEnv, openLog: (level: LogLevel) => Log): Promise<{ stop(): Promise<void> }> {
  return startInSteps(async (stops) => {
    const settings = readSettings(env);
    const parts = { log: openLog(settings.logLevel), clock: systemClock, ids: randomIds };
    // Loading the rooms takes as long as starting the database: both at once.
    const loading = Promise.all([import("./demo/demo.js"), import("./gateway.js")]);
    // A failure is met where it is awaited; until then it must not count as unhandled.
    loading.catch(() => undefined);
    const url = settings.databaseUrl ?? (await startOwnDatabase(settings.dataDir, stops));
    await applyMigrations(url);
    const database = openDatabase(url, parts);
    stops.add(() => database.close());
    await claimDatabase(database, settings.mode);
    const [{ startDemo }, { startGateway }] = await loading;
    const gateway = await (settings.mode === "demo"
      ? startDemo(settings, { ...parts, database })
      : startGateway({ ...parts, settings, database }));
    stops.add(() => gateway.stop());
    return {};
  });
}

async function startOwnDatabase(dataDir: string, stops: Stops): Promise<string> {
  const embedded = await startEmbeddedDatabase(join(dataDir, "postgres"));
  stops.add(() => embedded.stop());
  return embedded.url;
}

/** A demo never opens real books, and a real gateway never opens a demo's data. */
async function claimDatabase({ prisma }: Database, mode: Mode): Promise<void> {
  const { value } = await prisma.gatewayFact.upsert({
    where: { name: "mode" },
    create: { name: "mode", value: mode },
    update: {},
  });
  if (value === mode) return;
  throw new Error(
    mode === "demo"
      ? "This database belongs to a configured gateway, and this is a demo start. Set the gateway's settings, or another DATA_DIR."
      : "This database belongs to a demo. Set DATABASE_URL or DATA_DIR to a database of its own.",
  );
}

/** One line for each cause, on standard error: what went wrong and what to do. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isTaken = "code" in error && error.code === "EADDRINUSE" && "port" in error;
  return isTaken ? `Port ${String(error.port)} is taken by another program. Stop it, or set PORT.` : error.message;
}

async function main(): Promise<void> {
  let log: Log | undefined;
  const gateway = await start(process.env, (level) => (log = createLog({ level })));
  const shutDown = async (signal: string): Promise<void> => {
    log?.info({ signal }, "The gateway stops.");
    setTimeout(() => process.exit(1), shutdownDeadlineMs).unref();
    await gateway.stop();
    log?.info("The gateway has stopped.");
    // Agenda leaves a timer behind after every job.
    process.exit(0);
  };
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      shutDown(signal).catch((error: unknown) => {
        log?.error({ err: error }, "The gateway could not stop in order.");
        process.exit(1);
      });
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
