import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { violations, watchWatermarks } from "./checks/index.js";
import { anyEvent } from "./events.js";
import { Followers } from "./followers.js";
import type { Happening } from "./happening.js";
import { start } from "./operators.js";
import { seeded, type Random } from "./random.js";
import { rest } from "./rest.js";
import { settle } from "./settle.js";
import { traitsOf } from "./traits.js";
import { createWorld, type World } from "./world.js";

export interface Outcome {
  readonly seed: number;
  /** What must always hold and did not. */
  readonly violations: readonly string[];
  readonly history: readonly Happening[];
}

/** Plays the history that follows from a seed, lets everything come to rest, and checks what must always hold. */
export async function play(seed: number): Promise<Outcome> {
  const traits = traitsOf(seed);
  const history: Happening[] = [];
  const unexpected: string[] = [];
  const began = performance.now();
  const record = (happening: Happening): void => {
    history.push({ ms: Math.round(performance.now() - began), ...happening });
  };
  record({ ...traits });
  const onLog = (process: number, line: string): void => {
    const problem = problemOf(line);
    record({ process, log: problem.text });
    if (problem.isUnexpected) unexpected.push(`process ${process} met what nobody foresaw: ${problem.text}`);
  };
  const world = await createWorld({ traits, onLog });
  const followers = new Followers(world, seeded(seed + 500_009));
  const note = (happening: Happening): void => {
    record(happening);
    if (typeof happening["run"] === "string") followers.followRun(happening["run"]);
    if (Array.isArray(happening["violations"])) unexpected.push(...happening["violations"].map(String));
  };
  try {
    await watchWatermarks(world.database.pool);
    note(listen(world, seeded(seed + 700_001)));
    await happen(world, note);
    await settle(world, note);
    return { seed, violations: [...(await violations(world)), ...(await followers.missed()), ...unexpected], history };
  } catch (error) {
    return { seed, violations: [String(error), ...unexpected], history };
  } finally {
    await followers.leave();
    await world.stop();
  }
}

const text = z.string().default("");
const logLine = z.object({
  msg: z.string(),
  err: z.object({ name: z.string().default("?"), message: text, stack: text }).optional(),
});

/** Errors that the gateway has a class for say what comes next; any other is a fault of its own. */
const foreseen =
  /^(RetryLater|RequestRejected|ReconnectNeeded|RunStopped|UnreadableResult|ObjectNotFound|AnswerLost|OtherLife)$/;

function problemOf(line: string): { readonly text: string; readonly isUnexpected: boolean } {
  const { msg, err } = logLine.parse(JSON.parse(line));
  if (err === undefined) return { text: msg, isUnexpected: false };
  const told = `${msg} ${err.name}: ${err.message}`;
  if (foreseen.test(err.name)) return { text: told, isUnexpected: false };
  return { text: `${told}\n${err.stack}`, isUnexpected: true };
}

/** What each step does follows from the seed and its number alone, whatever came of the steps before. */
async function happen(world: World, note: (happening: Happening) => void): Promise<void> {
  const { seed } = world.traits;
  const random = seeded(seed + 100_003);
  note(await start("FULL")(world, random));
  if (random.chance(0.7)) await rest(world);
  const steps = 16 + random.below(20);
  for (let step = 0; step < steps; step++) {
    const own = seeded(seed * 1_009 + step);
    note(await anyEvent(own)(world, own));
    await pause(own.below(40));
  }
}

/** Some companies tell of their changes, more or less well. */
function listen({ traits: { seed }, simulator, postBoxUrl }: World, random: Random): Happening {
  if (random.chance(0.4)) return { notices: "none" };
  const format = random.chance(0.5) ? ("legacy" as const) : ("cloudevents" as const);
  const mishaps = { loss: random.next() / 4, doubling: random.next() / 3, reordering: random.next() / 3 };
  const settings = { format, seed, delayMs: 10 + random.below(100), eventsPerBody: 1 + random.below(8), ...mishaps };
  simulator.webhooks.configure({ ...settings, url: postBoxUrl, retryScale: 0.001 });
  return { notices: settings };
}
