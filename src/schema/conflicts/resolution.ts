import type { GraphQLResolveInfo } from "graphql";
import { Ctx, Field, FieldResolver, Info, ObjectType, registerEnumType, Resolver, Root } from "type-graphql";
import { z } from "zod";
import type { Conflict as ConflictRow } from "../../generated/prisma/client.js";
import type { GatewayContext } from "../context.js";
import type { RecordBatches } from "../mirror/batches.js";
import { type MirroredObject, MirroredRecord } from "../mirror/record.js";

const ConflictResolutionKind = { FIELDS: "FIELDS", RECREATE: "RECREATE", DISCARD: "DISCARD" } as const;

registerEnumType(ConflictResolutionKind, {
  name: "ConflictResolutionKind",
  description: "How a conflict was resolved.",
  valuesConfig: {
    FIELDS: { description: "Field by field: see their `choice`." },
    RECREATE: { description: "The record was made anew, with the edit." },
    DISCARD: { description: "The edit was given up." },
  },
});

/** The column `conflicts.resolution`. */
const stored = z.object({ by: z.enum(ConflictResolutionKind), recreatedId: z.string().optional() });

@ObjectType({ simpleResolvers: true, description: "How a conflict was resolved." })
export class ConflictResolution {
  constructor(
    private readonly entity: string,
    private readonly resolution: z.infer<typeof stored>,
  ) {}

  @Field(() => ConflictResolutionKind, { description: "Field by field, or of the whole edit." })
  get kind() {
    return this.resolution.by;
  }

  /** The record that was made anew, where one was. */
  get made(): { readonly entity: string; readonly id: string } | undefined {
    const { recreatedId: id } = this.resolution;
    return id === undefined ? undefined : { entity: this.entity, id };
  }
}

/** Null while nobody has decided. */
export function resolutionOf({ entity, resolution }: ConflictRow): ConflictResolution | null {
  return resolution === null ? null : new ConflictResolution(entity, stored.parse(resolution));
}

/** The record that was made anew is read as the operation selects it. */
export function resolutionResolver(records: RecordBatches): Function {
  @Resolver(() => ConflictResolution)
  class ConflictResolutionResolver {
    @FieldResolver(() => MirroredRecord, {
      nullable: true,
      description: "With RECREATE: the new record, whose creation waits to be sent.",
    })
    async recreated(
      @Root() { made }: ConflictResolution,
      @Ctx() context: GatewayContext,
      @Info() info: GraphQLResolveInfo,
    ): Promise<MirroredObject | null> {
      return made === undefined ? null : records.load(made.entity, made.id, context, info);
    }
  }
  return ConflictResolutionResolver;
}
