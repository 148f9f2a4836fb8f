import type { RecordState } from "../../plugins/plugin.js";
import type { ClaimedEvent } from "./claim.js";
import type { Pace } from "./pace.js";

/** What the mirror holds of a record after it was read. */
export interface MirroredRecord {
  readonly state: RecordState;
  /** LastUpdatedTime. */
  readonly updatedAt: Date | null;
}

/** What is known of the records of a notice after they were read. */
export interface Sight {
  /** undefined: QuickBooks knows of no such record, and neither does the mirror. */
  readonly record: MirroredRecord | undefined;
  /** Dated before the connection's scope, and not mirrored. */
  readonly isOutside: boolean;
  /** Why the newest state could not be read or taken in. */
  readonly problem: string | undefined;
  /** Why the merging does not show yet; only of a merge. */
  readonly unmerged: string | undefined;
}

/** What becomes of a notice. */
export interface Verdict {
  readonly status: "DONE" | "PENDING" | "FAILED" | "PARKED" | "IGNORED";
  readonly reason: string | null;
}

/** A notice is done only when something at least as new as it is in the mirror (I7). */
export function verdictOn(event: ClaimedEvent, sight: Sight, { mostRereads, mostAttempts }: Pace): Verdict {
  const { record, isOutside, problem, unmerged } = sight;
  if (problem !== undefined) {
    return { status: event.attempts + 1 >= mostAttempts ? "PARKED" : "FAILED", reason: problem };
  }
  if (isOutside)
    return { status: "IGNORED", reason: "It is dated before the first day that is mirrored of this company." };
  const isShown = event.deletedId === null ? shows(event, record) : unmerged === undefined;
  if (isShown || event.attempts >= mostRereads) return { status: "DONE", reason: null };
  return { status: "PENDING", reason: unmerged ?? "QuickBooks does not show this change yet; it is read again." };
}

/** QuickBooks' times of records are whole seconds, those of notices may be finer. */
function shows({ operation, eventTime }: ClaimedEvent, record: MirroredRecord | undefined): boolean {
  // A new record that is not there yet looks like one that is gone.
  if (record === undefined) return operation !== "CREATE";
  if (record.state === "DELETED" || record.state === "MERGED") return true;
  if (operation === "DELETE" && record.state !== "INACTIVE") return false;
  if (eventTime === null) return true;
  return record.updatedAt !== null && seconds(record.updatedAt) >= seconds(eventTime);
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
