import { Field, InputType } from "type-graphql";
import type { Prisma } from "../../generated/prisma/client.js";
import type { GatewayContext } from "../context.js";
import { EntityNameFilter } from "../failures.js";
import { type Instants, matching, type OneOf, oneOf, within } from "../lists.js";
import { DateTimeFilter, IdFilter } from "../mirror/inputs.js";
import {
  bindingOf,
  type Connection,
  decodeCursor,
  decodeIdOf,
  type ForwardPage,
  pageSize,
  toConnection,
} from "../relay.js";
import { Conflict } from "./conflict.js";
import { ConflictKind, ConflictStatus } from "./enums.js";

const ConflictStatusFilter = oneOf<ConflictStatus>("ConflictStatus", () => ConflictStatus);
const ConflictKindFilter = oneOf<ConflictKind>("ConflictKind", () => ConflictKind);

@InputType({ description: "Which conflicts; all conditions hold." })
export class ConflictFilter {
  @Field(() => ConflictStatusFilter, { nullable: true, description: "By how they stand." })
  readonly status?: OneOf<ConflictStatus> | null;

  @Field(() => ConflictKindFilter, { nullable: true, description: "By what happened in QuickBooks." })
  readonly kind?: OneOf<ConflictKind> | null;

  @Field(() => EntityNameFilter, { nullable: true, description: "By entity." })
  readonly entity?: OneOf<string> | null;

  @Field(() => IdFilter, { nullable: true, description: "By the id of the member who is to decide." })
  readonly assigneeId?: OneOf<string> | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "By when they were found." })
  readonly detectedAt?: Instants | null;
}

/** A filter, for Prisma. */
export function conditionsOf(filter: ConflictFilter | null | undefined): Prisma.ConflictWhereInput {
  const { status, kind, entity, assigneeId, detectedAt } = filter ?? {};
  return {
    status: matching(status),
    kind: matching(kind),
    entity: matching(entity),
    assigneeId: matching(assigneeId && membersIn(assigneeId)),
    detectedAt: within(detectedAt),
  };
}

/** An id that is none is nobody's: no list of members holds it. */
function membersIn({ eq, in: list }: OneOf<string>): OneOf<string> {
  const ids = eq == null ? list : [eq].filter((id) => list?.includes(id) !== false);
  return ids == null ? {} : { in: ids.flatMap((id) => decodeIdOf("Member", id) ?? []) };
}

const isNumber = (value: string | null): boolean => value !== null && /^[1-9]\d{0,17}$/.test(value);

/** Conflicts of the organization, the latest found first. */
export async function listConflicts(
  { services, loaders }: GatewayContext,
  page: ForwardPage,
  which: Prisma.ConflictWhereInput,
): Promise<Connection<Conflict>> {
  const { conflict } = services.database.prisma;
  const scope = { AND: [{ connectionId: { in: [...(await loaders.ownConnectionIds())] } }, which] };
  const first = pageSize(page.first);
  const binding = bindingOf(["conflicts", which]);
  const [number = null] = typeof page.after === "string" ? decodeCursor(page.after, binding, [isNumber]) : [];
  const rows = await conflict.findMany({
    where: { ...scope, ...(number !== null && { number: { lt: BigInt(number) } }) },
    orderBy: { number: "desc" },
    take: first + 1,
  });
  return toConnection(
    rows.map((row) => new Conflict(row)),
    {
      first,
      after: page.after,
      binding,
      positionOf: ({ row }) => [row.number.toString()],
      totalCount: () => conflict.count({ where: scope }),
    },
  );
}
