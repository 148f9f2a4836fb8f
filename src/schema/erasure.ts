import { Ctx, Field, ID, Int, ObjectType } from "type-graphql";
import { atLeast } from "../access/actor.js";
import { DateTime } from "../foundation/scalars.js";
import type { Erasure as ErasureRow } from "../generated/prisma/client.js";
import { Actor, notedActor } from "./actor.js";
import { ConnectedCompany } from "./connected-company.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { encodeId, Node } from "./relay.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    "Data that was asked to be erased here. What QuickBooks holds is not touched. Ask `node` for it again to see it finish.",
})
export class Erasure {
  readonly __typename = "Erasure";

  constructor(private readonly row: ErasureRow) {}

  /** Null where there is none, or it is not for the caller. */
  static async load(id: string, context: GatewayContext): Promise<Erasure | null> {
    const row = atLeast(actorOf(context), "ADMIN") ? await context.loaders.erasure.load(id) : undefined;
    return row === undefined ? null : new Erasure(row);
  }

  get id() {
    return encodeId("Erasure", this.row.id);
  }

  @Field(() => ConnectedCompany, { description: "The company whose data it is." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => ID, {
    nullable: true,
    description: "The record whose person is erased; null where it is all of the company, or fields of an entity.",
  })
  get recordId() {
    const { entity, recordId } = this.row;
    return entity === null || recordId === null ? null : encodeId(entity, recordId);
  }

  @Field(() => EntityName, { nullable: true, description: "Of which entity; null where it is all of the company." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => [String], { description: "The fields of that entity that the company does without from now on." })
  get fields() {
    return this.row.fields;
  }

  @Field(() => Actor, { description: "Who asked for it." })
  get requestedBy() {
    return new Actor(notedActor.parse(this.row.requestedBy));
  }

  @Field(() => DateTime, { description: "When it was asked for. From then on nothing is written to what is erased." })
  get requestedAt() {
    return this.row.requestedAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When nothing was left of it; null while it goes on." })
  get finishedAt() {
    return this.row.finishedAt;
  }

  @Field(() => Int, { description: "Rows that were removed or emptied so far." })
  get removed() {
    return this.row.removed;
  }
}
