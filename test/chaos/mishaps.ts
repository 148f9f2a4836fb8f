import { QuickBooksError } from "../../src/quickbooks/errors.js";
import type { FaultKind } from "../../simulator/index.js";
import type { Event } from "./happening.js";
import { realmId } from "./consent.js";
import { takesWrites } from "./rest.js";

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
export const reconnect: Event = async (world) => {
  const { database, connectionId, consent } = world;
  const { status } = await database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  if (status !== "REAUTHORIZATION_REQUIRED" && takesWrites(world)) return { reconnected: "nothing" };
  try {
    if (status === "CONNECTED") world.simulator.disconnect(realmId);
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

const writeFaults: readonly FaultKind[] = [
  "500-after",
  "500-after",
  "504-after",
  "504-after",
  "drop-after",
  "drop-after",
  "hold-after",
  "delay-after",
  "5010",
  "5010",
  "6190",
  "429",
  "503",
  "drop",
  "200-empty",
  "401",
];

/** Something goes wrong with a write: most often it is done, and the answer lost. */
export const writeFault: Event = ({ simulator }, random) => {
  const kind = random.pick(writeFaults) ?? "drop-after";
  const any = random.pick(["write", "write", "create", "update", "delete"] as const) ?? "write";
  // Nobody can be faster with what is only created.
  const operation = kind === "5010" ? "update" : any;
  // So many that the window ends before an answer comes.
  const times = random.chance(0.3) ? 20 + random.below(60) : 1 + random.below(4);
  const isPatient = kind === "6190" || kind === "hold-after";
  const spec = { kind, operation, times: isPatient ? 1 : times, delayMs: random.below(60) };
  const held = simulator.faults.inject(spec);
  const heldMs = random.below(1_500);
  if (kind === "hold-after") setTimeout(() => held.release(), heldMs).unref();
  return { writeFault: spec, ...(kind === "hold-after" && { heldMs }) };
};

/** A process that pushes was frozen for so long that its claims have run out: another takes its changes over. */
export const overtakePushes: Event = async (world) => {
  const { rowCount } = await world.database.pool.query(
    `UPDATE local_changes SET lease_until = now() - interval '1 second' WHERE id IN (
       SELECT id FROM local_changes WHERE connection_id = $1 AND lease_owner IS NOT NULL FOR UPDATE SKIP LOCKED)`,
    [world.connectionId],
  );
  world.poke();
  return { pushesOvertaken: rowCount };
};
