import { Ctx, Field, ID, Int, ObjectType } from "type-graphql";
import { maySeePayloads } from "../../access/payloads.js";
import { parseExact } from "../../foundation/json.js";
import { DateTime, JSONObject } from "../../foundation/scalars.js";
import { actorOf, type GatewayContext } from "../context.js";
import { EntityName } from "../entity-name.js";
import { RecordState } from "../mirror/leaves.js";
import { connectionType, encodeId, Node } from "../relay.js";
import type { VersionRow } from "./versions.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "What a record was before its content changed. Its list as of an instant (`asOf`) shows it with all its fields.",
})
export class RecordVersion {
  readonly __typename = "RecordVersion";

  constructor(private readonly row: VersionRow) {}

  get id() {
    return encodeId("RecordVersion", this.row.id);
  }

  @Field(() => EntityName, { description: "What kind of record it is of." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => ID, { description: "The record's global id: `node` and `nodes` give it as it is now." })
  get recordId() {
    return encodeId(this.row.entity, this.row.recordId);
  }

  @Field(() => Int, { description: "The record's `version` then." })
  get version() {
    return this.row.version;
  }

  @Field(() => RecordState, { description: "The record's state then." })
  get state() {
    return this.row.state;
  }

  @Field(() => DateTime, { description: "From when on it was so in the mirror." })
  get validFrom() {
    return this.row.validFrom;
  }

  @Field(() => DateTime, { description: "When the next version came." })
  get validTo() {
    return this.row.validTo;
  }

  @Field(() => JSONObject, {
    nullable: true,
    description: "The record exactly as QuickBooks had sent it. For OPERATOR and above.",
  })
  async raw(@Ctx() context: GatewayContext): Promise<unknown> {
    if (!maySeePayloads(actorOf(context))) return null;
    const payload = await context.loaders.versionPayload.load(this.row.id);
    return payload === undefined ? null : parseExact(payload.raw);
  }
}

export const RecordVersionConnection = connectionType("RecordVersion", () => RecordVersion);
