export type ConnectProblemCode =
  | "INVALID"
  | "NOT_FOUND"
  | "HANDLE_INVALID"
  | "ACCESS_DENIED"
  | "OTHER_COMPANY"
  | "COMPANY_ALREADY_CONNECTED"
  | "BEING_ERASED";

/** What the person who connects can mend; `field` names the input to blame. */
export class ConnectProblem extends Error {
  override readonly name = "ConnectProblem";

  constructor(
    readonly code: ConnectProblemCode,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

/** Missing and foreign ids alike. */
export function notFound(): ConnectProblem {
  return new ConnectProblem("NOT_FOUND", "Nothing in your organization has this id.", "connectionId");
}

export function handleInvalid(): ConnectProblem {
  return new ConnectProblem(
    "HANDLE_INVALID",
    "The handle is unknown, used, expired, or was made for somebody else. Begin to connect again.",
    "handle",
  );
}

export function alreadyConnected(): ConnectProblem {
  return new ConnectProblem(
    "COMPANY_ALREADY_CONNECTED",
    "Another organization of this gateway has connected this company. It must disconnect and hand it over first.",
  );
}

export function beingErased(): ConnectProblem {
  return new ConnectProblem(
    "BEING_ERASED",
    "What was mirrored of this company is still being erased. Begin to connect it again in a few minutes.",
  );
}
