import * as deciders from "./deciders.js";
import { dryRunWritesNothing } from "./dry-run.js";
import * as editors from "./editors.js";
import type { Event, Happening } from "./happening.js";
import * as mishaps from "./mishaps.js";
import * as operators from "./operators.js";
import { doSomething, editEverything, resetCompany } from "./people.js";
import type { Random } from "./random.js";
import { rest, restOfEdits } from "./rest.js";
import { plenty } from "./traits.js";

const edit: Event = ({ company }, random) => ({
  people: Array.from({ length: 1 + random.below(4) }, () => doSomething(company, random)),
});

const editings: readonly (readonly [number, Event])[] = [
  [14, editors.create],
  [16, editors.update],
  [7, editors.end],
  [5, editors.apply],
  [14, editors.bothSides],
];

/** People on the platform enter one thing after another. */
const editOnThePlatform: Event = async (world, random) => {
  const edits: Happening[] = [];
  for (let left = 1 + random.below(5); left > 0; left--) edits.push(await anyOf(editings, random)(world, random));
  return { edits, violations: edits.flatMap(({ violations }) => violations ?? []) };
};

const waitForRest: Event = async (world, random) => {
  await rest(world);
  // With the month's reads spent, what QuickBooks has changed meanwhile waits for the next month.
  if (random.chance(0.5) && world.traits.monthlyReads === plenty) await restOfEdits(world);
  return { rest: true };
};

/** All that can happen next, and how often beside the others. */
const events: readonly (readonly [number, Event])[] = [
  [26, edit],
  [44, editOnThePlatform],
  [5, deciders.resolve],
  [1, deciders.resolveAll],
  [3, deciders.careForConflict],
  [5, deciders.retryOrCancel],
  [3, deciders.changePolicies],
  [8, mishaps.writeFault],
  [3, mishaps.overtakePushes],
  [1, ({ company }) => editEverything(company)],
  [1, ({ company }) => resetCompany(company)],
  [10, mishaps.fault],
  [2, mishaps.throttle],
  [3, mishaps.tokenTrouble],
  [1, mishaps.revoke],
  [2, mishaps.reconnect],
  [3, mishaps.poison],
  [8, mishaps.pass],
  [5, mishaps.kill],
  [4, mishaps.join],
  [2, mishaps.overtake],
  [7, operators.start("INCREMENTAL")],
  [3, operators.start("FULL")],
  [2, operators.start("VERIFY")],
  [2, operators.start("VERIFY", true)],
  [1, operators.start("INCREMENTAL", true)],
  [1, operators.start("FULL", true)],
  [2, dryRunWritesNothing],
  [2, operators.cancel],
  [3, operators.changeScope],
  [2, operators.pauseOrNot],
  [2, operators.schedule],
  [2, operators.lookAtFailures],
  [1, operators.resync],
  [7, waitForRest],
];

export const anyEvent = (random: Random): Event => anyOf(events, random);

function anyOf(weighted: readonly (readonly [number, Event])[], random: Random): Event {
  let place = random.below(weighted.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, event] of weighted) {
    if (place < weight) return event;
    place -= weight;
  }
  return edit;
}
