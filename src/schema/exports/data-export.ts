import { Ctx, Field, ObjectType } from "type-graphql";
import { DateTime } from "../../foundation/scalars.js";
import type { DataExport as ExportRow } from "../../sync/export/exports.js";
import { Actor, notedActor } from "../actor.js";
import { ConnectedCompany } from "../connected-company.js";
import { actorOf, type GatewayContext } from "../context.js";
import { EntityName } from "../entity-name.js";
import { ExportFormat } from "../enums.js";
import { encodeId, Node } from "../relay.js";

@ObjectType({ simpleResolvers: true, description: "A file of an export." })
class DataExportFile {
  @Field(() => String, { description: "What to call it when it is kept." })
  readonly name!: string;

  @Field(() => String, {
    description:
      "Where it is fetched, on this gateway: GET with the token of an ADMIN of the organization, as for this API. It is made while it is fetched.",
  })
  readonly path!: string;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "What an ADMIN asked to have exported. Each of its files is of the instant at which it is fetched.",
})
export class DataExport {
  readonly __typename = "DataExport";

  constructor(private readonly row: ExportRow) {}

  /** Null where there is none, it has ended, or it is not for the caller. */
  static async load(id: string, context: GatewayContext): Promise<DataExport | null> {
    const row = await context.services.exports.find(actorOf(context), id);
    return row === undefined ? null : new DataExport(row);
  }

  get id() {
    return encodeId("DataExport", this.row.id);
  }

  @Field(() => ConnectedCompany, { nullable: true, description: "Whose mirror; null for the organization's audit." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> | null {
    return this.row.connectionId === null ? null : ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => [EntityName], { description: "Which records of it." })
  get entities() {
    return this.row.entities;
  }

  @Field(() => ExportFormat, { description: "How its files are written." })
  get format() {
    return this.row.format;
  }

  @Field(() => [DataExportFile], { description: "Its files." })
  files(@Ctx() context: GatewayContext): readonly DataExportFile[] {
    const path = `/exports/${this.id}`;
    return context.services.exports.filesOf(actorOf(context), this.row).map(({ name, downloadName }) => {
      return { name: downloadName, path: name === undefined ? path : `${path}/${name}` };
    });
  }

  @Field(() => Actor, { description: "Who asked for it." })
  get requestedBy() {
    return new Actor(notedActor.parse(this.row.requestedBy));
  }

  @Field(() => DateTime, { description: "When it was asked for." })
  get createdAt() {
    return this.row.createdAt;
  }

  @Field(() => DateTime, { description: "Until when its files can be fetched." })
  get expiresAt() {
    return this.row.expiresAt;
  }
}
