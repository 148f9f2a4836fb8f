import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { between, chance, pick, seeded, type Random } from "../../simulator/generate/random.js";
import type { Pusher } from "../../src/sync/push/pusher.js";
import { mirrorDifferences } from "../support/comparing.js";
import { plugins } from "../support/engine.js";
import { until } from "../support/until.js";
import { Deciders } from "./deciders.js";
import { People } from "./histories.js";
import { Ledger } from "./ledger.js";
import { openQueue, type Queue } from "./queue.js";

const histories = Number(process.env["HISTORIES"] ?? 20);
/** Where a longer series is divided. */
const firstSeed = Number(process.env["FIRST_HISTORY"] ?? 1);
const mostMs = 60_000 + histories * 15_000;
const mostRounds = 40;
const realmId = "9130000000000000471";
/** Some answers stay lost beyond the window, and what QuickBooks shows decides. */
const pace = { windowMs: 1_500, cutOffMs: 300, delayMs: 20, longestDelayMs: 200 };
const lostAnswers = ["504-after", "drop-after", "500-after", "503", "drop"] as const;

let queue: Queue;
let pusher: Pusher;

beforeAll(async () => {
  queue = await openQueue(realmId, "both-sides");
  pusher = queue.bench.newPusher({ pace });
  await pusher.start();
}, 60_000);

afterAll(() => queue.stop());

/** One step of somebody, or of the gateway. */
async function step(people: People, deciders: Deciders): Promise<void> {
  const { random } = people;
  const kind = between(random, 0, 99);
  if (kind < 30) return people.editHere();
  if (kind < 52) return people.editThere();
  if (kind < 70) return pushSome(random, deciders);
  if (kind < 76) return sync();
  if (kind < 88) return decideOne(random, deciders);
  if (kind < 91) return people.endHere();
  if (kind < 93) return people.endThere();
  if (kind < 95) return people.createHere();
  if (kind < 97) return people.setPolicies();
  const times = chance(random, 0.2) ? 5 : between(random, 1, 2);
  queue.bench.simulator.faults.inject({ kind: pick(random, lostAnswers), operation: "write", times });
}

const sync = async (): Promise<void> => {
  await queue.sync();
};

/** What waits goes out; sometimes it is waited for, and sometimes people go on meanwhile. */
async function pushSome(random: Random, deciders: Deciders): Promise<void> {
  pusher.poke();
  if (chance(random, 0.5)) await until(() => isQuiet(deciders), 20_000);
}

/** Whether all that waits does so for a person. */
async function isQuiet(deciders: Deciders): Promise<true | undefined> {
  const changes = await deciders.unsettled();
  const held = new Set(changes.filter(({ status }) => status === "CONFLICT").map(({ recordId }) => recordId));
  const waiting = changes.filter(({ status, recordId, errorCode }) => {
    return ["PENDING", "PUSHING", "UNKNOWN"].includes(status) && !held.has(recordId) && errorCode !== "AMBIGUOUS";
  });
  if (waiting.length > 0) pusher.poke();
  return waiting.length === 0 ? true : undefined;
}

async function decideOne(random: Random, deciders: Deciders): Promise<void> {
  const [conflict] = await deciders.conflicts(chance(random, 0.15) ? ["RESOLVED"] : ["OPEN"]);
  if (conflict === undefined) return;
  if (conflict.status === "RESOLVED") return deciders.reopen(conflict);
  return chance(random, 0.1) ? deciders.ignore(conflict) : deciders.decide(conflict);
}

/** Everybody stops editing; what is open is decided, and sent. */
async function settle(people: People, deciders: Deciders): Promise<void> {
  queue.bench.simulator.faults.clear();
  for (let round = 0; round < mostRounds; round++) {
    await until(() => isQuiet(deciders), 30_000);
    await queue.sync();
    const changes = await deciders.unsettled();
    if (changes.length === 0) return;
    for (const conflict of await deciders.conflicts(["OPEN", "IGNORED"])) await deciders.decide(conflict);
    for (const change of changes.filter(({ status, errorCode }) => status === "REJECTED" || errorCode === "AMBIGUOUS"))
      await deciders.retryOrCancel(change, chance(people.random, 0.3) && round < 5);
  }
  throw new Error(`These never settle: ${JSON.stringify(await deciders.unsettled())}`);
}

async function newHistory(seed: number): Promise<{ readonly people: People; readonly deciders: Deciders }> {
  const people = new People(queue, new Ledger(seed * 10_000), seeded(`both sides ${String(seed)}`));
  const customer = await queue.newRecord("Customer");
  const [item] = [...queue.company.records("Item")];
  const sale = { ItemRef: { value: item?.id } };
  const line = { Amount: 12.5, DetailType: "SalesItemLineDetail", SalesItemLineDetail: sale };
  const [payer] = [...queue.company.records("Customer")];
  const invoice = await queue.newRecord("Invoice", {
    CustomerRef: { value: payer?.id },
    Line: [line, { ...line, Amount: 7.25 }],
  });
  people.records.push(
    { entity: "Customer", recordId: customer.recordId },
    { entity: "Invoice", recordId: invoice.recordId },
  );
  return { people, deciders: new Deciders(people) };
}

test(
  `${String(histories)} random histories of people on both sides: nothing entered is lost without a policy or a person having decided so, and both sides end equal`,
  async () => {
    for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
      const { people, deciders } = await newHistory(seed);
      for (let steps = between(people.random, 10, 40); steps > 0; steps--) {
        await step(people, deciders);
        await deciders.hearPolicies();
      }
      await settle(people, deciders);
      await deciders.hearPolicies();
      for (const edited of people.records) {
        const { record } = await people.look(edited);
        const now = people.inQuickBooks(edited.entity, record.quickbooksId);
        expect({ seed, ...edited, lost: people.ledger.lost(edited.recordId, now) }).toEqual({
          seed,
          ...edited,
          lost: [],
        });
      }
      const withoutProperties = plugins.flatMap(({ quickbooks }) => quickbooks.variesByReading);
      const differing = await mirrorDifferences(queue.bench, queue.connectionId, realmId, { withoutProperties });
      expect({ seed, differing }).toEqual({ seed, differing: [] });
      expect({ seed, doubled: await doubled(deciders) }).toEqual({ seed, doubled: [] });
    }
  },
  mostMs,
);

/** Changes that took effect once more than was asked for: by who edited, and by whoever decided on what became of it. */
async function doubled(deciders: Deciders): Promise<string[]> {
  const effects = new Map<string, number>();
  for (const { requestId = "", status, isReplay } of queue.bench.simulator.writes) {
    const id = requestId.split("-")[0] ?? "";
    if (status === 200 && !isReplay) effects.set(id, (effects.get(id) ?? 0) + 1);
  }
  const found: string[] = [];
  for (const [id, times] of effects) if (times > 1 && times > 1 + (await deciders.decisionsOn(id))) found.push(id);
  return found;
}
