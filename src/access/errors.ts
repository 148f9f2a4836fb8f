/** Nobody known. The message gives no reason, for a reason helps who guesses; `cause` is for the log. */
export class Unauthenticated extends Error {
  override readonly name = "Unauthenticated";

  constructor(options?: ErrorOptions) {
    super("Not authenticated. Send a valid token: Authorization: Bearer <token>.", options);
  }
}

/** Somebody known, who may not do this; the message names the role that may. */
export class Forbidden extends Error {
  override readonly name = "Forbidden";
}

export type MemberProblem = "NOT_FOUND" | "ALREADY_MEMBER" | "LAST_ADMIN" | "INVALID";

/** People cannot be managed so; the message says what to do instead. */
export class MemberError extends Error {
  override readonly name = "MemberError";

  constructor(
    readonly code: MemberProblem,
    message: string,
  ) {
    super(message);
  }
}
