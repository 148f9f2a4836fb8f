import { Ctx, Field, Int, ObjectType } from "type-graphql";
import { z } from "zod";
import { DateTime } from "../foundation/scalars.js";
import { ConnectedCompany } from "./connected-company.js";
import type { GatewayContext, Services } from "./context.js";
import { EntityName } from "./entity-name.js";

const stalest = z.object({ connectionId: z.string(), entity: z.string(), watermark: z.date() });

/** Of each entity, the mirror that lies back the farthest; of connected companies and what their scope includes. */
const freshnessStatement = `
  SELECT DISTINCT ON (m.entity) m.entity, m.connection_id AS "connectionId", m.watermark
  FROM mirror_status m JOIN connections c ON c.id = m.connection_id AND c.epoch = m.epoch
  WHERE c.id = ANY($1) AND c.status = 'CONNECTED' AND m.entity = ANY(c.entities) AND m.watermark IS NOT NULL
  ORDER BY m.entity, m.watermark`;

@ObjectType({
  simpleResolvers: true,
  description: "How far back the mirror of an entity lies, where it lies back the farthest.",
})
export class EntityFreshness {
  constructor(
    private readonly found: z.infer<typeof stalest>,
    private readonly now: Date,
  ) {}

  @Field(() => EntityName, { description: "The entity." })
  get entity() {
    return this.found.entity;
  }

  @Field(() => DateTime, { description: "By QuickBooks' clock: everything up to here is mirrored." })
  get completeUpTo() {
    return this.found.watermark;
  }

  @Field(() => Int, { description: "How many seconds ago that was." })
  get lagSeconds() {
    return Math.max(0, Math.round((this.now.getTime() - this.found.watermark.getTime()) / 1000));
  }

  @Field(() => ConnectedCompany, { description: "The company whose mirror it is." })
  connection(@Ctx() context: GatewayContext): Promise<ConnectedCompany> {
    return ConnectedCompany.load(this.found.connectionId, context);
  }
}

/** Of these connections; one statement. */
export async function readFreshness(
  { database, clock }: Pick<Services, "database" | "clock">,
  connectionIds: readonly string[],
): Promise<readonly EntityFreshness[]> {
  const { rows } = await database.pool.query(freshnessStatement, [connectionIds]);
  const now = clock.now();
  return z
    .array(stalest)
    .parse(rows)
    .map((found) => new EntityFreshness(found, now));
}
