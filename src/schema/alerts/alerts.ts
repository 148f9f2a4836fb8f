import { Arg, Args, Authorized, Ctx, Field, ID, InputType, Query, Resolver } from "type-graphql";
import type { Alert as AlertRow } from "../../generated/prisma/client.js";
import { connectionScope } from "../connection-scope.js";
import { actorOf, type GatewayContext } from "../context.js";
import { AlertKind, AlertStatus } from "../enums.js";
import { matching, type OneOf, oneOf, pageByInstant } from "../lists.js";
import { reachedAlerts } from "../loaders.js";
import { type Connection, connectionType, ForwardPage } from "../relay.js";
import { Alert } from "./alert.js";

const AlertConnection = connectionType("Alert", () => Alert);

const AlertStatusFilter = oneOf<AlertRow["status"]>("AlertStatus", () => AlertStatus);
const AlertKindFilter = oneOf<AlertRow["kind"]>("AlertKind", () => AlertKind);

@InputType({ description: "Which alerts to list; all conditions hold." })
class AlertFilter {
  @Field(() => AlertStatusFilter, { nullable: true, description: "By whether their cause is there." })
  readonly status?: OneOf<AlertRow["status"]> | null;

  @Field(() => AlertKindFilter, { nullable: true, description: "By what they are about." })
  readonly kind?: OneOf<AlertRow["kind"]> | null;
}

@Resolver()
export class AlertsResolver {
  @Authorized()
  @Query(() => AlertConnection, {
    nullable: true,
    description: "What wants a person's attention, or did, the latest opened first.",
  })
  async alerts(
    @Arg("connectionId", () => ID, { nullable: true, description: "Of this connection only." })
    connectionId: string | null,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("filter", () => AlertFilter, { nullable: true, description: "All of its conditions hold." })
    filter: AlertFilter | null,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<Alert> | null> {
    const scope = await connectionScope(connectionId, context);
    if (scope === null) return null;
    const { alert } = context.services.database.prisma;
    const asked = { ...scope, status: matching(filter?.status), kind: matching(filter?.kind) };
    const reached = reachedAlerts(actorOf(context).organizationId, await context.loaders.ownConnectionIds());
    const where = { AND: [reached, asked] };
    return pageByInstant(page, {
      list: ["alerts", asked],
      read: (place, take) =>
        alert.findMany({
          where: {
            ...where,
            ...(place && { OR: [{ openedAt: { lt: place.at } }, { openedAt: place.at, id: { lt: place.id } }] }),
          },
          orderBy: [{ openedAt: "desc" }, { id: "desc" }],
          take,
        }),
      count: () => alert.count({ where }),
      instantOf: ({ openedAt }) => openedAt,
      show: (row) => new Alert(row),
    });
  }
}
