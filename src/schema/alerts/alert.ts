import { Ctx, Field, ObjectType } from "type-graphql";
import { DateTime } from "../../foundation/scalars.js";
import type { Alert as AlertRow } from "../../generated/prisma/client.js";
import { ConnectedCompany } from "../connected-company.js";
import type { GatewayContext } from "../context.js";
import { AlertKind, AlertStatus } from "../enums.js";
import { encodeId, Node } from "../relay.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "Something that wants a person's attention. Of a kind and a company one is open at most.",
})
export class Alert {
  readonly __typename = "Alert";

  constructor(private readonly row: AlertRow) {}

  /** null where there is none, or none that the caller reaches (I10). */
  static async load(id: string, { loaders }: GatewayContext): Promise<Alert | null> {
    const row = await loaders.alert.load(id);
    return row === undefined ? null : new Alert(row);
  }

  get id() {
    return encodeId("Alert", this.row.id);
  }

  @Field(() => ConnectedCompany, {
    nullable: true,
    description: "The company it is about; null where it is about the whole deployment.",
  })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> | null {
    return this.row.connectionId === null ? null : ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => AlertKind, { description: "What it is about." })
  get kind() {
    return this.row.kind;
  }

  @Field(() => AlertStatus, { description: "Whether its cause is there." })
  get status() {
    return this.row.status;
  }

  @Field(() => String, { description: "What was seen when it was opened, and what to do about it." })
  get message() {
    return this.row.message;
  }

  @Field(() => DateTime, { description: "When its cause was seen first." })
  get openedAt() {
    return this.row.openedAt;
  }

  @Field(() => DateTime, { nullable: true, description: "When its cause was gone; null while it is there." })
  get recoveredAt() {
    return this.row.recoveredAt;
  }
}
