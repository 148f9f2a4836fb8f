/** When QuickBooks ends an authorization: unless it is used before, and however it is used. */
export interface AuthorizationEnds {
  readonly refreshTokenExpiresAt: Date;
  readonly refreshTokenEndsAt: Date | null;
}

/** An end that is near enough to warn of. */
export interface NearEnd {
  readonly at: Date;
  /** Not renewed for a hundred days, or Intuit's five years since consent. */
  readonly reason: "IDLE" | "FIVE_YEARS";
}

const dayMs = 24 * 60 * 60 * 1000;

/** As long ahead as QuickBooks itself tells people (Intuit's refresh token policy of November 2025). */
export const fiveYearsAheadMs = 30 * dayMs;
/** Renewals begin after a week, so that they have failed for eleven weeks by then: it takes a person, who may be on holiday. */
export const idleAheadMs = 14 * dayMs;

/** The end to warn of: the first one that is near; undefined while both are far. */
export function nearEnd(
  { refreshTokenExpiresAt, refreshTokenEndsAt }: AuthorizationEnds,
  now: Date,
): NearEnd | undefined {
  const near = (at: Date | null, reason: NearEnd["reason"], aheadMs: number): NearEnd | undefined =>
    at !== null && at.getTime() - now.getTime() <= aheadMs ? { at, reason } : undefined;
  const idle = near(refreshTokenExpiresAt, "IDLE", idleAheadMs);
  const fiveYears = near(refreshTokenEndsAt, "FIVE_YEARS", fiveYearsAheadMs);
  if (idle === undefined || fiveYears === undefined) return idle ?? fiveYears;
  // In the last hundred days of five years both are the same instant.
  return idle.at < fiveYears.at && !isSameEnd(idle.at, fiveYears.at) ? idle : fiveYears;
}

/** Ends are told as seconds that are left, so the same end differs by a second from answer to answer. */
export function isSameEnd(one: Date, other: Date): boolean {
  return Math.abs(one.getTime() - other.getTime()) < dayMs;
}

/** What a person is told once QuickBooks accepts it no longer. */
export const endedWarning =
  "QuickBooks no longer accepts this authorization. Connect the same company again; its mirror stays.";

/** What a person is told of an end that is near. */
export function warningOf({ at, reason }: NearEnd): string {
  const day = at.toISOString().slice(0, 10);
  return reason === "FIVE_YEARS"
    ? `QuickBooks ends this authorization on ${day}, five years after it was given. Connect the same company again before; its mirror stays.`
    : `This authorization could not be renewed for weeks and ends on ${day}. See whether the gateway reaches Intuit, or connect the same company again; its mirror stays.`;
}
