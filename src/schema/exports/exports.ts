import { Arg, Authorized, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { Forbidden } from "../../access/errors.js";
import { mayReadAudit } from "../audit/may-read-audit.js";
import { needConnection } from "../connection-scope.js";
import { actorOf, type GatewayContext } from "../context.js";
import { EntityName } from "../entity-name.js";
import { ExportFormat } from "../enums.js";
import { decodeIdOf } from "../relay.js";
import { type Outcome, orUserErrors, UserError } from "../user-errors.js";
import { DataExport } from "./data-export.js";

type Format = keyof typeof ExportFormat;

@InputType({ description: "Asks for a copy of a company's mirror." })
class ExportDataInput {
  @Field(() => ID, { description: "Whose mirror." })
  readonly connectionId!: string;

  @Field(() => [EntityName], { nullable: true, description: "Only these; without it, all." })
  readonly entities?: readonly string[] | null;

  @Field(() => ExportFormat, { description: "How the files are written." })
  readonly format!: Format;
}

@InputType({ description: "Asks for a copy of the organization's audit." })
class ExportAuditInput {
  @Field(() => ExportFormat, { description: "How the file is written." })
  readonly format!: Format;
}

/** The payload of either mutation. Nothing leads to it, so it is not in the schema itself. */
@ObjectType({ simpleResolvers: true, description: "An export." })
class Exported {
  @Field(() => DataExport, { nullable: true, description: "The export: its files are fetched by their paths." })
  readonly export!: DataExport | null;

  @Field(() => [UserError], { description: "What you can mend." })
  readonly userErrors!: readonly UserError[];
}

@ObjectType({ simpleResolvers: true, description: "The export of a mirror." })
class ExportDataPayload extends Exported {}

@ObjectType({ simpleResolvers: true, description: "The export of the audit." })
class ExportAuditPayload extends Exported {}

@Resolver()
export class ExportsResolver {
  @Authorized("ADMIN")
  @Query(() => DataExport, {
    nullable: true,
    description: "An export by its id, as an ADMIN sees it; null where there is none, or it has ended.",
  })
  async dataExport(
    @Arg("id", () => ID, { description: "The global id." }) globalId: string,
    @Ctx() context: GatewayContext,
  ): Promise<DataExport | null> {
    const id = decodeIdOf("DataExport", globalId);
    return id === undefined ? null : DataExport.load(id, context);
  }

  @Authorized("ADMIN")
  @Mutation(() => ExportDataPayload, {
    nullable: true,
    description:
      "Lets the records of a company's mirror be fetched as files for seven days. Each fetch is in the audit.",
  })
  exportData(
    @Arg("input", () => ExportDataInput) { connectionId, entities, format }: ExportDataInput,
    @Ctx() context: GatewayContext,
  ): Promise<Exported> {
    return orUserErrors<Outcome<Exported>>({ export: null }, async () => {
      const { id } = await needConnection(connectionId, context);
      const order = { connectionId: id, format, ...(entities && { entities }) };
      return { export: new DataExport(await context.services.exports.create(actorOf(context), order)) };
    });
  }

  @Authorized("ADMIN")
  @Mutation(() => ExportAuditPayload, {
    nullable: true,
    description: "Lets the organization's audit be fetched as a file for seven days. Each fetch is in the audit.",
  })
  exportAudit(
    @Arg("input", () => ExportAuditInput) { format }: ExportAuditInput,
    @Ctx() context: GatewayContext,
  ): Promise<Exported> {
    if (!mayReadAudit(context)) {
      throw new Forbidden("The audit tells of all connections, and this API key is limited to some. Use another.");
    }
    return orUserErrors<Outcome<Exported>>({ export: null }, async () => {
      return { export: new DataExport(await context.services.exports.create(actorOf(context), { format })) };
    });
  }
}
