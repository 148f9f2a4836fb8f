import type { PoolClient } from "pg";
import { z } from "zod";
import { emptyAudited } from "../../access/audit.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { isOpen } from "../local-changes/local-change.js";
import { eraseChanges, type Step } from "./company.js";
import { readErased } from "./erased.js";
import { copiesOf, currentRow, type Person, personValues, refersTo, versionRow } from "./places.js";
import { redactRecords, redactVersions } from "./redact.js";

/** Rows of one batch. */
const batchSize = 500;

const ids = z.array(z.object({ id: z.string() })).transform((rows) => rows.map(({ id }) => id));

/** All that tells of the person of one record, wherever it stands. Records stay: whoever they are of, nobody can tell any more. */
export async function personSteps(
  client: Pick<PoolClient, "query">,
  person: Person,
  plugins: readonly EntityPlugin[],
): Promise<readonly Step[]> {
  const erased = await readErased(client, person);
  const telling = plugins.filter((plugin) => plugin === person.plugin || copiesOf(plugin, person.plugin).length > 0);
  return [
    ...telling.flatMap((plugin): Step[] => [
      (step) => redactRecords(step, { person, plugin, erased }),
      (step) => redactVersions(step, { person, plugin, erased }),
      (step) => redactChanges(step, person, plugin),
      (step) => quietFailures(step, person, plugin),
      (step) => quietDrift(step, person, plugin),
    ]),
    (step) => eraseChanges(step, "t.record_id = $1", person.recordId),
    (step) => eraseOwnFailures(step, person),
    (step) => quietNotices(step, person),
  ];
}

/** $5: the fields that tell of the person. Edits that wait still need theirs. */
const tellingChanges = (person: Person, plugin: EntityPlugin): string => `
  FROM local_changes l WHERE l.connection_id = $1 AND l.epoch = $2 AND l.entity = '${plugin.name}'
    AND (l.edits ?| $5::text[] OR l.base_content ?| $5::text[] OR l.request IS NOT NULL) AND l.record_id IS DISTINCT FROM $3::uuid
    AND (EXISTS (SELECT 1 FROM "${plugin.table}" t WHERE t.id = l.record_id AND (${refersTo(person, plugin, currentRow)}))
      OR EXISTS (SELECT 1 FROM record_versions t WHERE t.record_id = l.record_id AND (${refersTo(person, plugin, versionRow)})))`;

const fieldsOf = (person: Person, plugin: EntityPlugin): readonly string[] =>
  copiesOf(plugin, person.plugin).flatMap(({ fields }) => fields);

/** Edits that wait to be sent, or whose fate is not known, and that tell of the person: they have to come to an end first. */
export async function waitingEdits(
  client: Pick<PoolClient, "query">,
  person: Person,
  plugins: readonly EntityPlugin[],
): Promise<number> {
  const own = `SELECT l.id FROM local_changes l WHERE l.record_id = $1 AND ${isWaiting}`;
  let waiting = (await client.query(own, [person.recordId])).rows.length;
  for (const plugin of plugins) {
    const fields = fieldsOf(person, plugin);
    if (fields.length === 0) continue;
    const found = await client.query(`SELECT l.id ${tellingChanges(person, plugin)} AND ${isWaiting}`, [
      ...personValues(person),
      fields,
    ]);
    waiting += found.rows.length;
  }
  return waiting;
}

/** What was refused is nobody's to wait for. */
const isWaiting = `${isOpen("l")} AND l.status <> 'REJECTED'`;

const changeRows = z.array(z.object({ id: z.string(), recordId: z.string() }));

