import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Role as RoleName } from "../../access/actor.js";
import type { Member as MemberRow } from "../../generated/prisma/client.js";
import type { Need } from "../authorization.js";
import { actorOf, type GatewayContext } from "../context.js";
import { Role } from "../enums.js";
import { decodeIdOf } from "../relay.js";
import { notFoundError, type Outcome, orUserErrors, UserError, UserMistake } from "../user-errors.js";
import { Member } from "../viewer.js";

@InputType({ description: "Adds a person, or takes back one who was removed." })
class AddMemberInput {
  @Field(() => String, { description: "The subject (`sub`) of the tokens they bring." })
  readonly subject!: string;

  @Field(() => Role, { description: "What they may do, unless their token says less." })
  readonly role!: RoleName;

  @Field(() => String, { nullable: true, description: "What to call them." })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: "Where to write to them." })
  readonly email?: string | null;
}

@InputType({ description: "Gives a person another role." })
class SetMemberRoleInput {
  @Field(() => ID, { description: "The Member." })
  readonly memberId!: string;

  @Field(() => Role, { description: "What they may do from now on, unless their token says less." })
  readonly role!: RoleName;
}

@InputType({ description: "Removes a person." })
class RemoveMemberInput {
  @Field(() => ID, { description: "The Member." })
  readonly memberId!: string;
}

/** The payload type of a mutation about one member. */
function memberPayload(name: string, description: string) {
  @ObjectType(name, { simpleResolvers: true, description })
  class MemberPayload {
    @Field(() => Member, { nullable: true, description: "The person." })
    readonly member!: Member | null;

    @Field(() => [UserError], { description: "What you can mend." })
    readonly userErrors!: readonly UserError[];
  }
  return MemberPayload;
}

const AddMemberPayload = memberPayload("AddMemberPayload", "The person who was added.");
const SetMemberRolePayload = memberPayload("SetMemberRolePayload", "The person with the new role.");
const RemoveMemberPayload = memberPayload("RemoveMemberPayload", "The person who was removed.");
type MemberPayload = InstanceType<typeof AddMemberPayload>;

@Resolver()
export class MembersResolver {
  @Authorized<Need>("ADMIN", "PERSON")
  @Mutation(() => AddMemberPayload, {
    nullable: true,
    description: "Adds a person to your organization, or takes back one who was removed.",
  })
  addMember(
    @Arg("input", () => AddMemberInput) { subject, role, name, email }: AddMemberInput,
    @Ctx() context: GatewayContext,
  ): Promise<MemberPayload> {
    const actor = actorOf(context);
    const member = { subject, role, name: name ?? undefined, email: email ?? undefined };
    return onMember(() => context.services.organizations.addMember(actor, actor.organizationId, member));
  }

  @Authorized<Need>("ADMIN", "PERSON")
  @Mutation(() => SetMemberRolePayload, {
    nullable: true,
    description: "Gives a person another role, at once: also to the keys they made, and on open sockets.",
  })
  setMemberRole(
    @Arg("input", () => SetMemberRoleInput) { memberId, role }: SetMemberRoleInput,
    @Ctx() context: GatewayContext,
  ): Promise<MemberPayload> {
    const actor = actorOf(context);
    return onMember(() =>
      context.services.organizations.setRole(actor, actor.organizationId, needMember(memberId), role),
    );
  }

  @Authorized<Need>("ADMIN", "PERSON")
  @Mutation(() => RemoveMemberPayload, {
    nullable: true,
    description:
      "Removes a person at once: their tokens are refused, their open sockets closed, the keys they made revoked.",
  })
  removeMember(
    @Arg("input", () => RemoveMemberInput) { memberId }: RemoveMemberInput,
    @Ctx() context: GatewayContext,
  ): Promise<MemberPayload> {
    const actor = actorOf(context);
    return onMember(() =>
      context.services.organizations.removeMember(actor, actor.organizationId, needMember(memberId)),
    );
  }
}

function onMember(work: () => Promise<MemberRow>): Promise<MemberPayload> {
  return orUserErrors<Outcome<MemberPayload>>({ member: null }, async () => ({ member: new Member(await work()) }));
}

function needMember(globalId: string): string {
  const id = decodeIdOf("Member", globalId);
  if (id === undefined) throw new UserMistake(notFoundError("memberId"));
  return id;
}
