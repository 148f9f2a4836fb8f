import type { Connection } from "../generated/prisma/client.js";
import type { GatewayContext } from "./context.js";
import { decodeIdOf } from "./relay.js";
import { notFoundError, UserMistake } from "./user-errors.js";

/** The organization's connection with this global id; missing and foreign ones alike are undefined. */
export async function findConnection(globalId: string, { loaders }: GatewayContext): Promise<Connection | undefined> {
  const id = decodeIdOf("ConnectedCompany", globalId);
  return id === undefined ? undefined : loaders.connection.load(id);
}

/** The same for mutations: throws NOT_FOUND for the caller to mend. */
export async function needConnection(globalId: string, context: GatewayContext): Promise<Connection> {
  const connection = await findConnection(globalId, context);
  if (connection === undefined) throw new UserMistake(notFoundError("connectionId"));
  return connection;
}

/** What a list's optional `connectionId` leaves of it: nothing left out, one connection, or null where there is none with this id. */
export async function connectionScope(
  globalId: string | null | undefined,
  context: GatewayContext,
): Promise<{ readonly connectionId?: string } | null> {
  if (globalId === null || globalId === undefined) return {};
  const connection = await findConnection(globalId, context);
  return connection === undefined ? null : { connectionId: connection.id };
}
