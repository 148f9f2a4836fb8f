import { expect, test } from "@jest/globals";
import { between, chance, pick, seeded, type Random } from "../../simulator/generate/random.js";
import { conflictPolicies, type PolicyRule } from "../../src/sync/conflicts/policy.js";
import { World, type Look } from "./world.js";

const paths = ["name", "note", "parent", "role", "lines"] as const;
const histories = 1_000;

/** Nearly all values are new ones, so that each tells who entered it; some come back, and some are entered on both sides. */
function entered(random: Random, world: World): Record<string, unknown> {
  const path = pick(random, paths);
  if (chance(random, 0.15)) return { [path]: world.shown.values[path] };
  if (chance(random, 0.1)) return { [path]: world.quickbooks.values[path] };
  const text = String(between(random, 0, 1_000_000));
  return { [path]: path === "lines" ? [{ lineId: null, amount: text }] : text };
}

function policiesOf(random: Random): PolicyRule[] {
  const policy = () => pick(random, conflictPolicies);
  return [
    ...(chance(random, 0.4) ? [{ policy: policy() }] : []),
    ...(chance(random, 0.3) ? [{ entity: "Thing", policy: policy() }] : []),
    ...paths.filter(() => chance(random, 0.15)).map((field) => ({ entity: "Thing", field, policy: policy() })),
  ];
}

const choose = (random: Random) => () => pick(random, ["QUICKBOOKS", "PLATFORM", "VALUE"] as const);
const value = (random: Random) => () => String(between(random, 0, 1_000_000));

/** One step of somebody, or of the engine. */
function step(random: Random, world: World, look: Look | undefined): Look | undefined {
  const kind = between(random, 0, 99);
  if (kind < 22) world.editHere(entered(random, world));
  else if (kind < 42 && !world.hasEnded) world.editThere(entered(random, world));
  else if (kind < 60) world.sync();
  else if (kind < 70) world.send(chance(random, 0.6));
  else if (kind < 78) world.settle();
  else if (kind < 86) return world.look();
  else if (kind < 96) {
    if (look !== undefined) world.resolve(look, choose(random), value(random));
    return undefined;
  } else if (kind < 98) world.endHere(pick(random, ["VOID", "DELETE"]));
  else if (!world.hasEnded) world.endThere(pick(random, ["VOIDED", "DELETED"]));
  return look;
}

/** Everybody stops editing; what is open is decided, and sent. */
function finish(random: Random, world: World): void {
  for (let round = 0; round < 50 && world.open.length > 0; round += 1) {
    world.settle();
    world.sync();
    const look = world.look();
    if (look !== undefined) world.resolve(look, choose(random), value(random));
    world.send(true);
    world.settle();
  }
  world.sync();
}

test("whatever people do on both sides: nothing entered is lost without a policy or a person having decided, and both sides end equal", () => {
  for (let seed = 1; seed <= histories; seed += 1) {
    const random = seeded(`history ${String(seed)}`);
    const world = new World(policiesOf(random));
    let look: Look | undefined;
    for (let steps = between(random, 5, 60); steps > 0; steps -= 1) look = step(random, world, look);
    finish(random, world);
    expect({ seed, complaints: world.complaints, open: world.open }).toEqual({ seed, complaints: [], open: [] });
    expect({ seed, shown: world.shown }).toEqual({ seed, shown: world.quickbooks });
  }
});
