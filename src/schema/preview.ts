import { ArgsType, Ctx, Field, InputType, ObjectType, registerEnumType } from "type-graphql";
import { z } from "zod";
import { maySeePayloads } from "../access/payloads.js";
import { JSON as JSONValue } from "../foundation/scalars.js";
import type { MirrorDrift as DriftRow, Prisma } from "../generated/prisma/client.js";
import { actorOf, type GatewayContext } from "./context.js";
import { EntityName } from "./entity-name.js";
import { EntityNameFilter } from "./failures.js";
import { matching, type OneOf, oneOf } from "./lists.js";
import {
  bindingOf,
  type Connection,
  connectionType,
  decodeCursor,
  encodeId,
  ForwardPage,
  Node,
  pageSize,
  toConnection,
} from "./relay.js";

/** Named as the counters of a run's progress are. */
const PreviewKind = { CREATED: "CREATED", UPDATED: "UPDATED", REMOVED: "REMOVED", FAILED: "FAILED" } as const;
type PreviewKind = keyof typeof PreviewKind;

registerEnumType(PreviewKind, {
  name: "PreviewKind",
  description: "What a sync would do about a record.",
  valuesConfig: {
    CREATED: { description: "It would come into the mirror." },
    UPDATED: { description: "It would be changed in the mirror." },
    REMOVED: { description: "It would be marked as gone from QuickBooks." },
    FAILED: { description: "It could not be taken in." },
  },
});

const kindOf = { MISSING: "CREATED", DIFFERENT: "UPDATED", EXTRA: "REMOVED", REFUSED: "FAILED" } as const;
const driftOf = { CREATED: "MISSING", UPDATED: "DIFFERENT", REMOVED: "EXTRA", FAILED: "REFUSED" } as const;

@ObjectType({ simpleResolvers: true, description: "A field that a sync would change." })
class PreviewedField {
  @Field(() => String, { description: "The field's name on the record's type; lists are told whole." })
  readonly path!: string;

  @Field(() => JSONValue, { nullable: true, description: "What the mirror holds; for OPERATOR and above." })
  readonly before!: unknown;

  @Field(() => JSONValue, { nullable: true, description: "What QuickBooks says; for OPERATOR and above." })
  readonly after!: unknown;
}

const differences = z.array(
  z.object({ path: z.string(), before: z.unknown().default(null), after: z.unknown().default(null) }),
);

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A record about which a sync would do something.",
})
export class PreviewedRecord {
  readonly __typename = "PreviewedRecord";

  constructor(private readonly row: DriftRow) {}

  get id() {
    return encodeId("PreviewedRecord", this.row.id);
  }

  @Field(() => EntityName, { description: "The record's entity." })
  get entity() {
    return this.row.entity;
  }

  @Field(() => String, { description: "The record's id in QuickBooks." })
  get quickbooksId() {
    return this.row.quickbooksId;
  }

  @Field(() => PreviewKind, { description: "What a sync would do about it." })
  get kind() {
    return kindOf[this.row.kind];
  }

  @Field(() => [PreviewedField], {
    description: "What would be UPDATED; empty where only what the schema does not show has changed.",
  })
  fields(@Ctx() context: GatewayContext): readonly PreviewedField[] {
    const fields = differences.parse(this.row.fields ?? []);
    return maySeePayloads(actorOf(context)) ? fields : fields.map(({ path }) => ({ path, before: null, after: null }));
  }

  @Field(() => String, { nullable: true, description: "Why it could not be taken in." })
  get reason() {
    return this.row.reason;
  }
}

export const PreviewConnection = connectionType("PreviewedRecord", () => PreviewedRecord);

const PreviewKindFilter = oneOf<PreviewKind>("PreviewKind", () => PreviewKind);

@InputType({ description: "Which previewed records; all conditions hold." })
class PreviewFilter {
  @Field(() => EntityNameFilter, { nullable: true, description: "By entity." })
  readonly entity?: OneOf<string> | null;

  @Field(() => PreviewKindFilter, { nullable: true, description: "By what would be done." })
  readonly kind?: OneOf<PreviewKind> | null;
}

@ArgsType()
export class PreviewPage extends ForwardPage {
  @Field(() => PreviewFilter, { nullable: true, description: "Which records to list." })
  readonly filter?: PreviewFilter | null;
}

const isName = (value: string | null): boolean => value !== null && /^[^\0]{1,100}$/.test(value);

/** What a dry run found, by entity and id. Kept until the next run of its mode has compared the entity. */
export async function listPreview(
  { services }: GatewayContext,
  runId: string,
  { first, after, filter }: PreviewPage,
): Promise<Connection<PreviewedRecord>> {
  const { mirrorDrift } = services.database.prisma;
  const own: Prisma.MirrorDriftWhereInput = {
    runId,
    entity: matching(filter?.entity),
    kind: matching(driftFilter(filter?.kind)),
  };
  const binding = bindingOf(["preview", own]);
  const size = pageSize(first);
  const [entity, id] = after ? decodeCursor(after, binding, [isName, isName]) : [];
  const behind = entity && id ? { OR: [{ entity: { gt: entity } }, { entity, quickbooksId: { gt: id } }] } : {};
  const rows = await mirrorDrift.findMany({
    where: { AND: [own, behind] },
    orderBy: [{ entity: "asc" }, { quickbooksId: "asc" }],
    take: size + 1,
  });
  const found = rows.map((row) => new PreviewedRecord(row));
  return toConnection(found, {
    first: size,
    after,
    binding,
    positionOf: (record) => [record.entity, record.quickbooksId],
    totalCount: () => mirrorDrift.count({ where: own }),
  });
}

function driftFilter(filter: OneOf<PreviewKind> | null | undefined): OneOf<DriftRow["kind"]> {
  const { eq, in: list } = filter ?? {};
  return { ...(eq && { eq: driftOf[eq] }), ...(list && { in: list.map((kind) => driftOf[kind]) }) };
}
