import { Arg, Args, Authorized, Ctx, ID, Query, Resolver } from "type-graphql";
import { connectionScope } from "../connection-scope.js";
import type { GatewayContext } from "../context.js";
import { type Connection, decodeIdOf, ForwardPage } from "../relay.js";
import { Conflict, ConflictConnection } from "./conflict.js";
import { conditionsOf, ConflictFilter, listConflicts } from "./list.js";

@Resolver()
export class ConflictsResolver {
  @Authorized()
  @Query(() => Conflict, { nullable: true, description: "The conflict with this id; null where there is none." })
  async conflict(
    @Arg("id", () => ID, { description: "The global id." }) globalId: string,
    @Ctx() context: GatewayContext,
  ): Promise<Conflict | null> {
    const id = decodeIdOf("Conflict", globalId);
    return id === undefined ? null : Conflict.load(id, context);
  }

  @Authorized()
  @Query(() => ConflictConnection, {
    nullable: true,
    description: "Edits whose records have changed in QuickBooks too, the latest found first.",
  })
  async conflicts(
    @Arg("connectionId", () => ID, { nullable: true, description: "Of this connection only." })
    connectionId: string | null,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("filter", () => ConflictFilter, { nullable: true, description: "All of its conditions hold." })
    filter: ConflictFilter | null,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<Conflict> | null> {
    const scope = await connectionScope(connectionId, context);
    return scope === null ? null : listConflicts(context, page, { ...scope, ...conditionsOf(filter) });
  }
}
