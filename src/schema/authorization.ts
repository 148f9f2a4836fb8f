import type { AuthCheckerFn } from "type-graphql";
import { atLeast, isRole, type Role } from "../access/actor.js";
import { Forbidden } from "../access/errors.js";
import type { GatewayContext } from "./context.js";
import { unauthenticated } from "./errors.js";

/** What a field asks for: a role, and where it says so, a person, for there are things that no program may do. */
export type Need = Role | "PERSON";

/** `@Authorized()` asks for a caller, `@Authorized("ADMIN")` for one of at least that role, with "PERSON" for one who is a member. */
export const checkAuthorization: AuthCheckerFn<GatewayContext, Need> = ({ context: { actor } }, needs) => {
  if (actor === undefined) throw unauthenticated();
  const role = needs.find(isRole) ?? "VIEWER";
  if (!atLeast(actor, role)) throw new Forbidden(`This needs the role ${role}.`);
  if (needs.includes("PERSON") && actor.kind !== "MEMBER") {
    throw new Forbidden("This is for people: an API key cannot manage members or keys. Use a member's token.");
  }
  return true;
};
