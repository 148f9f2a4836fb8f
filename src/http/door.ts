import type { Authenticated, Authenticator } from "../access/authentication.js";
import { Unauthenticated } from "../access/errors.js";
import { sha256Bytes } from "../foundation/ids.js";
import { rateLimited } from "./cost.js";
import type { Strangers } from "./strangers.js";

/**
 * Tells who sends a request or opens a socket, as the authenticator does; but where an address has failed too often, whoever was not let in
 * before is refused (RATE_LIMITED) before anything is looked up.
 */
export type Door = (authorization: string | undefined, address: string | undefined) => Promise<Authenticated>;

const mostKnown = 10_000;

export function createDoor(authenticator: Authenticator, strangers: Strangers): Door {
  // Hashes of what was good: others who share an address with somebody who fails go on working.
  const known = new Set<string>();
  return async (authorization, address) => {
    const given = sha256Bytes(authorization ?? "").toString("base64");
    const waitMs = known.has(given) ? 0 : strangers.waitMs("AUTHENTICATION", address);
    if (waitMs > 0) throw rateLimited("Too many requests without a valid token came from your address.", waitMs);
    try {
      const caller = await authenticator.authenticate(authorization);
      remember(known, given);
      return caller;
    } catch (error) {
      known.delete(given);
      if (error instanceof Unauthenticated) strangers.note("AUTHENTICATION", address);
      throw error;
    }
  };
}

/** Those that came last, for who comes again and again is at work. */
function remember(known: Set<string>, given: string): void {
  known.delete(given);
  known.add(given);
  const [oldest] = known;
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
}
