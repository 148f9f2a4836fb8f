/** What the caller can mend; the schema serves it as a user error. */
export type ProblemCode =
  | "NOT_FOUND"
  | "INVALID"
  | "IDEMPOTENCY_KEY_REUSED"
  | "REAUTHORIZATION_REQUIRED"
  | "NOT_CONNECTED"
  | "ALREADY_FINISHED"
  /** What was seen has changed since, where it matters. */
  | "STALE_VERSION"
  /** It has been settled already. */
  | "ALREADY_RESOLVED"
  /** It is being sent, or its fate is not known yet: nobody can change it now. */
  | "IN_FLIGHT"
  /** QuickBooks, or the gateway, has no such operation on this. */
  | "NOT_SUPPORTED";

/** One thing that is wrong with a request. */
export interface Problem {
  readonly code: ProblemCode;
  /** The input field it concerns, such as `fields.lines.0.amount`. */
  readonly field: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

export class UserProblem extends Error implements Problem {
  override readonly name = "UserProblem";

  constructor(
    readonly code: ProblemCode,
    /** The input field it concerns. */
    readonly field: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Everything that is wrong with a request, at once. */
export class UserProblems extends Error {
  override readonly name = "UserProblems";

  constructor(
    readonly problems: readonly Problem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(({ field, message }) => `${field}: ${message}`).join("; "), options);
  }
}
