import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
} from "type-graphql";
import type { Role as RoleName } from "../../access/actor.js";
import { DateTime } from "../../foundation/scalars.js";
import type { Need } from "../authorization.js";
import { findConnection } from "../connection-scope.js";
import { actorOf, type GatewayContext } from "../context.js";
import { Role } from "../enums.js";
import { decodeIdOf } from "../relay.js";
import { notFoundError, type Outcome, orUserErrors, UserError, UserMistake } from "../user-errors.js";
import { Organization } from "../viewer.js";
import { ApiKey } from "./api-key.js";

@InputType({ description: "Makes a key for a program." })
class CreateApiKeyInput {
  @Field(() => String, { description: "What to call it, such as the program that will have it." })
  readonly name!: string;

  @Field(() => Role, { description: "What it may do: at most what you may. No key manages members or keys." })
  readonly role!: RoleName;

  @Field(() => [ID], {
    nullable: true,
    description: "The connected companies that it sees and touches; left out: all, those to come as well.",
  })
  readonly connectionIds?: readonly string[] | null;

  @Field(() => DateTime, { nullable: true, description: "When it ends; left out: when it is revoked." })
  readonly expiresAt?: Date | null;
}

@ObjectType({ simpleResolvers: true, description: "The key that was made." })
class CreateApiKeyPayload {
  @Field(() => ApiKey, { nullable: true, description: "What is known of the key." })
  readonly apiKey!: ApiKey | null;

  @Field(() => String, {
    nullable: true,
    description: "The key itself, for `Authorization: Bearer`. Keep it safe: it is never shown again.",
  })
  readonly key!: string | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@InputType({ description: "Ends a key." })
class RevokeApiKeyInput {
  @Field(() => ID, { description: "The ApiKey." })
  readonly id!: string;
}

@ObjectType({ simpleResolvers: true, description: "The key that was revoked." })
class RevokeApiKeyPayload {
  @Field(() => ApiKey, { nullable: true, description: "The key, which nobody can use any more." })
  readonly apiKey!: ApiKey | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@Resolver(() => Organization)
export class ApiKeysResolver {
  @Authorized<Need>("ADMIN", "PERSON")
  @FieldResolver(() => [ApiKey], {
    nullable: true,
    description: "The keys of its programs that are not revoked, the latest first; for people who are ADMIN.",
  })
  async apiKeys(@Ctx() context: GatewayContext): Promise<readonly ApiKey[]> {
    const rows = await context.services.apiKeys.list(actorOf(context).organizationId);
    return rows.map((row) => new ApiKey(row));
  }

  @Authorized<Need>("ADMIN", "PERSON")
  @Mutation(() => CreateApiKeyPayload, {
    nullable: true,
    description: "Makes a key for a program. It loses its role with yours, and ends when you are removed.",
  })
  createApiKey(
    @Arg("input", () => CreateApiKeyInput) { name, role, connectionIds, expiresAt }: CreateApiKeyInput,
    @Ctx() context: GatewayContext,
  ): Promise<CreateApiKeyPayload> {
    return orUserErrors<Outcome<CreateApiKeyPayload>>({ apiKey: null, key: null }, async () => {
      const actor = actorOf(context);
      const limit = Array.isArray(connectionIds) ? { connectionIds: await ownIds(connectionIds, context) } : {};
      const made = await context.services.apiKeys.create(actor, actor.organizationId, {
        name,
        role,
        ...limit,
        ...(expiresAt instanceof Date && { expiresAt }),
      });
      return { apiKey: new ApiKey(made.apiKey), key: made.key };
    });
  }

  @Authorized<Need>("ADMIN", "PERSON")
  @Mutation(() => RevokeApiKeyPayload, {
    nullable: true,
    description: "Ends a key at once: requests with it are refused, and its open sockets are closed.",
  })
  revokeApiKey(
    @Arg("input", () => RevokeApiKeyInput) { id: globalId }: RevokeApiKeyInput,
    @Ctx() context: GatewayContext,
  ): Promise<RevokeApiKeyPayload> {
    return orUserErrors<Outcome<RevokeApiKeyPayload>>({ apiKey: null }, async () => {
      const id = decodeIdOf("ApiKey", globalId);
      if (id === undefined) throw new UserMistake(notFoundError("id"));
      const actor = actorOf(context);
      return { apiKey: new ApiKey(await context.services.apiKeys.revoke(actor, actor.organizationId, id)) };
    });
  }
}

async function ownIds(globalIds: readonly string[], context: GatewayContext): Promise<readonly string[]> {
  const connections = await Promise.all(globalIds.map((globalId) => findConnection(globalId, context)));
  return connections.map((connection) => {
    if (connection === undefined) throw new UserMistake(notFoundError("connectionIds"));
    return connection.id;
  });
}
