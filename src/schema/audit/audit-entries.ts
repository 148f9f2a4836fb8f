import { Args, ArgsType, Authorized, Ctx, Field, InputType, Query, Resolver } from "type-graphql";
import { Forbidden } from "../../access/errors.js";
import type { Prisma } from "../../generated/prisma/client.js";
import { actorOf, type GatewayContext } from "../context.js";
import { type Instants, matching, type OneOf, pageByInstant, within } from "../lists.js";
import { DateTimeFilter, IdFilter, TextFilter } from "../mirror/inputs.js";
import { type Connection, decodeId, ForwardPage } from "../relay.js";
import { AuditEntry, AuditEntryConnection } from "./audit-entry.js";
import { mayReadAudit } from "./may-read-audit.js";

interface Texts extends OneOf<string> {
  readonly contains?: string | null;
}

@InputType({ description: "Which audit entries; all conditions hold." })
class AuditEntryFilter {
  @Field(() => IdFilter, { nullable: true, description: "By the id of the member or API key that did it." })
  readonly actorId?: OneOf<string> | null;

  @Field(() => TextFilter, { nullable: true, description: "By what was done." })
  readonly action?: Texts | null;

  @Field(() => IdFilter, { nullable: true, description: "By the id of what it was done to." })
  readonly subjectId?: OneOf<string> | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "By when it was done." })
  readonly at?: Instants | null;
}

@ArgsType()
class AuditEntriesPage extends ForwardPage {
  @Field(() => AuditEntryFilter, { nullable: true, description: "All of its conditions hold." })
  readonly filter?: AuditEntryFilter | null;
}

/** A filter, for Prisma. */
function conditionsOf({ actorId, action, subjectId, at }: AuditEntryFilter): Prisma.AuditEntryWhereInput {
  const contains = action?.contains ?? undefined;
  return {
    actorId: matching(ownIds(actorId)),
    action: { ...matching(action), ...(contains !== undefined && { contains, mode: "insensitive" }) },
    subjectId: matching(ownIds(subjectId)),
    at: within(at),
  };
}

/** Our own ids of global ones. One that is none matches nothing. */
function ownIds(filter: OneOf<string> | null | undefined): OneOf<string> {
  const { eq = null, in: list = null } = filter ?? {};
  const asked = eq === null ? list : [eq].filter((id) => list?.includes(id) !== false);
  return asked === null ? {} : { in: asked.flatMap((id) => decodeId(id)?.id ?? []) };
}

@Resolver()
export class AuditEntriesResolver {
  @Authorized("ADMIN")
  @Query(() => AuditEntryConnection, {
    nullable: true,
    description: "What was done in the organization, the latest first; for ADMIN.",
  })
  async auditEntries(
    @Args(() => AuditEntriesPage) { filter, ...page }: AuditEntriesPage,
    @Ctx() context: GatewayContext,
  ): Promise<Connection<AuditEntry>> {
    if (!mayReadAudit(context)) {
      throw new Forbidden("The audit tells of all connections, and this API key is limited to some. Use another.");
    }
    const { auditEntry } = context.services.database.prisma;
    const asked = conditionsOf(filter ?? {});
    const own = { AND: [{ organizationId: actorOf(context).organizationId }, asked] };
    return pageByInstant(page, {
      list: ["auditEntries", asked],
      read: (place, take) =>
        auditEntry.findMany({
          where: { ...own, ...(place && { OR: [{ at: { lt: place.at } }, { at: place.at, id: { lt: place.id } }] }) },
          orderBy: [{ at: "desc" }, { id: "desc" }],
          take,
        }),
      count: () => auditEntry.count({ where: own }),
      instantOf: ({ at }) => at,
      show: (row) => new AuditEntry(row),
    });
  }
}
