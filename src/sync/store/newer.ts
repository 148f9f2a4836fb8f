/** The parts by which two states of a record are compared (I1). A part is null where an answer did not carry it. */
export interface Guard {
  readonly syncToken: number | null;
  /** LastUpdatedTime. */
  readonly updatedAt: Date | null;
  /** QuickBooks' own `time` of the answer. */
  readonly answeredAt: Date | null;
  /** Canonical content. */
  readonly contentHash: Buffer;
}

export interface StoredGuard extends Guard {
  readonly isRemoved: boolean;
  /** Removed by a merge. */
  readonly isMerged?: boolean;
  /** When the row was saved here, by the database's clock. */
  readonly mirroredAt: Date;
}

export interface IncomingGuard extends Guard {
  /** Set for a read by id made to settle a doubt: when it began, by the database's clock. */
  readonly settlesFrom?: Date | undefined;
}

/**
 * UPDATE: newer, with other content. ADVANCE: newer, with equal content: only the guard moves. SAME: nothing to do. OLDER: never
 * written. REREAD: the parts are missing or disagree, so the record has to be read by id.
 */
export type Verdict = "UPDATE" | "ADVANCE" | "SAME" | "OLDER" | "REREAD";

/** QuickBooks' hosts do not tell the same time, so answers this near to each other do not say which was given first. */
const hostSkewMs = 5_000;

/** I1: decides by QuickBooks' parts alone; never by a clock of ours, except that a read begun after the row was saved settles. */
export function judge(incoming: IncomingGuard, stored: StoredGuard): Verdict {
  const isSame = incoming.contentHash.equals(stored.contentHash) && !stored.isRemoved;
  const token = order(incoming.syncToken, stored.syncToken);
  const time = order(incoming.updatedAt, stored.updatedAt);
  if (token !== undefined && time !== undefined && token * time >= 0) {
    if (token + time < 0) return "OLDER";
    // QuickBooks may go on showing what was merged into another as deactivated.
    if (stored.isMerged === true && token + time === 0) return "SAME";
    // QuickBooks gives a removed record's id to no other: whoever still shows it may have read it before it was removed.
    if (stored.isRemoved) return settled(incoming, stored);
    if (token + time > 0) return isSame ? "ADVANCE" : "UPDATE";
    if (isSame) return "SAME";
    const laterByMs = Number(incoming.answeredAt ?? NaN) - Number(stored.answeredAt ?? NaN);
    if (Math.abs(laterByMs) > hostSkewMs) return laterByMs > 0 ? "UPDATE" : "OLDER";
  }
  return isSame ? "SAME" : settled(incoming, stored);
}

function settled(incoming: IncomingGuard, stored: StoredGuard): Verdict {
  return incoming.settlesFrom !== undefined && incoming.settlesFrom > stored.mirroredAt ? "UPDATE" : "REREAD";
}

/** -1, 0 or 1; undefined where a part is missing. */
function order(left: number | Date | null, right: number | Date | null): number | undefined {
  if (left === null || right === null) return undefined;
  return Math.sign(Number(left) - Number(right));
}
