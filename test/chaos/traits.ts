import type { Switches } from "../../simulator/index.js";
import { seeded, type Random } from "./random.js";

/** What the world of a seed is like. */
export interface Traits {
  readonly seed: number;
  /** Records of the company in the beginning. */
  readonly size: number;
  /** Whether QuickBooks' limits are on, and kept by the gateway; all else goes faster without. */
  readonly hasLimits: boolean;
  /** Reads of a month, until somebody buys more. */
  readonly monthlyReads: number;
  /** How far the clock of each process may be from QuickBooks', either way. */
  readonly mostSkewMs: number;
  /** What is not known about QuickBooks. */
  readonly switches: Partial<Switches>;
}

/** More reads than anybody makes. */
export const plenty = 1_000_000_000;

export function traitsOf(seed: number): Traits {
  const random = seeded(seed);
  const hasLimits = random.chance(0.1);
  return {
    seed,
    hasLimits,
    size: sizeOf(random, hasLimits),
    monthlyReads: random.chance(0.06) ? 60 + random.below(240) : plenty,
    mostSkewMs: random.chance(0.6) ? 300_000 : 0,
    switches: switchesOf(random),
  };
}

/** Now and then more than a call for changes tells at once; so many under QuickBooks' limits would last for minutes. */
function sizeOf(random: Random, hasLimits: boolean): number {
  const small = 60 + random.below(150);
  const [isBig, isVast] = [random.chance(0.04), random.chance(0.02)];
  if (hasLimits || !(isBig || isVast)) return small;
  return isVast ? 1_900 : 1_200;
}

function switchesOf(random: Random): Partial<Switches> {
  const either = <Choice>(...choices: readonly [Choice, ...Choice[]]): Choice => random.pick(choices) ?? choices[0];
  return {
    refreshMode: either("same-until-24h", "rotate-with-24h-grace", "rotate-immediately"),
    ties: either("stable", "shuffled"),
    totalCount: either("page", "all"),
    cdcOlderThan30Days: either("refused", "answered"),
    cdcChangedSince: either("inclusive", "exclusive"),
    cdcOverflow: either("deletions", "last entities"),
    inactivationNotice: either("Update", "Delete"),
    mergedCustomers: either("status Deleted", "inactive"),
    mergeMoves: either("nothing", "times"),
    throttleBody: either("xml", "Fault", "fault"),
    recordTimes: either("down", "nearest"),
    hostSkewsMs: either([0], [0], [0, 800, -700], [0, 2_000, -2_000]),
    retryAfterSeconds: 0.2,
    // No body may change under its requestid, which is remembered however far the clock is moved: sendings do not grow older by that.
    requestIdReuse: "refused",
    requestIdsKeptMs: Number.MAX_SAFE_INTEGER,
  };
}
