import { Ctx, Field, Int, ObjectType } from "type-graphql";
import { DateTime } from "../../foundation/scalars.js";
import type { Conflict as ConflictRow } from "../../generated/prisma/client.js";
import { Actor, notedActor } from "../actor.js";
import { ConnectedCompany } from "../connected-company.js";
import type { GatewayContext } from "../context.js";
import { LocalChange, ownerOf } from "../edits/local-change.js";
import { EntityName } from "../entity-name.js";
import { connectionType, encodeId, Node } from "../relay.js";
import { Member } from "../viewer.js";
import { ConflictKind, ConflictStatus } from "./enums.js";
import { ConflictField, conflictFields } from "./field.js";
import { ConflictResolution, resolutionOf } from "./resolution.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "An edit made here whose record has changed in QuickBooks too: it is held back until somebody decides.",
})
export class Conflict {
  readonly __typename = "Conflict";

  constructor(readonly row: ConflictRow) {}

  /** The conflict with this of our ids, as it is now. */
  static async load(id: string, { loaders }: Pick<GatewayContext, "loaders">): Promise<Conflict | null> {
    const row = await loaders.conflict.load(id);
    return row === undefined ? null : new Conflict(row);
  }

  get id() {
    return encodeId("Conflict", this.row.id);
  }

  @Field(() => Int, { description: "Counts changes of what it is about: a resolution names the one it was made on." })
  get version() {
    return this.row.version;
  }

  @Field(() => ConflictKind, { description: "What happened in QuickBooks while the edit waited here." })
  get kind() {
    return this.row.kind;
  }

  @Field(() => ConnectedCompany, { description: "The company whose record it is about." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => EntityName, { description: "The record's entity." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => LocalChange, { description: "The edit that it holds back." })
  async localChange(@Ctx() { loaders }: GatewayContext): Promise<LocalChange> {
    const row = await loaders.localChange.load(this.row.localChangeId);
    if (row === undefined) throw new Error(`The edit of conflict ${this.row.id} is not there.`);
    return new LocalChange(row);
  }

  @Field(() => ConflictStatus, { description: "How it stands." })
  get status() {
    return this.row.status;
  }

  @Field(() => [ConflictField], { description: "About which fields the two sides disagree." })
  fields(@Ctx() { services }: GatewayContext): readonly ConflictField[] {
    return conflictFields(this.row.kind, this.row.fields, ownerOf(this.row, services));
  }

  @Field(() => DateTime, { description: "When it was found." })
  get detectedAt() {
    return this.row.detectedAt;
  }

  @Field(() => DateTime, { description: "When anything about it last changed." })
  get updatedAt() {
    return this.row.updatedAt;
  }

  @Field(() => Member, { nullable: true, description: "Who is to decide; null where nobody was named." })
  async assignee(@Ctx() { loaders }: GatewayContext): Promise<Member | null> {
    const row = this.row.assigneeId === null ? undefined : await loaders.member.load(this.row.assigneeId);
    return row === undefined || row.removedAt !== null ? null : new Member(row);
  }

  @Field(() => String, { nullable: true, description: "What people noted about it." })
  get note() {
    return this.row.note;
  }

  @Field(() => ConflictResolution, { nullable: true, description: "How it was decided; null where nobody has." })
  get resolution() {
    return resolutionOf(this.row);
  }

  @Field(() => Actor, { nullable: true, description: "Who decided; null where nobody has." })
  get resolvedBy() {
    const noted = notedActor.safeParse(this.row.resolvedBy);
    return noted.success ? new Actor(noted.data) : null;
  }

  @Field(() => DateTime, { nullable: true, description: "When it was decided; null where nobody has." })
  get resolvedAt() {
    return this.row.resolvedAt;
  }
}

export const ConflictConnection = connectionType("Conflict", () => Conflict);
