import type { AuthCheckerFn } from "type-graphql";
import { atLeast, type Role } from "../access/actor.js";
import { Forbidden } from "../access/errors.js";
import type { GatewayContext } from "./context.js";
import { unauthenticated } from "./errors.js";

/** `@Authorized()` asks for a caller, `@Authorized("ADMIN")` for one of at least that role. */
export const checkAuthorization: AuthCheckerFn<GatewayContext, Role> = (
  { context: { actor } },
  [needed = "VIEWER"],
) => {
  if (actor === undefined) throw unauthenticated();
  if (!atLeast(actor, needed)) throw new Forbidden(`This needs the role ${needed}.`);
  return true;
};
