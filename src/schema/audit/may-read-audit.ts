import { atLeast } from "../../access/actor.js";
import { actorOf, type GatewayContext } from "../context.js";

/** The audit is the whole organization's: for ADMIN. */
export function mayReadAudit(context: GatewayContext): boolean {
  return atLeast(actorOf(context), "ADMIN");
}
