import { Arg, Args, ArgsType, Authorized, Ctx, Field, ID, InputType, Query, Resolver } from "type-graphql";
import type { Prisma, SyncRun as RunRow } from "../generated/prisma/client.js";
import { connectionScope } from "./connection-scope.js";
import type { GatewayContext } from "./context.js";
import { SyncMode, SyncRunStatus, SyncTrigger } from "./enums.js";
import { type Instants, matching, type OneOf, oneOf, pageByInstant, within } from "./lists.js";
import { DateTimeFilter } from "./mirror/inputs.js";
import { type Connection, decodeIdOf, ForwardPage } from "./relay.js";
import { SyncRun, SyncRunConnection } from "./sync-run.js";

const SyncRunStatusFilter = oneOf<RunRow["status"]>("SyncRunStatus", () => SyncRunStatus);
const SyncModeFilter = oneOf<RunRow["mode"]>("SyncMode", () => SyncMode);
const SyncTriggerFilter = oneOf<RunRow["trigger"]>("SyncTrigger", () => SyncTrigger);

@InputType({ description: "Which sync runs to list; all conditions hold." })
class SyncRunFilter {
  @Field(() => SyncRunStatusFilter, { nullable: true, description: "By how far they have come." })
  readonly status?: OneOf<RunRow["status"]> | null;

  @Field(() => SyncModeFilter, { nullable: true, description: "By what they read." })
  readonly mode?: OneOf<RunRow["mode"]> | null;

  @Field(() => SyncTriggerFilter, { nullable: true, description: "By what began them." })
  readonly trigger?: OneOf<RunRow["trigger"]> | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "By when a worker began them." })
  readonly startedAt?: Instants | null;
}

@ArgsType()
export class SyncRunsPage extends ForwardPage {
  @Field(() => SyncRunFilter, { nullable: true, description: "Which sync runs to list." })
  readonly filter?: SyncRunFilter | null;
}

/** Sync runs of the organization, the latest first. */
export async function listRuns(
  { services, loaders }: GatewayContext,
  { filter, ...page }: SyncRunsPage,
  which: Prisma.SyncRunWhereInput,
): Promise<Connection<SyncRun>> {
  const { syncRun } = services.database.prisma;
  const asked = {
    ...which,
    status: matching(filter?.status),
    mode: matching(filter?.mode),
    trigger: matching(filter?.trigger),
    startedAt: within(filter?.startedAt),
  };
  const own = { AND: [{ connectionId: { in: [...(await loaders.ownConnectionIds())] } }, asked] };
  return pageByInstant(page, {
    list: ["syncRuns", asked],
    read: (place, take) =>
      syncRun.findMany({
        where: {
          ...own,
          ...(place && { OR: [{ queuedAt: { lt: place.at } }, { queuedAt: place.at, id: { lt: place.id } }] }),
        },
        orderBy: [{ queuedAt: "desc" }, { id: "desc" }],
        take,
      }),
    count: () => syncRun.count({ where: own }),
    instantOf: ({ queuedAt }) => queuedAt,
    show: (row) => new SyncRun(row),
  });
}

@Resolver()
export class SyncRunsResolver {
  @Authorized()
  @Query(() => SyncRun, { nullable: true, description: "The sync run with this id." })
  async syncRun(
    @Arg("id", () => ID, { description: "Its global id." }) id: string,
    @Ctx() { loaders }: GatewayContext,
  ): Promise<SyncRun | null> {
    const key = decodeIdOf("SyncRun", id);
    const row = key === undefined ? undefined : await loaders.run.load(key);
    return row === undefined ? null : new SyncRun(row);
  }

  @Authorized()
  @Query(() => SyncRunConnection, { nullable: true, description: "Sync runs, the latest first." })
  async syncRuns(
    @Arg("connectionId", () => ID, { nullable: true, description: "Of this connection only." })
    connectionId: string | null,
    @Args(() => SyncRunsPage) page: SyncRunsPage,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<SyncRun> | null> {
    const scope = await connectionScope(connectionId, context);
    return scope === null ? null : listRuns(context, page, scope);
  }
}
