import { Ctx, Field, Int, ObjectType } from "type-graphql";
import { z } from "zod";
import type { Database } from "../foundation/database/database.js";
import type { GatewayContext } from "./context.js";
import { DriftKind } from "./enums.js";
import { SyncRun } from "./sync-run.js";

/** Records that are named; all are counted. */
const mostNamed = 100;

const count = z.int().min(0);
const driftFound = z.object({
  connectionId: z.string(),
  entity: z.string(),
  runId: z.string(),
  isMended: z.boolean(),
  missing: count,
  different: count,
  extra: count,
  refused: count,
  records: z.array(z.object({ quickbooksId: z.string(), kind: z.enum(DriftKind) })),
});
export type DriftFound = z.infer<typeof driftFound>;

@ObjectType({ simpleResolvers: true, description: "A record in which the mirror differed from QuickBooks." })
class DriftedRecord {
  @Field(() => String, { description: "The record's id in QuickBooks." })
  readonly quickbooksId!: string;

  @Field(() => DriftKind, { description: "How it differed." })
  readonly kind!: keyof typeof DriftKind;
}

@ObjectType({ simpleResolvers: true, description: "How one entity of a mirror differed from QuickBooks." })
export class MirrorDrift {
  constructor(private readonly found: DriftFound) {}

  @Field(() => Int, { description: "Records that QuickBooks had and the mirror had not." })
  get missing() {
    return this.found.missing;
  }

  @Field(() => Int, { description: "Records that told different things." })
  get different() {
    return this.found.different;
  }

  @Field(() => Int, { description: "Records that the mirror alone had." })
  get extra() {
    return this.found.extra;
  }

  @Field(() => Int, { description: "Records that QuickBooks had and that could not be taken in." })
  get refused() {
    return this.found.refused;
  }

  @Field(() => Boolean, { description: "Whether what differed was mended at once." })
  get isMended() {
    return this.found.isMended;
  }

  @Field(() => [DriftedRecord], { description: `The first ${mostNamed} of these records.` })
  get records(): readonly DriftedRecord[] {
    return this.found.records;
  }

  @Field(() => SyncRun, { nullable: true, description: "The run that compared them." })
  async syncRun(@Ctx() { loaders }: GatewayContext): Promise<SyncRun | null> {
    const row = await loaders.run.load(this.found.runId);
    return row === undefined ? null : new SyncRun(row);
  }
}

export function driftOf(drifts: readonly DriftFound[], entity: string): MirrorDrift | null {
  const found = drifts.find((drift) => drift.entity === entity);
  return found === undefined ? null : new MirrorDrift(found);
}

/** What the last verification of each entity found, of several connections in one statement. */
export async function readDrifts({ pool }: Database, connectionIds: readonly string[]): Promise<DriftFound[]> {
  const { rows } = await pool.query(
    `SELECT m.connection_id AS "connectionId", m.entity, r.id AS "runId", NOT r.is_dry_run AS "isMended", c.*, coalesce((
       SELECT jsonb_agg(jsonb_build_object('quickbooksId', f.quickbooks_id, 'kind', f.kind))
       FROM (SELECT quickbooks_id, kind FROM mirror_drift d WHERE d.run_id = r.id AND d.entity = m.entity
         ORDER BY kind, quickbooks_id LIMIT ${mostNamed}) f), '[]') AS records
     FROM mirror_status m JOIN quickbooks_syncs r ON r.id = m.verified_by CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE kind = 'MISSING')::integer AS missing, count(*) FILTER (WHERE kind = 'DIFFERENT')::integer AS different,
         count(*) FILTER (WHERE kind = 'EXTRA')::integer AS extra, count(*) FILTER (WHERE kind = 'REFUSED')::integer AS refused
       FROM mirror_drift d WHERE d.run_id = r.id AND d.entity = m.entity) c
     WHERE m.connection_id = ANY($1)`,
    [connectionIds],
  );
  return z.array(driftFound).parse(rows);
}
