import { conflictsOf, decide, localChanges, retry, cancel } from "./deciders.js";
import type { Happening } from "./happening.js";
import { seeded, type Random } from "./random.js";
import { quiet } from "./rest.js";
import type { World } from "./world.js";
import type { LocalChange } from "../../src/sync/local-changes/local-change.js";

const mostRounds = 25;
/** From then on nobody tries again any more. */
const lastTries = 4;

const unsettled = `l.status NOT IN ('PUSHED', 'CANCELLED') AND NOT (l.status = 'REJECTED' AND l.error_code = 'COMPANY_RESET')`;
const isOpen = "x.status IN ('OPEN', 'IGNORED')";

/**
 * People decide every conflict that is left, and what becomes of every edit that QuickBooks refused or of which nobody knows, until all
 * edits are in QuickBooks or given up. Sending may be what shows that the authorization has ended: then somebody consents again. Whether there
 * was anything to decide or to send.
 */
export async function settleEdits(
  world: World,
  note: (happening: Happening) => void,
  consentAgain: () => Promise<unknown>,
): Promise<boolean> {
  const random = seeded(world.traits.seed + 900_001);
  for (let round = 0; round < mostRounds; round++) {
    const conflicts = await conflictsOf(world, isOpen);
    const changes = await localChanges(world, unsettled);
    if (conflicts.length + changes.length === 0) return round > 0;
    for (const conflict of conflicts) note(await decide(world, random, conflict));
    const waiting = changes.filter(({ status }) => status === "REJECTED" || status === "UNKNOWN");
    for (const change of waiting) note(await settleChange(world, random, change, round));
    await consentAgain();
    await quiet(world);
  }
  const left = await localChanges(world, unsettled);
  const shown = left.map(({ id, status, operation, entity, errorCode }) =>
    [id, operation, entity, status, errorCode].join(" "),
  );
  throw new Error(`Edits do not settle: ${shown.join("; ")}`);
}

/** Of a create that nobody could tell, somebody looks in QuickBooks whether it is there. */
async function settleChange(world: World, random: Random, change: LocalChange, round: number): Promise<Happening> {
  const hasLanded = effectsOf(world, change).length > 0;
  const isTriedAgain = change.status === "UNKNOWN" ? !hasLanded : round < lastTries && random.chance(0.4);
  return isTriedAgain ? retry(world, random, change) : cancel(world, random, change);
}

/** The writes in QuickBooks that had an effect and were made for a local change, whatever its generation. */
export function effectsOf({ simulator }: Pick<World, "simulator">, { id }: Pick<LocalChange, "id">) {
  const prefix = `${id.replaceAll("-", "")}-`;
  return simulator.writes.filter(
    ({ requestId, status, isReplay }) => requestId?.startsWith(prefix) === true && status === 200 && !isReplay,
  );
}