/** Edits of records that refer to the person: without what they say of it. Their audit is emptied whole. */
async function redactChanges(client: PoolClient, person: Person, plugin: EntityPlugin): Promise<number> {
  const fields = fieldsOf(person, plugin);
  if (fields.length === 0) return 0;
  const { rows } = await client.query(
    `SELECT l.id, l.record_id AS "recordId" ${tellingChanges(person, plugin)} AND NOT (${isWaiting})
     ORDER BY l.number LIMIT ${batchSize} FOR UPDATE`,
    [...personValues(person), fields],
  );
  const changes = changeRows.parse(rows);
  const changeIds = changes.map(({ id }) => id);
  await client.query(
    `UPDATE local_changes SET edits = edits - $2::text[], base_content = base_content - $2::text[], request = NULL,
       error_message = NULL WHERE id = ANY($1)`,
    [changeIds, fields],
  );
  await client.query("DELETE FROM conflicts WHERE local_change_id = ANY($1)", [changeIds]);
  await emptyAudited(
    client,
    changes.map(({ recordId }) => recordId),
  );
  return changeIds.length;
}

const quiet = "What was wrong was erased with a person's data. It is read again.";

/** A failure of a record that names the person: what it was stays, its payload goes. */
async function quietFailures(client: PoolClient, person: Person, plugin: EntityPlugin): Promise<number> {
  if (copiesOf(plugin, person.plugin).length === 0) return 0;
  const { rows } = await client.query(
    `UPDATE record_failures SET payload = '', reason = $4, note = NULL WHERE id = ANY(ARRAY(
       SELECT f.id FROM record_failures f WHERE f.connection_id = $1 AND f.epoch = $2 AND f.entity = '${plugin.name}'
         AND position(to_json($3::text)::text IN f.payload) > 0 LIMIT ${batchSize} FOR UPDATE)) RETURNING id`,
    [person.connectionId, person.epoch, person.quickbooksId, quiet],
  );
  const failureIds = ids.parse(rows);
  await emptyAudited(client, failureIds);
  return failureIds.length;
}

/** What verifications and dry runs noted of the record, and of those that refer to it. */
async function quietDrift(client: PoolClient, person: Person, plugin: EntityPlugin): Promise<number> {
  const isOwn = plugin === person.plugin ? "t.id = $3::uuid" : "FALSE";
  const { rowCount } = await client.query(
    `UPDATE mirror_drift SET fields = NULL, reason = NULL WHERE ctid = ANY(ARRAY(
       SELECT d.ctid FROM mirror_drift d JOIN "${plugin.table}" t ON t.connection_id = d.connection_id AND t.epoch = $2
         AND t.quickbooks_id = d.quickbooks_id
       WHERE d.connection_id = $1 AND d.entity = '${plugin.name}' AND coalesce(d.fields::text, d.reason) IS NOT NULL
         AND $3::uuid IS NOT NULL AND $4::text IS NOT NULL AND (${isOwn} OR ${refersTo(person, plugin, currentRow)})
       LIMIT ${batchSize} FOR UPDATE OF d))`,
    [...personValues(person)],
  );
  return rowCount ?? 0;
}

async function eraseOwnFailures(
  client: PoolClient,
  { plugin, connectionId, epoch, quickbooksId }: Person,
): Promise<number> {
  const { rows } = await client.query(
    `DELETE FROM record_failures WHERE connection_id = $1 AND epoch = $2 AND entity = $3 AND quickbooks_id = $4 RETURNING id`,
    [connectionId, epoch, plugin.name, quickbooksId],
  );
  const failureIds = ids.parse(rows);
  await emptyAudited(client, failureIds);
  return failureIds.length;
}

/** Notices name ids; what else stood in them is nobody's to keep. */
async function quietNotices(client: PoolClient, { plugin, connectionId, quickbooksId }: Person): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE quickbooks_webhook_events SET payload = '{}' WHERE id = ANY(ARRAY(
       SELECT w.id FROM quickbooks_webhook_events w WHERE w.connection_id = $1 AND w.entity = $2
         AND $3 IN (w.quickbooks_id, w.deleted_id) AND w.payload <> '{}' LIMIT ${batchSize} FOR UPDATE))`,
    [connectionId, plugin.name, quickbooksId],
  );
  return rowCount ?? 0;
}
