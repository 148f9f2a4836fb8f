import { Field, ID, ObjectType } from "type-graphql";
import { DateTime, JSON } from "../../foundation/scalars.js";
import type { AuditEntry as EntryRow } from "../../generated/prisma/client.js";
import { Actor, notedActor } from "../actor.js";
import { connectionType, encodeId, Node } from "../relay.js";
import type { GatewayContext } from "../context.js";
import { mayReadAudit } from "./may-read-audit.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "Something that was done, by whom, to what. Nothing changes it or removes it afterwards, but that an erasure empties its values.",
})
export class AuditEntry {
  readonly __typename = "AuditEntry";

  constructor(private readonly row: EntryRow) {}

  /** Null where there is none, or it is not for the caller. */
  static async load(id: string, context: GatewayContext): Promise<AuditEntry | null> {
    const row = mayReadAudit(context) ? await context.loaders.auditEntry.load(id) : undefined;
    return row === undefined ? null : new AuditEntry(row);
  }

  get id() {
    return encodeId("AuditEntry", this.row.id);
  }

  @Field(() => DateTime, { description: "When it was done." })
  get at() {
    return this.row.at;
  }

  @Field(() => Actor, { description: "Who did it, as they were called then." })
  get actor() {
    const { actorKind: kind, actorName: name } = this.row;
    return new Actor(notedActor.parse({ kind, name }));
  }

  @Field(() => ID, { nullable: true, description: "The member's or API key's id; null for the gateway itself." })
  get actorId() {
    const { actorKind, actorId } = this.row;
    return actorId === null ? null : encodeId(actorKind === "API_KEY" ? "ApiKey" : "Member", actorId);
  }

  @Field(() => String, { description: "What was done, such as `member.add` or `localChange.push`." })
  get action() {
    return this.row.action;
  }

  @Field(() => String, { description: "The type of what it was done to." })
  get subjectType() {
    return this.row.subjectType;
  }

  @Field(() => DateTime, {
    nullable: true,
    description: "When `before` and `after` were emptied, because what they told of was erased.",
  })
  get erasedAt() {
    return this.row.erasedAt;
  }

  @Field(() => ID, { nullable: true, description: "The id of what it was done to; null where that was many at once." })
  get subjectId() {
    const { subjectType, subjectId } = this.row;
    return subjectId === null ? null : encodeId(subjectType, subjectId);
  }

  @Field(() => JSON, { nullable: true, description: "What was there before, as far as it was changed." })
  get before() {
    return this.row.before;
  }

  @Field(() => JSON, { nullable: true, description: "What was there afterwards, or what was asked for." })
  get after() {
    return this.row.after;
  }

  @Field(() => String, {
    nullable: true,
    description: "Intuit's transaction id, where it was done by asking Intuit; their support asks for it.",
  })
  get intuitTid() {
    return this.row.intuitTid;
  }

  @Field(() => String, { nullable: true, description: "The request it came with, as the log names it." })
  get requestId() {
    return this.row.requestId;
  }
}

export const AuditEntryConnection = connectionType("AuditEntry", () => AuditEntry);
