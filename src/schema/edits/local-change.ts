import type { GraphQLResolveInfo } from "graphql";
import { Ctx, Field, FieldResolver, Info, Int, ObjectType, Resolver, Root } from "type-graphql";
import { DateTime } from "../../foundation/scalars.js";
import type { LocalChange as ChangeRow } from "../../sync/local-changes/local-change.js";
import { Actor, notedActor } from "../actor.js";
import { ConnectedCompany } from "../connected-company.js";
import type { GatewayContext } from "../context.js";
import { EntityName } from "../entity-name.js";
import type { RecordBatches } from "../mirror/batches.js";
import { type MirroredObject, MirroredRecord } from "../mirror/record.js";
import { connectionType, encodeId, Node } from "../relay.js";
import { LocalChangeStatus, WriteOperation } from "./enums.js";
import { FieldChange, fieldChange } from "./field-value.js";
import { inOrder } from "./paths.js";
import type { ValueOwner } from "./shown-value.js";

@ObjectType({ simpleResolvers: true, description: "Why QuickBooks refused an edit, or why its fate is not known." })
class WriteError {
  @Field(() => String, { description: "QuickBooks' code of the error, or the gateway's own." })
  readonly code!: string;

  @Field(() => String, { description: "What is wrong, as QuickBooks says it." })
  readonly message!: string;

  @Field(() => String, { nullable: true, description: "What Intuit's support asks for." })
  readonly intuitTid!: string | null;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "An edit that was made here, and what has become of it.",
})
export class LocalChange {
  readonly __typename = "LocalChange";

  constructor(readonly row: ChangeRow) {}

  get id() {
    return encodeId("LocalChange", this.row.id);
  }

  @Field(() => ConnectedCompany, { description: "The company whose record is edited." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => EntityName, { description: "The record's entity." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => WriteOperation, { description: "What is asked of QuickBooks." })
  get operation() {
    return this.row.operation;
  }

  @Field(() => LocalChangeStatus, { description: "What has become of it." })
  get status() {
    return this.row.status;
  }

  @Field(() => [FieldChange], { description: "What it changes; of what ends or restores a record, its state." })
  fields(@Ctx() { services }: GatewayContext): readonly FieldChange[] {
    const owner = ownerOf(this.row, services);
    return inOrder(owner.plugin, Object.keys(this.row.edits)).flatMap((path) => {
      const edit = this.row.edits[path];
      return edit === undefined ? [] : [fieldChange(owner, path, edit.base, edit.value)];
    });
  }

  @Field(() => Actor, { nullable: true, description: "Who edited last." })
  get requestedBy() {
    const noted = notedActor.safeParse(this.row.requestedBy);
    return noted.success ? new Actor(noted.data) : null;
  }

  @Field(() => DateTime, { description: "When the edit was made first." })
  get createdAt() {
    return this.row.createdAt;
  }

  @Field(() => DateTime, { description: "When its status or its fields last changed." })
  get updatedAt() {
    return this.row.updatedAt;
  }

  @Field(() => Int, { description: "How often it was tried to send it." })
  get attempts() {
    return this.row.attempts;
  }

  @Field(() => WriteError, { nullable: true, description: "What the last attempt met." })
  get error() {
    const { errorCode: code, errorMessage, errorIntuitTid: intuitTid } = this.row;
    return code === null ? null : { code, message: errorMessage ?? "", intuitTid };
  }
}

export const LocalChangeConnection = connectionType("LocalChange", () => LocalChange);

/** Whose values a local change holds. */
export function ownerOf(
  { entity, connectionId, epoch, recordId }: Pick<ChangeRow, "entity" | "connectionId" | "epoch" | "recordId">,
  { plugins }: Pick<GatewayContext["services"], "plugins">,
): ValueOwner {
  const plugin = plugins.find(({ name }) => name === entity);
  if (plugin === undefined) throw new Error(`A local change is of ${entity}, which no plugin mirrors any more.`);
  return { plugin, connectionId, epoch, recordId };
}

/** The record of a local change is read as the operation selects it. */
export function localChangeResolver(records: RecordBatches): Function {
  @Resolver(() => LocalChange)
  class LocalChangeResolver {
    @FieldResolver(() => MirroredRecord, {
      nullable: true,
      description:
        "The record as the mirror has it; of a new one, what it will look like. Null once its data are gone.",
    })
    record(
      @Root() { row }: LocalChange,
      @Ctx() context: GatewayContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<MirroredObject | null> {
      return records.load(row.entity, row.recordId, context, info);
    }
  }
  return LocalChangeResolver;
}
