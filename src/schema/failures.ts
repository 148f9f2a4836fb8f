import { Arg, Args, Authorized, Ctx, Field, ID, InputType, Int, ObjectType, Query, Resolver } from "type-graphql";
import { maySeePayloads } from "../access/payloads.js";
import { DateTime } from "../foundation/scalars.js";
import type { Prisma, RecordFailure as FailureRow } from "../generated/prisma/client.js";
import { ConnectedCompany } from "./connected-company.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { connectionScope } from "./connection-scope.js";
import { FailureStatus } from "./enums.js";
import { matching, type OneOf, oneOf, pageByInstant } from "./lists.js";
import { type Connection, connectionType, encodeId, ForwardPage, Node } from "./relay.js";
import { SyncRun } from "./sync-run.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A record, or a window of records, that could not be taken in. Every run tries it again.",
})
export class RecordFailure {
  readonly __typename = "RecordFailure";

  constructor(private readonly row: FailureRow) {}

  get id() {
    return encodeId("RecordFailure", this.row.id);
  }

  @Field(() => ConnectedCompany, { description: "Where the record lives." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.row.connectionId, context);
  }

  @Field(() => EntityName, { description: "The record's entity." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => String, { nullable: true, description: "The record's id in QuickBooks; null where none could be read." })
  get quickbooksId() {
    return this.row.quickbooksId;
  }

  @Field(() => String, { nullable: true, description: "Where it was met, when no id can be had." })
  get place() {
    return this.row.place;
  }

  @Field(() => String, { description: "What kind of problem it is." })
  get code() {
    return this.row.code;
  }

  @Field(() => String, { description: "What is wrong with the record." })
  get reason() {
    return this.row.reason;
  }

  @Field(() => String, { nullable: true, description: "The record as QuickBooks sent it; for OPERATOR and above." })
  payload(@Ctx() context: GatewayContext): string | null {
    return maySeePayloads(actorOf(context)) ? this.row.payload : null;
  }

  @Field(() => FailureStatus, { description: "What became of it." })
  get status() {
    return this.row.status;
  }

  @Field(() => Int, { description: "How often it was tried." })
  get attempts() {
    return this.row.attempts;
  }

  @Field(() => String, { nullable: true, description: "Why somebody dismissed it." })
  get note() {
    return this.row.note;
  }

  @Field(() => DateTime, { description: "When it was first met." })
  get firstSeenAt() {
    return this.row.firstSeenAt;
  }

  @Field(() => DateTime, { description: "When it was last met." })
  get lastSeenAt() {
    return this.row.lastSeenAt;
  }

  @Field(() => SyncRun, { nullable: true, description: "The sync run that met it last." })
  async syncRun(@Ctx() { loaders }: GatewayContext): Promise<SyncRun | null> {
    const row = await loaders.run.load(this.row.runId);
    return row === undefined ? null : new SyncRun(row);
  }
}

export const RecordFailureConnection = connectionType("RecordFailure", () => RecordFailure);

export const EntityNameFilter = oneOf<string>("EntityName", () => EntityName);
const FailureStatusFilter = oneOf<FailureRow["status"]>("FailureStatus", () => FailureStatus);

@InputType({ description: "Which failures to list." })
class RecordFailureFilter {
  @Field(() => EntityNameFilter, { nullable: true, description: "By entity." })
  readonly entity?: OneOf<string> | null;

  @Field(() => FailureStatusFilter, { nullable: true, description: "By what became of them." })
  readonly status?: OneOf<FailureRow["status"]> | null;
}

/** Failures of the organization, the latest met first. */
export async function listFailures(
  { services, loaders }: GatewayContext,
  page: ForwardPage,
  which: Prisma.RecordFailureWhereInput,
): Promise<Connection<RecordFailure>> {
  const { recordFailure } = services.database.prisma;
  const scope = { AND: [{ connectionId: { in: [...(await loaders.ownConnectionIds())] } }, which] };
  return pageByInstant(page, {
    list: ["failures", which],
    read: (place, take) =>
      recordFailure.findMany({
        where: {
          ...scope,
          ...(place && { OR: [{ lastSeenAt: { lt: place.at } }, { lastSeenAt: place.at, id: { lt: place.id } }] }),
        },
        orderBy: [{ lastSeenAt: "desc" }, { id: "desc" }],
        take,
      }),
    count: () => recordFailure.count({ where: scope }),
    instantOf: ({ lastSeenAt }) => lastSeenAt,
    show: (row) => new RecordFailure(row),
  });
}

@Resolver()
export class FailuresResolver {
  @Authorized()
  @Query(() => RecordFailureConnection, {
    nullable: true,
    description: "Records that could not be taken in, the latest first.",
  })
  async failures(
    @Arg("connectionId", () => ID, { nullable: true, description: "Of this connection only." })
    connectionId: string | null,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("filter", () => RecordFailureFilter, { nullable: true, description: "All of its conditions hold." })
    filter: RecordFailureFilter | null,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<RecordFailure> | null> {
    const scope = await connectionScope(connectionId, context);
    if (scope === null) return null;
    return listFailures(context, page, {
      ...scope,
      entity: matching(filter?.entity),
      status: matching(filter?.status),
    });
  }
}
