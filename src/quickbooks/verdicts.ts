import {
  ObjectNotFound,
  type QuickBooksError,
  ReconnectNeeded,
  RequestRejected,
  RetryLater,
  RunStopped,
  UnreadableResult,
} from "./errors.js";
import type { Fault } from "./faults.js";

/** What may be done within the same request before the error is thrown. */
export type Remedy = "NONE" | "WAIT_THROTTLE" | "BACK_OFF" | "ONCE_MORE" | "REFRESH_TOKEN";

export interface FaultContext {
  readonly intuitTid: string | undefined;
  readonly retryAt?: Date | undefined;
}

/** How a kind of fault is met: first by its remedy, then, once that is spent, by its error. */
export interface Verdict {
  readonly remedy: Remedy;
  error(fault: Fault, context: FaultContext): QuickBooksError;
}

export function verdictOn({ code = "", status }: Fault): Verdict {
  // During an outage 3100 has been seen with status 500: a failing server is not believed about authorizations.
  const isBelieved = status < 500 || !authorizationCodes.has(code);
  const byCode = isBelieved ? verdictsByCode.get(code) : undefined;
  return byCode ?? verdictsByStatus.get(status) ?? (status > 500 ? unavailable : rejected);
}

function told({ message, code, status }: Fault): string {
  return `${message} (${code === undefined ? "" : `code ${code}, `}HTTP ${status})`;
}

const unavailable: Verdict = {
  remedy: "BACK_OFF",
  error: (fault, context) =>
    new RetryLater(`QuickBooks is not available: ${told(fault)}. It is tried again later.`, context),
};
const failedOnce: Verdict = { ...unavailable, remedy: "ONCE_MORE" };
const throttled: Verdict = {
  remedy: "WAIT_THROTTLE",
  error: (fault, context) => new RetryLater(`QuickBooks throttles this company: ${told(fault)}.`, context),
};
const rejected: Verdict = {
  remedy: "NONE",
  error: (fault, context) =>
    new RequestRejected(`QuickBooks refused the request: ${told(fault)}.`, {
      ...context,
      code: fault.code ?? `HTTP ${fault.status}`,
      element: fault.element,
    }),
};
const unauthorized: Verdict = {
  remedy: "NONE",
  error: (fault, context) =>
    new ReconnectNeeded(
      `QuickBooks no longer accepts this authorization: ${told(fault)}. Connect the company again.`,
      context,
    ),
};
const tokenRefused: Verdict = { ...unauthorized, remedy: "REFRESH_TOKEN" };
const notFound: Verdict = {
  remedy: "NONE",
  error: (fault, context) => new ObjectNotFound(`QuickBooks knows no such record: ${told(fault)}.`, context),
};
const unreadable: Verdict = {
  remedy: "NONE",
  error: (fault, context) =>
    new UnreadableResult(
      `QuickBooks cannot give this result: ${told(fault)}. Some record in it is broken there.`,
      context,
    ),
};
const unusable: Verdict = {
  remedy: "NONE",
  error: (fault, context) =>
    new RunStopped(
      `This company cannot be used: ${told(fault)}. Mend its subscription in QuickBooks.`,
      "COMPANY_UNUSABLE",
      context,
    ),
};
const reset: Verdict = {
  remedy: "NONE",
  error: (fault, context) =>
    new RunStopped(
      `This company was reset, and takes no writes before it is connected again: ${told(fault)}.`,
      "COMPANY_RESET",
      context,
    ),
};

const authorizationCodes: ReadonlySet<string> = new Set(["120", "3100", "3200"]);

const verdictsByCode: ReadonlyMap<string, Verdict> = new Map([
  ["120", unauthorized],
  ["3100", unauthorized],
  ["3200", tokenRefused],
  ["3001", throttled],
  ["3002", throttled],
  ["610", notFound],
  ["4002", unreadable],
  ["10000", { ...unreadable, remedy: "ONCE_MORE" }],
  ["10100", unreadable],
  ["6190", unusable],
  ["10200", reset],
]);

const verdictsByStatus: ReadonlyMap<number, Verdict> = new Map([
  [401, tokenRefused],
  [408, unavailable],
  [429, throttled],
  [500, failedOnce],
]);
