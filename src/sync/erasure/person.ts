import type { PoolClient } from "pg";
import { z } from "zod";
import { emptyAudited } from "../../access/audit.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { eraseChanges, type Step } from "./company.js";
import { type LeftOut, readLeftOut } from "./left-out.js";
import { copiesOf, currentRow, type Person, personValues, refersTo, tellsOf, versionRow } from "./places.js";
import { type Redaction, redactRecords, redactVersions } from "./redact.js";
import { isWaiting, stripChanges } from "./strip-changes.js";

/** Rows of one batch. */
const batchSize = 500;

const ids = z.array(z.object({ id: z.string() })).transform((rows) => rows.map(({ id }) => id));

/** All that tells of the person of one record, wherever it stands. Records stay: whoever they are of, nobody can tell any more. */
export async function personSteps(
  client: Pick<PoolClient, "query">,
  person: Person,
  plugins: readonly EntityPlugin[],
): Promise<readonly Step[]> {
  const leftOut = await readLeftOut(client, person);
  const telling = plugins.filter((plugin) => plugin === person.plugin || copiesOf(plugin, person.plugin).length > 0);
  return [
    ...telling.flatMap((plugin): Step[] => [
      redactRecords(redactionOf(person, plugin, leftOut)),
      redactVersions(redactionOf(person, plugin, leftOut)),
      (step) => redactChanges(step, person, plugin),
      (step) => quietFailures(step, person, plugin),
      (step) => quietDrift(step, person, plugin),
    ]),
    (step) => eraseChanges(step, "t.record_id = $1", person.recordId),
    (step) => eraseOwnFailures(step, person),
    (step) => quietNotices(step, person),
  ];
}

/** Not every condition names the person's ids, and PostgreSQL asks for the type of each parameter. */
const areGiven = "$3::uuid IS NOT NULL AND $4::text IS NOT NULL";

const redactionOf = (person: Person, plugin: EntityPlugin, leftOut: LeftOut): Redaction => ({
  plugin,
  leftOut,
  isTelling: (row) => `${row.epoch} = $2 AND ${areGiven} AND (${tellsOf(person, plugin, row)})`,
  values: personValues(person),
  own: person,
});

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

/** Edits of records that refer to the person: without what they say of it. Their audit is emptied whole. */
async function redactChanges(client: PoolClient, person: Person, plugin: EntityPlugin): Promise<number> {
  const fields = fieldsOf(person, plugin);
  if (fields.length === 0) return 0;
  return stripChanges(client, tellingChanges(person, plugin), [...personValues(person), fields], fields);
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
