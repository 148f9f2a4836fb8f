/** What every failure of QuickBooks carries: Intuit's transaction id, which its support asks for. */
export interface QuickBooksErrorOptions extends ErrorOptions {
  readonly intuitTid?: string | undefined;
}

/** The classes below are named by what the caller does next. */
export abstract class QuickBooksError extends Error {
  readonly intuitTid: string | undefined;

  constructor(message: string, { intuitTid, ...options }: QuickBooksErrorOptions = {}) {
    super(message, options);
    this.intuitTid = intuitTid;
  }
}

/**
 * Throttled, unavailable, or cut off, and the retries within the request are spent: try again at `retryAt`, or with the next sweep. Of a
 * write: QuickBooks surely did nothing.
 */
export class RetryLater extends QuickBooksError {
  override readonly name = "RetryLater";
  readonly retryAt: Date | undefined;

  constructor(
    message: string,
    { retryAt, ...options }: QuickBooksErrorOptions & { readonly retryAt?: Date | undefined } = {},
  ) {
    super(message, options);
    this.retryAt = retryAt;
  }
}

/** QuickBooks no longer accepts this authorization: a person must connect the company again. */
export class ReconnectNeeded extends QuickBooksError {
  override readonly name = "ReconnectNeeded";
}

/** Intuit refused this request for good (4001, 2500, 5010 …): sending it again changes nothing. */
export class RequestRejected extends QuickBooksError {
  override readonly name = "RequestRejected";
  /** Intuit's code, or `HTTP <status>` where the answer names none. */
  readonly code: string;
  /** The field Intuit complains of. */
  readonly element: string | undefined;

  constructor(
    message: string,
    {
      code,
      element,
      ...options
    }: QuickBooksErrorOptions & { readonly code: string; readonly element?: string | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.element = element;
  }
}

/**
 * A write was sent, and nobody knows whether it took effect: no answer, a failing server, or an answer that cannot be read. It may be
 * sent again under the same `requestid` only; QuickBooks then gives its first answer again.
 */
export class AnswerLost extends QuickBooksError {
  override readonly name = "AnswerLost";
}

/** Nothing has this id, or what had it is gone (610). */
export class ObjectNotFound extends QuickBooksError {
  override readonly name = "ObjectNotFound";
}

/** Some row of the result cannot be read, and fails the answer as a whole (4002, 10000, a body that is not JSON): ask for fewer. */
export class UnreadableResult extends QuickBooksError {
  override readonly name = "UnreadableResult";
}

export type StopReason = "COMPANY_UNUSABLE" | "COMPANY_RESET" | "WRONG_ENVIRONMENT" | "NOT_CONNECTED" | "QUOTA_SPENT";

/** Nothing can be read from this company until a person has done something about `reason`. */
export class RunStopped extends QuickBooksError {
  override readonly name = "RunStopped";

  constructor(
    message: string,
    readonly reason: StopReason,
    options?: QuickBooksErrorOptions,
  ) {
    super(message, options);
  }
}
