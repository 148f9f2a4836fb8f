import type { Failure } from "./answers.js";
import {
  AnswerLost,
  ObjectNotFound,
  QuickBooksError,
  RequestRejected,
  RetryLater,
  RunStopped,
  UnreadableResult,
} from "./errors.js";
import type { FaultContext } from "./verdicts.js";

/**
 * A failure as a write meets it. What is no more than bad luck for a read may have taken effect here: only a fault that tells of a
 * decision, a throttle, or a connection that was never made shows that it did not.
 */
export function ofWrite(failure: Failure): Failure {
  return { ...failure, error: (context) => errorOf(failure, context) };
}

function errorOf(failure: Failure, context: FaultContext): Error {
  const error = failure.error(context);
  const { fault, remedy } = failure;
  if (error instanceof RetryLater && (remedy === "WAIT_THROTTLE" || isNeverSent(error))) return error;
  if (fault === undefined || fault.status >= 500 || fault.status === 408 || isUndecided(fault.code)) {
    return lost(error, context.intuitTid);
  }
  if (!isOfThisWriteAlone(error)) return error;
  const { code = `HTTP ${fault.status}`, element, message } = fault;
  return new RequestRejected(`QuickBooks refused the request: ${message} (code ${code}, HTTP ${fault.status}).`, {
    ...context,
    code,
    element,
    cause: error,
  });
}

/** QuickBooks failed (10000), or has met this `requestid` before and does not say what came of it (600). */
const isUndecided = (code: string | undefined): boolean => code === "10000" || code === "600";

/** What a read would say of the record or the company: a company that cannot be written can be read, and a record may refer to a missing one. */
const isOfThisWriteAlone = (error: Error): boolean =>
  error instanceof ObjectNotFound ||
  error instanceof UnreadableResult ||
  (error instanceof RunStopped && error.reason === "COMPANY_UNUSABLE");

function lost(cause: unknown, intuitTid: string | undefined): AnswerLost {
  const why = cause instanceof Error ? cause.message : "the answer was lost";
  return new AnswerLost(`Whether QuickBooks did what it was asked is not known: ${why}`, { cause, intuitTid });
}

const neverConnected: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether the connection was not even made. */
function isNeverSent(error: Error): boolean {
  for (let at: unknown = error; typeof at === "object" && at !== null; at = "cause" in at ? at.cause : undefined) {
    if ("code" in at && neverConnected.has(at.code)) return true;
  }
  return false;
}

/**
 * Refusals that say nothing of an earlier sending: names and numbers that are taken, perhaps by the record of this very write; and a company
 * that cannot be written any more, whatever it answered before.
 */
const presentCodes: ReadonlySet<string> = new Set(["6140", "6240", "6190"]);

/** Whether one of the sendings of a write may have taken effect: then no later failure tells otherwise. */
export class Fate {
  #isUnknown: boolean;

  constructor(isUnknown: boolean) {
    this.#isUnknown = isUnknown;
  }

  met(error: Error): void {
    if (error instanceof AnswerLost) this.#isUnknown = true;
  }

  /** What an error in the end means for the write as a whole. Anything but QuickBooks' errors stays as it is. */
  toldBy(error: unknown): unknown {
    if (!this.#isUnknown || !(error instanceof QuickBooksError) || error instanceof AnswerLost) return error;
    // QuickBooks repeats its first answer, refusals too: so this is what it came to.
    if (error instanceof RequestRejected && !presentCodes.has(error.code)) return error;
    if (error instanceof RunStopped && error.reason === "COMPANY_RESET") return error;
    return lost(error, error.intuitTid);
  }
}
