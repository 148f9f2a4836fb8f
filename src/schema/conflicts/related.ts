import type { GraphQLResolveInfo } from "graphql";
import { Ctx, FieldResolver, Info, Resolver, Root } from "type-graphql";
import type { GatewayContext } from "../context.js";
import { LocalChange } from "../edits/local-change.js";
import type { RecordBatches } from "../mirror/batches.js";
import { type MirroredObject, MirroredRecord } from "../mirror/record.js";
import { decodeId } from "../relay.js";
import { Conflict } from "./conflict.js";

/** How records, edits and their conflicts lead to each other. */

@Resolver(() => MirroredRecord)
export class RecordConflictResolver {
  @FieldResolver(() => Conflict, {
    nullable: true,
    description: "The open conflict about the record; of several, that of the oldest edit.",
  })
  async openConflict(@Root() { id }: MirroredObject, @Ctx() { loaders }: GatewayContext): Promise<Conflict | null> {
    const record = typeof id === "string" ? decodeId(id) : undefined;
    if (record === undefined) throw new Error("A record was read without the id that its conflict is found by.");
    const row = await loaders.openConflict.load(record.id);
    return row === undefined ? null : new Conflict(row);
  }
}

@Resolver(() => LocalChange)
export class LocalChangeConflictResolver {
  @FieldResolver(() => Conflict, { nullable: true, description: "The latest conflict that it met." })
  async conflict(@Root() { row }: LocalChange, @Ctx() { loaders }: GatewayContext): Promise<Conflict | null> {
    const found = await loaders.conflictOfChange.load(row.id);
    return found === undefined ? null : new Conflict(found);
  }
}

/** The record of a conflict is read as the operation selects it. */
export function conflictRecordResolver(records: RecordBatches): Function {
  @Resolver(() => Conflict)
  class ConflictRecordResolver {
    @FieldResolver(() => MirroredRecord, {
      nullable: true,
      description: "The record as the mirror has it; null once its data are gone.",
    })
    record(
      @Root() { row }: Conflict,
      @Ctx() context: GatewayContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<MirroredObject | null> {
      return records.load(row.entity, row.recordId, context, info);
    }
  }
  return ConflictRecordResolver;
}
