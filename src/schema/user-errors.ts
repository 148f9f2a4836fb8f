import { Field, ObjectType, registerEnumType } from "type-graphql";
import { AccessProblem } from "../access/errors.js";
import { ConnectProblem } from "../quickbooks/connect.js";
import { UserProblem, UserProblems } from "../sync/problems.js";

export const UserErrorCode = {
  NOT_FOUND: "NOT_FOUND",
  INVALID: "INVALID",
  NOT_CONNECTED: "NOT_CONNECTED",
  REAUTHORIZATION_REQUIRED: "REAUTHORIZATION_REQUIRED",
  COMPANY_ALREADY_CONNECTED: "COMPANY_ALREADY_CONNECTED",
  OTHER_COMPANY: "OTHER_COMPANY",
  HANDLE_INVALID: "HANDLE_INVALID",
  ACCESS_DENIED: "ACCESS_DENIED",
  ALREADY_FINISHED: "ALREADY_FINISHED",
  IDEMPOTENCY_KEY_REUSED: "IDEMPOTENCY_KEY_REUSED",
  STALE_VERSION: "STALE_VERSION",
  ALREADY_RESOLVED: "ALREADY_RESOLVED",
  IN_FLIGHT: "IN_FLIGHT",
  NOT_SUPPORTED: "NOT_SUPPORTED",
  ALREADY_MEMBER: "ALREADY_MEMBER",
  LAST_ADMIN: "LAST_ADMIN",
  BEING_ERASED: "BEING_ERASED",
} as const;
export type UserErrorCode = keyof typeof UserErrorCode;

registerEnumType(UserErrorCode, {
  name: "UserErrorCode",
  description: "Why a mutation did nothing, as far as its caller can mend it.",
  valuesConfig: {
    NOT_FOUND: { description: "Nothing in your organization has this id." },
    INVALID: { description: "The value does not fit; the message says what does." },
    NOT_CONNECTED: { description: "The company is disconnected: connect it again." },
    REAUTHORIZATION_REQUIRED: {
      description: "QuickBooks no longer accepts the authorization: connect the company again.",
    },
    COMPANY_ALREADY_CONNECTED: { description: "This company is already connected to this gateway." },
    OTHER_COMPANY: { description: "Consent was given for another company than the one to be reconnected." },
    HANDLE_INVALID: {
      description: "The handle is unknown, used, expired, or was made for somebody else: begin again.",
    },
    ACCESS_DENIED: { description: "Consent was refused in QuickBooks." },
    ALREADY_FINISHED: { description: "It has ended already." },
    IDEMPOTENCY_KEY_REUSED: { description: "The key was used within 24 hours with other input." },
    STALE_VERSION: { description: "What you saw has changed since, as the message says: look again, then decide." },
    ALREADY_RESOLVED: { description: "It has been settled already." },
    IN_FLIGHT: { description: "It is being sent, or its fate is not known yet: nobody can change it now." },
    NOT_SUPPORTED: { description: "Records of this kind, or in this state, cannot be changed so." },
    ALREADY_MEMBER: { description: "They belong to the organization already: give them another role instead." },
    BEING_ERASED: { description: "What was mirrored of it is still being erased: try again in a few minutes." },
    LAST_ADMIN: { description: "The organization would be left without an ADMIN: make another member ADMIN first." },
  },
});

@ObjectType({ simpleResolvers: true, description: "What the caller of a mutation can mend." })
export class UserError {
  @Field(() => [String], {
    nullable: true,
    description: "The path in the input; null where no single field is to blame.",
  })
  readonly field!: readonly string[] | null;

  @Field(() => String, { description: "What is wrong and what to do, in English." })
  readonly message!: string;

  @Field(() => UserErrorCode, { description: "The same for programs." })
  readonly code!: UserErrorCode;
}

export function userError(code: UserErrorCode, message: string, field: string | null = null): UserError {
  return { code, message, field: field === null ? null : ["input", ...field.split(".")] };
}

/** Missing and foreign ids alike. */
export function notFoundError(field: string): UserError {
  return userError("NOT_FOUND", "Nothing in your organization has this id.", field);
}

/** A payload before it is known whether there are user errors. */
export type Outcome<Payload> = Omit<Payload, "userErrors">;

/** What a mutation did, or what its caller can mend. Anything else goes on as an error of the operation. */
export async function orUserErrors<Result extends object>(
  nothing: Result,
  work: () => Promise<Result>,
): Promise<Result & { readonly userErrors: readonly UserError[] }> {
  try {
    return { ...(await work()), userErrors: [] };
  } catch (error) {
    if (error instanceof UserMistake) return { ...nothing, userErrors: [error.userError] };
    if (error instanceof UserProblems) {
      return {
        ...nothing,
        userErrors: error.problems.map(({ code, message, field }) => userError(code, message, field)),
      };
    }
    if (error instanceof UserProblem || error instanceof ConnectProblem || error instanceof AccessProblem) {
      return { ...nothing, userErrors: [userError(error.code, error.message, error.field)] };
    }
    throw error;
  }
}

/** Thrown inside `orUserErrors` for what the schema itself finds wrong with its input. */
export class UserMistake extends Error {
  override readonly name = "UserMistake";

  constructor(readonly userError: UserError) {
    super(userError.message);
  }
}
