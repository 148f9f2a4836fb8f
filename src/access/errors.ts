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

export type AccessProblemCode = "NOT_FOUND" | "ALREADY_MEMBER" | "LAST_ADMIN" | "INVALID";

/** People or keys cannot be managed so; the message says what to do instead, `field` names the input to blame. */
export class AccessProblem extends Error {
  override readonly name = "AccessProblem";

  constructor(
    readonly code: AccessProblemCode,
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}
