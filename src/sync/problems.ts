/** What the caller can mend; the schema serves it as a user error. */
export type ProblemCode =
  | "NOT_FOUND"
  | "INVALID"
  | "IDEMPOTENCY_KEY_REUSED"
  | "REAUTHORIZATION_REQUIRED"
  | "NOT_CONNECTED"
  | "ALREADY_FINISHED";

export class UserProblem extends Error {
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
