import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { FaultKind } from "../../simulator/index.js";
import { until } from "../support/until.js";
import { violations, watchWatermarks } from "./checks.js";
import { Followers } from "./followers.js";
import { doSomething } from "./people.js";
import { seeded, type Random } from "./random.js";
import { createWorld, type World } from "./world.js";

/** One thing that happened. */
export type Happening = Readonly<Record<string, unknown>>;

export interface Outcome {
  readonly seed: number;
  /** What must always hold and did not. */
  readonly violations: readonly string[];
  readonly history: readonly Happening[];
}

const settlingMs = 60_000;

/** Plays the history that follows from a seed, lets everything come to rest, and checks what must always hold. */
export async function play(seed: number): Promise<Outcome> {
  const random = seeded(seed);
  const history: Happening[] = [];
  const unexpected: string[] = [];
  const began = performance.now();
  const record = (happening: Happening): void => {
    history.push({ ms: Math.round(performance.now() - began), ...happening });
  };
  const onLog = (process: number, line: string): void => {
    const problem = problemOf(line);
    record({ process, log: problem.text });
    if (problem.isUnexpected) unexpected.push(`process ${process} met what nobody foresaw: ${problem.text}`);
  };
  const world = await createWorld({ seed, hasLimits: random.chance(0.15), onLog });
  const followers = new Followers(world);
  const note = (happening: Happening): void => {
    record(happening);
    if (typeof happening["run"] === "string") followers.follow(happening["run"]);
  };
  try {
    await watchWatermarks(world.database.pool);
    note(listen(world, random, seed));
    await happen(world, random, note);
    await settle(world, note);
    return { seed, violations: [...(await violations(world)), ...(await followers.missed()), ...unexpected], history };
  } catch (error) {
    return { seed, violations: [String(error), ...unexpected], history };
  } finally {
    await world.stop();
  }
}

const logLine = z.object({
  msg: z.string(),
  err: z.object({ name: z.string(), message: z.string() }).optional(),
});

/** Errors that the gateway has a class for say what comes next; any other is a fault of its own. */
const foreseen = /^(RetryLater|RequestRejected|ReconnectNeeded|RunStopped|UnreadableResult|ObjectNotFound)$/;

function problemOf(line: string): { readonly text: string; readonly isUnexpected: boolean } {
  const { msg, err } = logLine.parse(JSON.parse(line));
  const text = err === undefined ? msg : `${msg} ${err.name}: ${err.message}`;
  return { text, isUnexpected: err !== undefined && !foreseen.test(err.name) };
}

type Event = (world: World, random: Random) => Promise<Happening> | Happening;

async function happen(world: World, random: Random, note: (happening: Happening) => void): Promise<void> {
  note(await start(world, "FULL"));
  if (random.chance(0.7)) await rest(world);
  const steps = 12 + random.below(14);
  for (let step = 0; step < steps; step++) {
    const event = random.pick(events) ?? edit;
    note(await event(world, random));
    await pause(random.below(40));
  }
}

/** Some companies tell of their changes, more or less well. */
function listen({ simulator, postBoxUrl }: World, random: Random, seed: number): Happening {
  if (random.chance(0.4)) return { notices: "none" };
  const format = random.chance(0.5) ? ("legacy" as const) : ("cloudevents" as const);
  const mishaps = { loss: random.next() / 4, doubling: random.next() / 3, reordering: random.next() / 3 };
  const settings = { format, seed, delayMs: 10 + random.below(100), eventsPerBody: 1 + random.below(8), ...mishaps };
  simulator.webhooks.configure({ ...settings, url: postBoxUrl, retryScale: 0.001 });
  return { notices: settings };
}

const edit: Event = ({ company }, random) => ({
  people: Array.from({ length: 1 + random.below(4) }, () => doSomething(company, random)),
});

const faultKinds: readonly FaultKind[] = [
  "401",
  "429",
  "500",
  "502",
  "503",
  "200-fault",
  "200-empty",
  "malformed",
  "drop",
  "drop-after",
  "delay",
];

const fault: Event = ({ simulator }, random) => {
  const entity = random.chance(0.5) ? random.pick(["Customer", "Account", "Item", "Invoice", "Payment"]) : undefined;
  const spec = {
    kind: random.pick(faultKinds) ?? "500",
    times: 1 + random.below(3),
    after: random.below(6),
    delayMs: random.below(60),
    ...(entity !== undefined && { entity }),
  };
  simulator.faults.inject(spec);
  return { fault: spec };
};

