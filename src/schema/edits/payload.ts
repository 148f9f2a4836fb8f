import type { GraphQLResolveInfo } from "graphql";
import { type ClassType, Ctx, Field, Info, ObjectType } from "type-graphql";
import { maySeePayloads } from "../../access/payloads.js";
import { JSONObject } from "../../foundation/scalars.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { EditOutcome } from "../../sync/local-changes/edits.js";
import { actorOf, type GatewayContext } from "../context.js";
import type { RecordBatches } from "../mirror/batches.js";
import type { MirroredObject } from "../mirror/record.js";
import { UserError } from "../user-errors.js";
import { WriteOperation } from "./enums.js";
import { FieldChange, fieldChange } from "./field-value.js";
import { LocalChange } from "./local-change.js";
import type { ValueOwner } from "./shown-value.js";

@ObjectType({ simpleResolvers: true, description: "What an edit does, and what QuickBooks will be asked." })
export class EditPreview {
  constructor(
    private readonly owner: ValueOwner,
    private readonly shown: EditOutcome["preview"],
  ) {}

  @Field(() => WriteOperation, { description: "What is asked of QuickBooks." })
  get operation() {
    return this.shown.operation;
  }

  @Field(() => [FieldChange], { description: "What changes." })
  get fields(): readonly FieldChange[] {
    return this.shown.fields.map(({ path, before, after }) => fieldChange(this.owner, path, before, after));
  }

  @Field(() => JSONObject, {
    nullable: true,
    description:
      "The request, by what is known now: `parameters` of its address and its `body`. For OPERATOR and above.",
  })
  request(@Ctx() context: GatewayContext) {
    return maySeePayloads(actorOf(context)) ? this.shown.request : null;
  }
}

/** What an edit came to. */
export interface Edited {
  readonly outcome: (EditOutcome & { readonly owner: ValueOwner }) | null;
  readonly userErrors: readonly UserError[];
}

/** The payload type of a mutation that edits records of this entity. */
export function editPayload(
  name: string,
  {
    plugin,
    type,
    records,
  }: { readonly plugin: EntityPlugin; readonly type: ClassType; readonly records: RecordBatches },
): ClassType {
  @ObjectType(`${name}Payload`, { simpleResolvers: true, description: "The edit that was made." })
  class EditPayload {
    readonly outcome!: Edited["outcome"];

    @Field(() => type, {
      nullable: true,
      description:
        "The record as the mirror has it: with the edit once QuickBooks has taken it. A new one is there at once.",
    })
    async record(@Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<MirroredObject | null> {
      const { recordId } = this.outcome ?? { recordId: null };
      return recordId === null ? null : records.load(plugin.name, recordId, context, info);
    }

    @Field(() => LocalChange, {
      nullable: true,
      description: "The local change that holds the edit; null where nothing changes, and in a dry run.",
    })
    async localChange(@Ctx() { loaders }: GatewayContext): Promise<LocalChange | null> {
      const { localChangeId } = this.outcome ?? { localChangeId: null };
      const row = localChangeId === null ? undefined : await loaders.localChange.load(localChangeId);
      return row === undefined ? null : new LocalChange(row);
    }

    @Field(() => EditPreview, { nullable: true, description: "What the edit does." })
    preview(): EditPreview | null {
      return this.outcome && new EditPreview(this.outcome.owner, this.outcome.preview);
    }

    @Field(() => [UserError], { description: "What you can mend." })
    readonly userErrors!: readonly UserError[];
  }
  return EditPayload;
}
