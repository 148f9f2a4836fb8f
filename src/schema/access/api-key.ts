import { Ctx, Field, ObjectType } from "type-graphql";
import { mayManageAccess } from "../../access/actor.js";
import type { ShownApiKey } from "../../access/api-keys.js";
import { DateTime } from "../../foundation/scalars.js";
import { ConnectedCompany } from "../connected-company.js";
import { actorOf, type GatewayContext } from "../context.js";
import { Role } from "../enums.js";
import { encodeId, Node } from "../relay.js";
import { Member } from "../viewer.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A program's way in. The key itself is shown once, when it is made.",
})
export class ApiKey {
  readonly __typename = "ApiKey";

  constructor(private readonly row: ShownApiKey) {}

  /** For those who manage keys; nobody else finds one. */
  static async load(id: string, context: GatewayContext): Promise<ApiKey | null> {
    const row = mayManageAccess(actorOf(context)) ? await context.loaders.apiKey.load(id) : undefined;
    return row === undefined ? null : new ApiKey(row);
  }

  get id() {
    return encodeId("ApiKey", this.row.id);
  }

  @Field(() => String, { description: "What it is called, such as the program that has it." })
  get name() {
    return this.row.name;
  }

  @Field(() => String, { description: "How it begins, to tell keys apart." })
  get start() {
    return this.row.start;
  }

  @Field(() => Role, { description: "What it may do, as long as the member who made it may do as much." })
  get role() {
    return this.row.role;
  }

  @Field(() => [ConnectedCompany], {
    nullable: true,
    description: "The companies it sees and touches; null where these are all, those to come as well.",
  })
  async connections(@Ctx() { loaders }: GatewayContext): Promise<readonly ConnectedCompany[] | null> {
    if (this.row.connectionIds.length === 0) return null;
    const rows = await Promise.all(this.row.connectionIds.map((id) => loaders.connection.load(id)));
    return rows.flatMap((row) => (row === undefined ? [] : [new ConnectedCompany(row)]));
  }

  @Field(() => Member, { nullable: true, description: "Who made it; null where an operator of the gateway did." })
  async createdBy(@Ctx() { loaders }: GatewayContext): Promise<Member | null> {
    const row = this.row.createdById === null ? undefined : await loaders.member.load(this.row.createdById);
    return row === undefined ? null : new Member(row);
  }

  @Field(() => DateTime, { description: "When it was made." })
  get createdAt() {
    return this.row.createdAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When it ends; null where it does not." })
  get expiresAt() {
    return this.row.expiresAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When it was revoked." })
  get revokedAt() {
    return this.row.revokedAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When it was last used, to the minute." })
  get lastUsedAt() {
    return this.row.lastUsedAt;
  }
}
