import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ConnectedCompany } from "./connected-company.js";
import type { GatewayContext } from "./context.js";
import { type MirroredObject, MirroredRecord } from "./mirror/record.js";

@Resolver(() => MirroredRecord)
export class MirroredRecordResolver {
  @FieldResolver(() => ConnectedCompany, { description: "The company whose books it belongs to." })
  connection(@Root() { connectionId }: MirroredObject, @Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    if (connectionId === undefined) throw new Error("A record was read without the connection it belongs to.");
    return ConnectedCompany.load(connectionId, context);
  }
}
