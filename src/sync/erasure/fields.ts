import type { PoolClient } from "pg";
import { z } from "zod";
import { emptyAudited } from "../../access/audit.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { ExcludedOfEntity } from "../excluded-fields.js";
import { UserProblem } from "../problems.js";
import type { Step } from "./company.js";
import { leftOutOf } from "./left-out.js";
import { holdsAny } from "./places.js";
import { redactRecords, redactVersions, type Redaction } from "./redact.js";
import { isWaiting, stripChanges } from "./strip-changes.js";

/** Rows of one batch. */
const batchSize = 500;

interface ExcludedOf {
  readonly connectionId: string;
  readonly plugin: EntityPlugin;
  readonly fields: readonly string[];
}

/** All that is held of fields that a company does without from now on, in every life of its data. What comes is stored without them already. */
export function fieldSteps({ connectionId, plugin, fields }: ExcludedOf): readonly Step[] {
  const holdings = fields.flatMap((name) => plugin.spares?.[name] ?? []);
  const redaction: Redaction = {
    plugin,
    leftOut: leftOutOf({ [plugin.name]: fields }),
    isTelling: (row) => holdsAny(holdings, row),
    values: [connectionId],
  };
  const properties = holdings.flatMap(({ places, texts = {} }) => [...places, ...Object.keys(texts)]);
  return [
    redactRecords(redaction),
    redactVersions(redaction),
    (client) => stripChanges(client, editsOf(plugin), [connectionId, fields], fields),
    (client) => quietFailures(client, { connectionId, plugin }, properties),
    (client) => quietDrift(client, { connectionId, plugin }, fields),
  ];
}

/** $1 connection, $2 fields: its edits of them. What was sent may hold more than was edited. */
const editsOf = (plugin: EntityPlugin): string => `
  FROM local_changes l WHERE l.connection_id = $1 AND l.entity = '${plugin.name}'
    AND (l.edits ?| $2::text[] OR l.base_content ?| $2::text[] OR l.request IS NOT NULL)`;

/** Throws UserProblem where edits of these fields wait: they would be sent without them. */
export async function assertNoneWaits(
  client: PoolClient,
  connectionId: string,
  { entity, fields }: ExcludedOfEntity,
): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM local_changes l WHERE l.connection_id = $1 AND l.entity = $3
       AND (l.edits ?| $2::text[] OR l.base_content ?| $2::text[]) AND ${isWaiting}`,
    [connectionId, fields, entity],
  );
  if (rows.length === 0) return;
  const message = `${String(rows.length)} edits of these fields of ${entity} wait to be sent, or for a decision: cancel them, or wait until they are pushed.`;
  throw new UserProblem("IN_FLIGHT", "excludedFields", message);
}

const ids = z.array(z.object({ id: z.string() })).transform((rows) => rows.map(({ id }) => id));

const quiet = "What was wrong was erased with fields that the company does without. It is read again.";

/** A failure whose payload names one of the properties: what it was stays, its payload goes. */
async function quietFailures(
  client: PoolClient,
  { connectionId, plugin }: Pick<ExcludedOf, "connectionId" | "plugin">,
  properties: readonly string[],
): Promise<number> {
  const { rows } = await client.query(
    `UPDATE record_failures SET payload = '', reason = $3, note = NULL WHERE id = ANY(ARRAY(
       SELECT f.id FROM record_failures f WHERE f.connection_id = $1 AND f.entity = '${plugin.name}'
         AND EXISTS (SELECT 1 FROM unnest($2::text[]) p WHERE position(to_json(p)::text IN f.payload) > 0)
       LIMIT ${batchSize} FOR UPDATE)) RETURNING id`,
    [connectionId, properties, quiet],
  );
  const failureIds = ids.parse(rows);
  await emptyAudited(client, failureIds);
  return failureIds.length;
}

/** What verifications and dry runs noted of the fields. */
async function quietDrift(
  client: PoolClient,
  { connectionId, plugin }: Pick<ExcludedOf, "connectionId" | "plugin">,
  fields: readonly string[],
): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE mirror_drift SET fields = NULL WHERE ctid = ANY(ARRAY(
       SELECT d.ctid FROM mirror_drift d WHERE d.connection_id = $1 AND d.entity = '${plugin.name}'
         AND EXISTS (SELECT 1 FROM jsonb_array_elements(d.fields) f WHERE f->>'path' = ANY($2))
       LIMIT ${batchSize} FOR UPDATE))`,
    [connectionId, fields],
  );
  return rowCount ?? 0;
}
