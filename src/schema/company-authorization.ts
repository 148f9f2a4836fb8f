import { Field, ObjectType } from "type-graphql";
import { DateTime } from "../foundation/scalars.js";
import { nearEnd, warningOf } from "../quickbooks/authorization-end.js";
import type { Authorization as AuthorizationRow } from "./loaders.js";

@ObjectType({
  simpleResolvers: true,
  description: "How long QuickBooks lets the gateway in. Tokens themselves are never shown.",
})
export class Authorization {
  @Field(() => DateTime, { description: "The access token's end; it is renewed before." })
  readonly accessTokenExpiresAt!: Date;

  @Field(() => DateTime, { description: "When the authorization ends unless it is used before." })
  readonly refreshTokenExpiresAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the authorization ends however it is used, where QuickBooks says so.",
  })
  readonly refreshTokenEndsAt!: Date | null;

  @Field(() => DateTime, { description: "When the tokens were last renewed." })
  readonly lastRefreshedAt!: Date;

  @Field(() => String, { nullable: true, description: "What to do by when; null while no end is near." })
  readonly warning!: string | null;
}

export function showAuthorization(row: AuthorizationRow, now: Date): Authorization {
  const end = nearEnd(row, now);
  return { ...row, lastRefreshedAt: row.refreshedAt, warning: end === undefined ? null : warningOf(end) };
}
