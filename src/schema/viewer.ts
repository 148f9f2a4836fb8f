import { Authorized, Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import type { Actor } from "../access/actor.js";
import { atLeast } from "../access/actor.js";
import { Forbidden } from "../access/errors.js";
import { DateTime } from "../foundation/scalars.js";
import type { Member as MemberRow, Organization as OrganizationRow } from "../generated/prisma/client.js";
import { Budget } from "./budget.js";
import { actorOf, type GatewayContext } from "./context.js";
import { ActorKind, Role } from "./enums.js";
import { encodeId, Node } from "./relay.js";

@ObjectType({ implements: Node, simpleResolvers: true, description: "A person of the organization." })
export class Member {
  readonly __typename = "Member";

  constructor(private readonly row: MemberRow) {}

  get id() {
    return encodeId("Member", this.row.id);
  }

  @Field(() => String, { nullable: true, description: "What they are called." })
  get name() {
    return this.row.name;
  }

  @Field(() => String, { nullable: true, description: "Where to write to them; for ADMIN and themselves." })
  email(@Ctx() context: GatewayContext): string | null {
    return this.isKnownTo(actorOf(context)) ? this.row.email : null;
  }

  @Field(() => String, {
    nullable: true,
    description: "The subject of the tokens they bring; for ADMIN and themselves.",
  })
  subject(@Ctx() context: GatewayContext): string | null {
    return this.isKnownTo(actorOf(context)) ? this.row.subject : null;
  }

  @Field(() => Role, { description: "What they may do, unless their token says less." })
  get role() {
    return this.row.role;
  }

  @Field(() => DateTime, { description: "Since when they belong to it." })
  get createdAt() {
    return this.row.createdAt;
  }

  /** Everybody sees who has a conflict in hand, but not how they are reached, nor by what they are known. */
  private isKnownTo(actor: Actor): boolean {
    return atLeast(actor, "ADMIN") || actor.id === this.row.id;
  }
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A tenant: nothing crosses between organizations.",
})
export class Organization {
  readonly __typename = "Organization";

  constructor(private readonly row: OrganizationRow) {}

  /** The caller's own. */
  static async of(context: GatewayContext): Promise<Organization> {
    const { organization } = context.services.database.prisma;
    return new Organization(await organization.findUniqueOrThrow({ where: { id: actorOf(context).organizationId } }));
  }

  get id() {
    return encodeId("Organization", this.row.id);
  }

  @Field(() => String, { description: "What it is called." })
  get name() {
    return this.row.name;
  }

  @Field(() => [Member], { nullable: true, description: "Its people, the longest-standing first; for ADMIN." })
  async members(@Ctx() context: GatewayContext): Promise<readonly Member[] | null> {
    if (!atLeast(actorOf(context), "ADMIN")) throw new Forbidden("Only an ADMIN sees the members.");
    const rows = await context.services.database.prisma.member.findMany({
      where: { organizationId: this.row.id, removedAt: null },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    });
    return rows.map((row) => new Member(row));
  }
}

@ObjectType({ simpleResolvers: true, description: "Who asks." })
class Viewer {
  constructor(private readonly actor: Actor) {}

  @Field(() => ActorKind, { description: "A person or a program." })
  get kind() {
    return this.actor.kind;
  }

  @Field(() => String, { description: "What they are called." })
  get name() {
    return this.actor.name;
  }

  @Field(() => Role, { description: "What this token may do: the lower of the member's role and the token's." })
  get role() {
    return this.actor.role;
  }

  @Field(() => Organization, { description: "Whose data they see." })
  organization(@Ctx() context: GatewayContext): Promise<Organization> {
    return Organization.of(context);
  }

  @Field(() => [Budget], { description: "What they may still ask for, and what their organization may." })
  budgets(@Ctx() { services }: GatewayContext): readonly Budget[] {
    return services.budgets.of(this.actor).map((budget) => new Budget(budget));
  }
}

@Resolver()
export class ViewerResolver {
  @Authorized()
  @Query(() => Viewer, { nullable: true, description: "Who asks, and what they may do." })
  viewer(@Ctx() context: GatewayContext): Viewer {
    return new Viewer(actorOf(context));
  }

  @Authorized()
  @Query(() => Organization, { nullable: true, description: "Your organization." })
  organization(@Ctx() context: GatewayContext): Promise<Organization> {
    return Organization.of(context);
  }
}
