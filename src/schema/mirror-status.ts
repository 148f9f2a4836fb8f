import { Field, Int, ObjectType } from "type-graphql";
import { DateTime } from "../foundation/scalars.js";
import type { Connection as ConnectionRow } from "../generated/prisma/client.js";
import { reachesBack, transactionEntities } from "../sync/schedule/scope.js";
import type { GatewayContext } from "./context.js";
import { driftOf, MirrorDrift } from "./drift.js";
import { EntityName } from "./entity-name.js";
import type { EntityCount } from "./loaders.js";

@ObjectType({ simpleResolvers: true, description: "How completely one entity of a company is mirrored." })
export class MirrorStatus {
  @Field(() => EntityName, { description: "The entity." })
  readonly entity!: string;

  @Field(() => Int, { description: "How many records the mirror has, without deleted and merged ones." })
  readonly records!: number;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "By QuickBooks' clock: everything up to here is mirrored. Null until it has been read whole for the scope of the settings.",
  })
  readonly completeUpTo!: Date | null;

  @Field(() => Int, { nullable: true, description: "How many seconds ago that was." })
  readonly lagSeconds!: number | null;

  @Field(() => DateTime, { nullable: true, description: "When the mirror was last proved complete." })
  readonly lastVerifiedAt!: Date | null;

  @Field(() => MirrorDrift, {
    nullable: true,
    description:
      "How it differed from QuickBooks when they were last compared; null where it has been read whole since, or never was compared.",
  })
  readonly drift!: MirrorDrift | null;

  @Field(() => Int, { description: "How many records wait because they could not be taken in." })
  readonly failures!: number;
}

/** One status for each entity in the connection's scope, in that order. */
export async function mirrorStatuses(
  { id, epoch, entities, transactionsSince }: ConnectionRow,
  { loaders, services }: GatewayContext,
): Promise<readonly MirrorStatus[]> {
  const [statuses, records, failures, drifts] = await Promise.all([
    loaders.mirrorStatuses.load(id),
    loaders.recordCounts.load(id),
    loaders.failureCounts.load(id),
    loaders.drifts.load(id),
  ]);
  const now = services.clock.now().getTime();
  const transactions = transactionEntities(services.plugins);
  return entities.map((entity) => {
    const status = statuses.find((row) => row.entity === entity && row.epoch === epoch);
    const isWhole = status !== undefined && reachesBack(status.transactionsSince, transactionsSince);
    const watermark = isWhole || !transactions.includes(entity) ? (status?.watermark ?? null) : null;
    return {
      entity,
      records: countOf(records, { entity, epoch }),
      completeUpTo: watermark,
      lagSeconds: watermark === null ? null : Math.max(0, Math.round((now - watermark.getTime()) / 1000)),
      lastVerifiedAt: status?.lastVerifiedAt ?? null,
      drift: status === undefined ? null : driftOf(drifts, entity),
      failures: countOf(failures, { entity, epoch }),
    };
  });
}

function countOf(counts: readonly EntityCount[], { entity, epoch }: Pick<EntityCount, "entity" | "epoch">): number {
  return counts.find((row) => row.entity === entity && row.epoch === epoch)?.count ?? 0;
}
