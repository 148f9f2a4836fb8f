import type { RequestLogEntry } from "../../../simulator/index.js";
import type { World } from "../world.js";

const isOfCompany = ({ path }: RequestLogEntry): boolean => path.includes("/v3/company/");

/** I13: no more in a second, a minute, or at once than QuickBooks allows, as it counted itself. */
export function crowded({ simulator, traits, longestLagMs }: World): string[] {
  const { limits } = simulator;
  if (!traits.hasLimits || limits === undefined) return [];
  const sent = simulator.requests.filter(isOfCompany);
  // QuickBooks notes a request when it has answered it: what was held back comes late.
  const times = sent.map(({ at }) => at).sort((a, b) => a - b);
  const lagMs = longestLagMs();
  const most = (count: number, ms: number): boolean =>
    times.some((at, index) => (times[index + count] ?? Infinity) - at < ms - lagMs);
  const atOnce = times.map((time) => sent.filter(({ at, durationMs }) => at <= time && time < at + durationMs).length);
  return [
    ...(most(limits.perSecond, 1_000)
      ? [`more than ${limits.perSecond} requests reached QuickBooks in one second`]
      : []),
    ...(most(450, 60_000) ? ["more than 450 requests reached QuickBooks in one minute"] : []),
    ...(Math.max(0, ...atOnce) > limits.concurrent ? [`${Math.max(...atOnce)} requests were in flight at once`] : []),
  ];
}

const tokenLifeMs = 3_600_000;
/** A token is renewed five minutes ahead of its end. */
const aheadMs = 5 * 60_000;
const aroundLeapMs = 250;
const aroundConsentMs = 250;

/**
 * I11: a refresh token is used where the access token is at its end, by the clock of whoever uses it; where QuickBooks refused it;
 * or where the last renewal failed, or whoever asked for it died. Each new consent begins anew.
 */
export function needlessRefreshes({ simulator, traits, consent, moves, lostRenewals }: World): string[] {
  const quickbooksTime = (at: number): number =>
    at + (moves.filter((move) => move.at <= at).at(-1) ?? { offsetMs: 0 }).offsetMs;
  const isConsent = ({ at }: RequestLogEntry): boolean =>
    consent.exchanges.some(([from, to]) => at >= from && at <= to);
  // Whoever was refused just before a new consent renews by what they know, until its tokens are stored: QuickBooks refuses that too.
  const isOvertaken = ({ at, status }: RequestLogEntry): boolean =>
    status === 400 && consent.exchanges.some(([from, to]) => at >= from && at <= to + aroundConsentMs);
  const needless: string[] = [];
  let renewedAt: number | undefined;
  for (const entry of simulator.requests) {
    if (isOfCompany(entry) && entry.status === 401) renewedAt = undefined;
    if (!entry.path.includes("/tokens/bearer")) continue;
    const now = quickbooksTime(entry.at);
    if (isOvertaken(entry)) continue;
    if (!isConsent(entry) && renewedAt !== undefined) {
      const ageMs = now - renewedAt;
      if (ageMs < tokenLifeMs - aheadMs - traits.mostSkewMs - 1_000)
        needless.push(`a token was renewed again after ${Math.round(ageMs / 1_000)} s, for no reason`);
    }
    // Where time leapt while the request was made, its sender reckoned the token's end by the time before.
    const isLeapt = moves.some(({ at }) => Math.abs(at - entry.at) < aroundLeapMs);
    renewedAt = entry.status === 200 && !isLeapt ? now : undefined;
  }
  return needless.slice(lostRenewals.length);
}
