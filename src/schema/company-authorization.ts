import { Field, ObjectType } from "type-graphql";
import { DateTime } from "../foundation/scalars.js";
import type { Connection } from "../generated/prisma/client.js";
import { endedWarning, nearEnd, warningOf } from "../quickbooks/authorization-end.js";
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

  @Field(() => String, { nullable: true, description: "What to do, and by when; null while all is well." })
  readonly warning!: string | null;
}

/** As it is shown beside the status of its connection. */
export function showAuthorization(row: AuthorizationRow, status: Connection["status"], now: Date): Authorization {
  return { ...row, lastRefreshedAt: row.refreshedAt, warning: warningFor(row, status, now) };
}

function warningFor(row: AuthorizationRow, status: Connection["status"], now: Date): string | null {
  if (status === "REAUTHORIZATION_REQUIRED") return endedWarning;
  const end = nearEnd(row, now);
  return end === undefined ? null : warningOf(end);
}
