import type { GatewayContext } from "../context.js";
import { decodeIdOf } from "../relay.js";
import { notFoundError, UserMistake } from "../user-errors.js";
import { Conflict } from "./conflict.js";

/** The organization's conflict with this global id, for mutations: throws NOT_FOUND for the caller to mend. */
export async function needConflict(globalId: string, context: GatewayContext): Promise<Conflict> {
  const id = decodeIdOf("Conflict", globalId);
  const conflict = id === undefined ? null : await Conflict.load(id, context);
  if (conflict === null) throw new UserMistake(notFoundError("conflictId"));
  return conflict;
}
