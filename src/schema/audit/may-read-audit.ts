import { atLeast } from "../../access/actor.js";
import { actorOf, type GatewayContext } from "../context.js";

/** The audit is the whole organization's: for ADMIN, and not for an API key that is limited to some connections (I10). */
export function mayReadAudit(context: GatewayContext): boolean {
  const actor = actorOf(context);
  return atLeast(actor, "ADMIN") && actor.connectionIds === undefined;
}