const start = async ({ runs, actor, connectionId }: World, mode: "FULL" | "INCREMENTAL"): Promise<Happening> => {
  try {
    const { run, outcome } = await runs.start({ actor, connectionId, mode, dryRun: false });
    return { sync: mode, outcome, run: run.id };
  } catch (error) {
    return { sync: mode, refused: String(error) };
  }
};

const pass: Event = ({ simulator }, random) => {
  const ms = random.pick([1_000, 30_000, 6 * 60_000, 7 * 60_000, 61 * 60_000]) ?? 0;
  simulator.clock.advance(ms);
  return { passedMs: ms };
};

const kill: Event = async (world, random) => {
  const victim = random.pick(world.processes);
  if (victim === undefined) return { killed: "nobody" };
  await world.kill(victim);
  const heir = await world.addProcess();
  return { killed: victim.number, started: heir.number };
};

const join: Event = async (world) => {
  if (world.processes.length > 1) return { joined: "nobody" };
  return { joined: (await world.addProcess()).number };
};

const waitForRest: Event = async (world) => {
  await rest(world);
  return { rest: true };
};

const events: readonly Event[] = [
  edit,
  edit,
  edit,
  edit,
  edit,
  fault,
  fault,
  fault,
  (world) => start(world, "INCREMENTAL"),
  (world) => start(world, "INCREMENTAL"),
  (world) => start(world, "FULL"),
  pass,
  pass,
  kill,
  join,
  waitForRest,
  waitForRest,
];

/** Lets the time pass that those wait for who try again later, until nobody works any more. */
async function rest(world: World): Promise<void> {
  const { database, connectionId, processes } = world;
  await until(async () => {
    const { rows } = await database.pool.query(
      `UPDATE quickbooks_syncs SET lease_until = now() - interval '1 second', throttled_until = NULL
       WHERE connection_id = $1 AND status = 'RUNNING' AND lease_owner IS NULL AND lease_until > now() RETURNING id`,
      [connectionId],
    );
    if (rows.length > 0) for (const process of processes) process.poke();
    const active = await database.pool.query(
      `SELECT 1 FROM quickbooks_syncs q JOIN connections c ON c.id = q.connection_id
       WHERE q.connection_id = $1 AND q.finished_at IS NULL AND c.status = 'CONNECTED'`,
      [connectionId],
    );
    if (active.rows.length > 0) for (const process of processes) process.poke();
    return active.rows.length === 0 || undefined;
  }, settlingMs);
}

/** Every notice that was kept is applied, or is given up for a reason. */
async function restOfNotices({ database, processes }: World): Promise<void> {
  await until(async () => {
    const { rows } = await database.pool.query(
      `UPDATE quickbooks_webhook_events SET next_attempt_at = least(next_attempt_at, now())
       WHERE status IN ('PENDING', 'FAILED', 'CLAIMED') RETURNING id`,
    );
    if (rows.length > 0) for (const process of processes) process.poke();
    return rows.length === 0 || undefined;
  }, settlingMs);
}

/**
 * Nothing goes wrong any more, all commits are visible, and whoever has to consents again: then one incremental sync has to do.
 * A merge moves transactions without a sign; where its notice was lost, only a complete reading finds them.
 */
async function settle(world: World, note: (happening: Happening) => void): Promise<void> {
  const { simulator, database, connectionId, company } = world;
  simulator.faults.clear();
  simulator.clock.advance(130_000);
  await simulator.webhooks.deliverAll();
  await rest(world);
  const { status } = await database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  if (status !== "CONNECTED") await world.reconnect();
  await restOfNotices(world);
  await rest(world);
  const last = await start(world, company.edits.some(({ kind }) => kind === "merge") ? "FULL" : "INCREMENTAL");
  note(last);
  await rest(world);
  const run = await database.prisma.syncRun.findUniqueOrThrow({ where: { id: z.string().parse(last["run"]) } });
  note({ settledBy: run.status, mode: run.mode, errorCode: run.errorCode });
  if (run.status !== "SUCCEEDED")
    throw new Error(`The last sync ended as ${run.status}: ${run.errorMessage ?? "no error"}.`);
}
