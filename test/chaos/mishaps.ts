import { QuickBooksError } from "../../src/quickbooks/errors.js";
import type { FaultKind } from "../../simulator/index.js";
import type { Event } from "./happening.js";
import { realmId } from "./consent.js";

const entities = ["Customer", "Account", "Item", "Invoice", "Payment"];

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

export const fault: Event = ({ simulator }, random) => {
  const entity = random.chance(0.5) ? random.pick(entities) : undefined;
  const spec = {
    kind: random.pick(faultKinds) ?? "500",
    path: "/v3/company/",
    times: 1 + random.below(3),
    after: random.below(6),
    delayMs: random.below(60),
    ...(entity !== undefined && { entity }),
  };
  simulator.faults.inject(spec);
  return { fault: spec };
};

/** QuickBooks throttles for a while. */
export const throttle: Event = ({ simulator }, random) => {
  const times = 4 + random.below(10);
  simulator.faults.inject({ kind: "429", path: "/v3/company/", times });
  return { throttled: times };
};

/** The access token ends early, or Intuit's answer to its renewal is late or lost. */
export const tokenTrouble: Event = ({ simulator, lostRenewals }, random) => {
  const kind = random.pick<FaultKind>(["drop", "drop-after", "delay", "500", "malformed", "503"]) ?? "500";
  simulator.faults.inject({ kind, path: "/tokens/bearer", delayMs: random.below(80) });
  if (random.chance(0.7)) simulator.faults.inject({ kind: "401", path: "/v3/company/" });
  if (kind === "malformed") lostRenewals.push(kind);
  return { token: kind };
};

/** A person disconnects the gateway inside QuickBooks. */
export const revoke: Event = ({ simulator }) => {
  simulator.disconnect(realmId);
  return { revoked: true };
};

/** A person connects the company again where that is asked for. */
export const reconnect: Event = async ({ database, connectionId, consent }) => {
  const { status } = await database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  if (status !== "REAUTHORIZATION_REQUIRED") return { reconnected: "nothing" };
  try {
    await consent.reconnect(connectionId);
    return { reconnected: true };
  } catch (error) {
    if (!(error instanceof QuickBooksError)) throw error;
    return { reconnected: "not yet", refused: error.message };
  }
};

/** QuickBooks stores a record so that no answer with it can be given; or gives one again. */
export const poison: Event = ({ company, poisoned }, random) => {
  const entity = random.pick(entities) ?? "Invoice";
  const id = random.pick([...company.records(entity)])?.id;
  const cured = random.pick([...poisoned]);
  if (cured !== undefined && random.chance(0.5)) {
    const [name = "", known = ""] = cured.split(" ");
    company.cure(name, known);
    poisoned.delete(cured);
    return { cured };
  }
  if (id === undefined) return { poisoned: "nothing" };
  company.poison(entity, id);
  poisoned.add(`${entity} ${id}`);
  return { poisoned: `${entity} ${id}` };
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const pass: Event = (world, random) => {
  const waits = [1_000, 30_000, 6 * minuteMs, 7 * minuteMs, 61 * minuteMs, 61 * minuteMs, 25 * hourMs];
  // Once, and less than QuickBooks remembers: the database's clock does not move with QuickBooks'.
  const isLong = random.chance(0.06) && world.simulator.clock.offsetMs < 9 * 24 * hourMs;
  const ms = (isLong ? 18 * 24 * hourMs : random.pick(waits)) ?? 0;
  world.pass(ms);
  return { passedMs: ms };
};

export const kill: Event = async (world, random) => {
  const victim = random.pick(world.processes);
  if (victim === undefined) return { killed: "nobody" };
  await world.kill(victim);
  world.lostRenewals.push("killed");
  const heir = await world.addProcess();
  return { killed: victim.number, started: heir.number };
};

export const join: Event = async (world) => {
  if (world.processes.length > 1) return { joined: "nobody" };
  return { joined: (await world.addProcess()).number };
};

/** A worker's lease runs out while it still works, as if it had been frozen: another takes its run over. */
export const overtake: Event = async (world) => {
  const { rowCount } = await world.database.pool.query(
    `UPDATE quickbooks_syncs SET lease_until = now() - interval '1 second'
     WHERE connection_id = $1 AND status = 'RUNNING' AND lease_owner IS NOT NULL`,
    [world.connectionId],
  );
  world.poke();
  return { overtaken: rowCount };
};
